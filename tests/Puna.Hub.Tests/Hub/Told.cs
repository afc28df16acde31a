namespace Puna.Hub.Tests;

/// <summary>Keeps what a transfer said.</summary>
internal sealed class Told : ITransferDisplay
{
    public List<string> Lines { get; } = [];

    public List<double> Shares { get; } = [];

    public string All => string.Join('\n', Lines);

    public void Stage(string name) => Lines.Add($"[{name}]");

    public void Say(string line) => Lines.Add(line);

    public void Progress(double share) => Shares.Add(share);
}
