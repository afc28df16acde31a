using System.Text;
using Puna.Experiments.Reports;

namespace Puna.Experiments.Runs;

/// <summary>
/// Figures, samples and settings as TensorBoard reads them: scalars <c>train/…</c>, <c>eval/…</c>, <c>test/…</c> and texts. A stage of a run that has several
/// gets a folder of its own, since TensorBoard tells runs by their folders. Each sitting of a run writes a file of its own.
/// </summary>
/// <param name="folder">The folder of event files.</param>
/// <param name="texts">Texts to stand at the beginning: name, and what it says.</param>
public sealed class TensorBoardSink(string folder, IReadOnlyList<(string Tag, string Text)> texts) : IMetricsSink
{
    private const long FlushMilliseconds = 1000;
    private static readonly (MetricsFigure Figure, byte[] Tag)[] Train = Tags("train/"), Evaluation = Tags("eval/"), Test = Tags("test/");
    private EventFile? _file;
    private long _flushed;

    /// <inheritdoc/>
    public void Begin(MetricsStage stage)
    {
        _file?.Dispose();
        _file = EventFile.Create(stage.Name is null ? folder : Path.Combine(folder, stage.Name), stage.Done);
        if (stage.Done == 0)
            foreach (var (tag, text) in texts) _file.Text(0, tag, Verbatim(text));
        Flush();
    }

    /// <inheritdoc/>
    public void Append(MetricsLine line)
    {
        if (_file is null) return;
        _file.BeginScalars();
        foreach (var (figure, tag) in line.Split switch { MetricsSplit.Train => Train, MetricsSplit.Validation => Evaluation, _ => Test })
            if (figure.Value(line) is { } value) _file.Scalar(tag, value);
        _file.EndScalars(line.Step);
        if (Environment.TickCount64 - _flushed >= FlushMilliseconds) Flush();
    }

    /// <inheritdoc/>
    public void Sample(long step, ReportSample sample) => _file?.Text(step, "samples", $"{sample.Note}\n\n{Verbatim(sample.Prompt + sample.Text)}");

    /// <inheritdoc/>
    public void Flush()
    {
        _file?.Flush();
        _flushed = Environment.TickCount64;
    }

    /// <inheritdoc/>
    public void Dispose() => _file?.Dispose();

    /// <summary>Four spaces before a line let Markdown show it as it is.</summary>
    private static string Verbatim(string text) => string.Concat(text.ReplaceLineEndings("\n").TrimEnd().Split('\n').Select(line => $"    {line}\n"));

    private static (MetricsFigure, byte[])[] Tags(string prefix) => [.. MetricsFigures.All.Select(figure => (figure, Encoding.UTF8.GetBytes(prefix + figure.Name)))];
}
