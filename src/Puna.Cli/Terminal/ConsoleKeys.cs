namespace Puna.Cli.Terminal;

/// <summary>The keys of the real console.</summary>
internal sealed class ConsoleKeys : IKeys
{
    public bool IsWaiting => Console.KeyAvailable;

    public ConsoleKeyInfo Read() => Console.ReadKey(intercept: true);

    public IDisposable TakeInterrupts()
    {
        Console.TreatControlCAsInput = true;
        return new Giving();
    }

    private sealed class Giving : IDisposable
    {
        public void Dispose() => Console.TreatControlCAsInput = false;
    }
}
