namespace Puna.Text.Jinja;

/// <summary>Where a character comes from. It stays with the character through every operation, so that the encoder can tell the template's own
/// symbols from the same letters in a message, and training what the assistant says.</summary>
/// <param name="Source">0: the template. i: the content of message i, counted from 1. <see cref="Data"/>: anything else that was given.</param>
/// <param name="IsAnswer">Whether it was written inside a <c>generation</c> block.</param>
internal readonly record struct Mark(int Source, bool IsAnswer = false)
{
    /// <summary>The <see cref="Source"/> of given text that is no message's content: roles, tools, the structure of printed data.</summary>
    public const int Data = -1;

    public static Mark Given { get; } = new(Data);

    public bool IsTemplate => Source == 0;
}

/// <summary>A stretch of equally marked characters that ends before <paramref name="End"/> and begins where the one before it ends.</summary>
internal readonly record struct MarkRun(int End, Mark Mark);
