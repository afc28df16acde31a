namespace Puna.Hub;

/// <summary>A connection that broke, stood still or answered with what passes: worth another attempt.</summary>
internal sealed class BrokenTransferException(string message, Exception? inner = null) : IOException(message, inner)
{
    /// <summary>How long the server asks to wait.</summary>
    public TimeSpan? Asked { get; init; }
}
