namespace Puna.Inference;

/// <summary>
/// Where a <see cref="GrammarMachine"/> can be after some bytes: all continuations at once. What it finds out about itself it remembers. Whoever holds the machine's
/// lock may use it.
/// </summary>
internal sealed class GrammarState
{
    private readonly GrammarMachine _machine;
    private readonly (GrammarNode Bytes, Continuation Then)[] _heads;
    private readonly GrammarState?[] _next;

    public GrammarState(GrammarMachine machine, Continuation[] kernel)
    {
        (_machine, Kernel) = (machine, kernel);
        (_heads, MayEnd) = machine.Heads(kernel);
        foreach (var (bytes, _) in _heads) First |= bytes.Bytes;
        _next = new GrammarState?[First.Count];
    }

    /// <summary>The continuations, in the order of their ids.</summary>
    public Continuation[] Kernel { get; }

    /// <summary>Whether the text may end here.</summary>
    public bool MayEnd { get; }

    /// <summary>The bytes that may come next.</summary>
    public ByteSet First { get; }

    /// <summary>The tokens that may come next, where somebody has found out.</summary>
    public TokenMask? Mask { get; set; }

    /// <summary>The state after one more byte; null where the byte may not come.</summary>
    public GrammarState? Next(int value)
    {
        if (!First.Contains(value)) return null;
        ref var next = ref _next[First.Rank(value)];
        if (next is not null) return next;
        var kernel = new List<Continuation>();
        foreach (var (bytes, rest) in _heads)
            if (bytes.Bytes.Contains(value)) kernel.Add(rest);
        return next = _machine.State(kernel);
    }

    /// <summary>The state after some bytes; null where they may not come.</summary>
    public GrammarState? Next(ReadOnlySpan<byte> bytes)
    {
        var state = this;
        foreach (var value in bytes)
        {
            if (state.Next(value) is not { } next) return null;
            state = next;
        }
        return state;
    }

    /// <summary>A byte on a shortest way to the end, -1 at the end itself.</summary>
    public int ByteToTheEnd()
    {
        if (MayEnd) return -1;
        var best = _heads.MinBy(head => head.Then.Shortest).Bytes.Bytes;
        var value = 0;
        while (!best.Contains(value)) value++;
        return value;
    }
}
