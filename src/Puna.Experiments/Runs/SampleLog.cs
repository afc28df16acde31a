using System.Text.Encodings.Web;
using System.Text.Json;
using Puna.Experiments.Reports;

namespace Puna.Experiments.Runs;

/// <summary>
/// Appends what the model writes on its way to <c>samples.jsonl</c>, each handed to the operating system at once: the report of a run that was stopped and
/// resumed shows the samples of all its sittings.
/// </summary>
public sealed class SampleLog : IMetricsSink
{
    private static readonly JsonWriterOptions Options = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };
    private readonly FileStream _stream;

    /// <summary>Opens the log; a new run's is empty, one that goes on loses the samples of later steps, which will be drawn again, and a last line cut short.</summary>
    /// <param name="path">The file.</param>
    /// <param name="done">The checkpoint's step that the run goes on from; 0 for a new run.</param>
    public SampleLog(string path, long done = 0)
    {
        Before = done > 0 && File.Exists(path) ? [.. File.ReadLines(path).Select(TryRead).OfType<(long Step, ReportSample Sample)>().Where(line => line.Step <= done)] : [];
        Puna.Text.AtomicFile.Write(path, stream =>
        {
            foreach (var (step, sample) in Before) stream.Write(Line(step, sample));
        });
        _stream = new FileStream(path, FileMode.Append, FileAccess.Write, FileShare.Read);
    }

    /// <summary>The samples of earlier sittings.</summary>
    public IReadOnlyList<(long Step, ReportSample Sample)> Before { get; }

    /// <inheritdoc/>
    public void Append(MetricsLine line)
    {
    }

    /// <inheritdoc/>
    public void Sample(long step, ReportSample sample)
    {
        _stream.Write(Line(step, sample));
        _stream.Flush();
    }

    /// <inheritdoc/>
    public void Flush()
    {
    }

    /// <inheritdoc/>
    public void Dispose() => _stream.Dispose();

    private static byte[] Line(long step, ReportSample sample)
    {
        using var buffer = new MemoryStream();
        using (var json = new Utf8JsonWriter(buffer, Options))
        {
            json.WriteStartObject();
            json.WriteNumber("step", step);
            json.WriteString("prompt", sample.Prompt);
            json.WriteString("text", sample.Text);
            json.WriteString("note", sample.Note);
            json.WriteEndObject();
        }
        buffer.WriteByte((byte)'\n');
        return buffer.ToArray();
    }

    /// <summary>Null where it is no line of this log.</summary>
    private static (long, ReportSample)? TryRead(string line)
    {
        try
        {
            using var json = JsonDocument.Parse(line);
            var root = json.RootElement;
            return (root.GetProperty("step").GetInt64(), new ReportSample(root.GetProperty("prompt").GetString()!, root.GetProperty("text").GetString()!, root.GetProperty("note").GetString()));
        }
        catch (Exception e) when (e is JsonException or KeyNotFoundException or InvalidOperationException or FormatException)
        {
            return null;
        }
    }
}
