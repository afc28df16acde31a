namespace Puna.Inference;

/// <summary>Tokens of a draft, each with the distribution that it was drawn from. Used again for the next draft: once warm it allocates nothing.</summary>
public sealed class DraftTokens
{
    private readonly List<Slot> _slots = [];
    private int[] _tokens = new int[16];

    /// <summary>Number of tokens.</summary>
    public int Count { get; private set; }

    /// <summary>The tokens; valid until the next change.</summary>
    public ReadOnlySpan<int> Tokens => _tokens.AsSpan(0, Count);

    /// <summary>The distribution that a token was drawn from: those that could have been drawn, with their probabilities.</summary>
    public ReadOnlySpan<Candidate> Distribution(int index)
    {
        ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual((uint)index, (uint)Count, nameof(index));
        return _slots[index].Items.AsSpan(0, _slots[index].Count);
    }

    /// <summary>Forgets all tokens.</summary>
    public void Clear() => Count = 0;

    /// <summary>Adds a token that was chosen without chance: nothing else could have come of it.</summary>
    public void Add(int token) => Add(token, [new Candidate(token, 0, 1)]);

    /// <summary>Adds a token that was drawn.</summary>
    /// <param name="token">The token.</param>
    /// <param name="distribution">What it was drawn from, with probabilities.</param>
    public void Add(int token, ReadOnlySpan<Candidate> distribution)
    {
        if (Count == _tokens.Length) Array.Resize(ref _tokens, 2 * Count);
        if (Count == _slots.Count) _slots.Add(new Slot());
        _slots[Count].Set(distribution);
        _tokens[Count++] = token;
    }

    private sealed class Slot
    {
        public Candidate[] Items { get; private set; } = [];

        public int Count { get; private set; }

        public void Set(ReadOnlySpan<Candidate> items)
        {
            if (Items.Length < items.Length) Items = new Candidate[Math.Max(items.Length, 64)];
            items.CopyTo(Items);
            Count = items.Length;
        }
    }
}
