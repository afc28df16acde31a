using Puna.Experiments;
using Puna.Experiments.Reports;
using Puna.Training;

namespace Puna.Cli.Reporting;

/// <summary>A run as plain lines, for logs: stages, results, and a line about every tenth of the way.</summary>
internal sealed class PlainDisplay(TextWriter error) : IRunDisplay
{
    private const int Lines = 10;
    private int _tenths;

    public void Stage(string name)
    {
        _tenths = 0;
        error.WriteLine($"[{name}]");
    }

    public void Say(string line) => error.WriteLine(line);

    public void Progress(double share)
    {
        if (IsDue(share)) error.WriteLine($"{share,4:P0}");
    }

    public void Step(in TrainingProgress progress)
    {
        var (result, steps) = (progress.Result, progress.Steps);
        if (!IsDue(result.Step / (double)steps) && result.Step != 1) return;
        error.WriteLine($"step {Figures.Count(result.Step)}/{Figures.Count(steps)}  loss {Figures.Loss(result.Loss)}  {Figures.Short(progress.TokensPerSecond)} tokens/s{Displays.Mfu(progress)}  {Figures.Duration(progress.SecondsLeft)} left");
    }

    /// <summary>Whether the next tenth was reached since the last line.</summary>
    private bool IsDue(double share)
    {
        var tenths = (int)(Math.Clamp(share, 0, 1) * Lines + 1e-9);
        if (tenths <= _tenths) return false;
        _tenths = tenths;
        return true;
    }
}
