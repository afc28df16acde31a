using Puna.Cli.Terminal;
using Puna.Experiments;

namespace Puna.Cli.Reporting;

/// <summary>Chooses how a run is shown.</summary>
internal static class Displays
{
    /// <summary>Redrawn in place on a terminal, plain lines otherwise.</summary>
    public static IRunDisplay For(Session session) => session.ErrorIsTerminal ? new TerminalDisplay(session) : new PlainDisplay(session.Error);
}

/// <summary>Hands a share of work done to a display.</summary>
internal sealed class DisplayProgress(IRunDisplay display) : IProgress<double>
{
    public void Report(double value) => display.Progress(value);
}
