using Puna.Cli.Terminal;
using Puna.Experiments;
using Puna.Experiments.Reports;
using Puna.Training;

namespace Puna.Cli.Reporting;

/// <summary>A run on a terminal: stages, a bar, and while a model learns its figures and a small curve of the loss.</summary>
internal sealed class TerminalDisplay(Session session) : IRunDisplay
{
    private const int CurveHeight = 4, LabelWidth = 8;
    private static readonly TimeSpan Frame = TimeSpan.FromMilliseconds(80);
    private readonly LiveRegion _region = new(session.Error);
    private readonly List<double> _losses = [];
    private long _drawn;

    public void Stage(string name)
    {
        _region.Keep();
        _losses.Clear();
        session.Error.WriteLine(Paint($"● {name}", "1;36"));
    }

    public void Say(string line) => _region.WriteAbove(line.StartsWith("WARNING", StringComparison.Ordinal) ? Paint(line, "1;33") : line);

    public void Progress(double share)
    {
        if (IsTime(share >= 1)) _region.Draw([Bar(share, $"{share,4:P0}")]);
    }

    public void Step(in TrainingProgress progress)
    {
        var (result, steps) = (progress.Result, progress.Steps);
        _losses.Add(result.Loss);
        if (!IsTime(result.Step == 1 || result.Step == steps)) return;
        var figures = $"step {Figures.Count(result.Step)}/{Figures.Count(steps)}  loss {Figures.Loss(result.Loss)}  {Figures.Short(progress.TokensPerSecond)} tokens/s{Displays.Mfu(progress)}  {Figures.Duration(progress.SecondsLeft)} left";
        _region.Draw([Bar(result.Step / (double)steps, figures), .. Curve()]);
    }

    private string[] Curve()
    {
        var width = Math.Min(64, session.Width() - LabelWidth - 2);
        if (width < 10) return [];
        var lines = TerminalPlot.Curve(_losses, width, CurveHeight);
        var finite = _losses.Where(double.IsFinite).DefaultIfEmpty(0).ToArray();
        return [.. lines.Select((line, i) => Label(i == 0 ? finite.Max() : i == CurveHeight - 1 ? finite.Min() : null) + Paint(line, "32"))];
    }

    private static string Label(double? loss) => (loss is { } value ? Figures.Loss(value) : "").PadLeft(LabelWidth - 1) + " ";

    private string Bar(double share, string figures)
    {
        var room = session.Width() - 1;
        if (figures.Length > room) return figures[..Math.Max(0, room)];
        var width = Math.Min(30, room - figures.Length - 2);
        if (width < 5) return figures;
        var done = (int)Math.Round(Math.Clamp(share, 0, 1) * width);
        return $"{Paint(new string('━', done), "36")}{Paint(new string('─', width - done), "2")}  {figures}";
    }

    private string Paint(string text, string style) => session.HasColor && text.Length > 0 ? $"\u001b[{style}m{text}\u001b[0m" : text;

    private bool IsTime(bool always)
    {
        var now = Environment.TickCount64;
        if (!always && now - _drawn < Frame.TotalMilliseconds) return false;
        _drawn = now;
        return true;
    }
}
