using Puna.Cli.Terminal;
using Puna.Experiments;
using Puna.Experiments.Reports;
using Puna.Training;

namespace Puna.Cli.Reporting;

/// <summary>Chooses how a run is shown.</summary>
internal static class Displays
{
    /// <summary>Redrawn in place on a terminal, plain lines otherwise.</summary>
    public static IRunDisplay For(Session session) => session.ErrorIsTerminal ? new TerminalDisplay(session) : new PlainDisplay(session.Error);

    /// <summary>Model FLOPs utilisation as it stands behind the speed; nothing where it is not known.</summary>
    public static string Mfu(in TrainingProgress progress) => progress.Utilization is { } utilization ? $"  MFU {Figures.Percent(utilization)}" : "";
}

/// <summary>Hands a share of work done to a display.</summary>
internal sealed class DisplayProgress(IRunDisplay display) : IProgress<double>
{
    public void Report(double value) => display.Progress(value);
}
