using Puna.Cli.Terminal;
using Puna.Experiments;
using Puna.Hub;

namespace Puna.Cli.Reporting;

/// <summary>Shows a transfer as a run is shown.</summary>
internal sealed class TransferDisplay(Session session) : ITransferDisplay
{
    private readonly IRunDisplay _display = Displays.For(session);

    public void Stage(string name) => _display.Stage(name);

    public void Say(string line) => _display.Say(line);

    public void Progress(double share) => _display.Progress(share);
}
