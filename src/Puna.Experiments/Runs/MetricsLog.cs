using System.Buffers;
using System.Text.Json;

namespace Puna.Experiments.Runs;

/// <summary>
/// Appends lines to <c>metrics.jsonl</c>, each handed to the operating system at once, so that a run that dies loses none and others can read along.
/// Not for use by several threads at once.
/// </summary>
public sealed class MetricsLog : IMetricsSink
{
    private const int LineFeed = '\n';
    private readonly FileStream _stream;
    private readonly ArrayBufferWriter<byte> _buffer = new(512);
    private readonly Utf8JsonWriter _json;

    private MetricsLog(FileStream stream) => (_stream, _json) = (stream, new Utf8JsonWriter(_buffer));

    /// <summary>Starts an empty log; one that is there goes.</summary>
    /// <param name="path">The file.</param>
    public static MetricsLog Create(string path) => new(new FileStream(path, FileMode.Create, FileAccess.Write, FileShare.Read));

    /// <summary>Goes on with a log after the step of the checkpoint that the run goes on from. Lines of later steps, which the run will write again, and a last line cut short are dropped.</summary>
    /// <param name="path">The file; made where it is missing.</param>
    /// <param name="step">The checkpoint's step.</param>
    public static MetricsLog Resume(string path, long step)
    {
        if (File.Exists(path))
        {
            var bytes = File.ReadAllBytes(path);
            var kept = new MemoryStream(bytes.Length);
            foreach (var range in Lines(bytes))
            {
                var line = bytes.AsSpan(range);
                if (MetricsJson.TryRead(line) is not { } metrics || metrics.Step > step) continue;
                kept.Write(line);
                kept.WriteByte(LineFeed);
            }
            Puna.Text.AtomicFile.Write(path, kept.ToArray());
        }
        return new MetricsLog(new FileStream(path, FileMode.Append, FileAccess.Write, FileShare.Read));
    }

    /// <summary>Writes one line.</summary>
    /// <param name="line">The figures.</param>
    public void Append(MetricsLine line)
    {
        _buffer.ResetWrittenCount();
        MetricsJson.Write(line, _json, _buffer);
        _stream.Write(_buffer.WrittenSpan);
        _stream.Flush();
    }

    /// <summary>Nothing to do: no line waits.</summary>
    public void Flush()
    {
    }

    /// <summary>All lines of a log, also of one that is being written. A last line cut short is passed over.</summary>
    /// <param name="path">The file.</param>
    /// <exception cref="InvalidDataException">A line before the last is no line of metrics.</exception>
    public static IReadOnlyList<MetricsLine> Read(string path)
    {
        var bytes = ReadShared(path);
        var lines = new List<MetricsLine>();
        var number = 0;
        foreach (var range in Lines(bytes))
        {
            number++;
            if (MetricsJson.TryRead(bytes.AsSpan(range)) is { } line) lines.Add(line);
            else if (range.End.Value < bytes.Length - 1 && !bytes.AsSpan(range).Trim(" \t\r"u8).IsEmpty)
                throw new InvalidDataException($"{path}:{number}: not a line of metrics; a line is a JSON object with step and split.");
        }
        return lines;
    }

    /// <summary>The lines that <see cref="Resume"/> would understand; what is no line of metrics is passed over, wherever it stands.</summary>
    /// <param name="path">The file; may be missing.</param>
    public static IReadOnlyList<MetricsLine> ReadWhole(string path)
    {
        if (!File.Exists(path)) return [];
        var bytes = ReadShared(path);
        return [.. Lines(bytes).Select(range => MetricsJson.TryRead(bytes.AsSpan(range))).OfType<MetricsLine>()];
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _json.Dispose();
        _stream.Dispose();
    }

    private static byte[] ReadShared(string path)
    {
        using var stream = new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete);
        using var memory = new MemoryStream();
        stream.CopyTo(memory);
        return memory.ToArray();
    }

    /// <summary>The lines without their ends; a last one without an end is a line too.</summary>
    private static IEnumerable<Range> Lines(byte[] bytes)
    {
        for (var start = 0; start < bytes.Length;)
        {
            var end = Array.IndexOf(bytes, (byte)LineFeed, start);
            if (end < 0) end = bytes.Length;
            yield return start..end;
            start = end + 1;
        }
    }
}
