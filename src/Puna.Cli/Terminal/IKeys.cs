namespace Puna.Cli.Terminal;

/// <summary>The keys that a person presses.</summary>
internal interface IKeys
{
    /// <summary>Whether another key is there already, as within a text that is pasted.</summary>
    bool IsWaiting { get; }

    /// <summary>Lets Ctrl-C be a key like any other until what is returned is disposed.</summary>
    IDisposable TakeInterrupts();

    /// <summary>Waits for a key; it is not echoed.</summary>
    ConsoleKeyInfo Read();
}
