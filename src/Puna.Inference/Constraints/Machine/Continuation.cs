namespace Puna.Inference;

/// <summary>
/// What may still come: a part of a grammar and then another continuation; an immutable stack. Equal ones are one object as long as a machine remembers them.
/// </summary>
/// <param name="id">Tells continuations of a machine apart.</param>
/// <param name="node">The next part; null at the bottom.</param>
/// <param name="rest">What comes after it; null at the bottom.</param>
internal sealed class Continuation(int id, GrammarNode? node, Continuation? rest)
{
    /// <summary>Tells continuations of a machine apart.</summary>
    public int Id => id;

    /// <summary>The next part; null at the bottom.</summary>
    public GrammarNode? Node => node;

    /// <summary>What comes after it; null at the bottom.</summary>
    public Continuation? Rest => rest;

    /// <summary>Bytes of the shortest text that satisfies it.</summary>
    public long Shortest { get; init; }
}
