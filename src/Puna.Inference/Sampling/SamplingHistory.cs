namespace Puna.Inference;

/// <summary>
/// The token ids of the sequence so far, prompt and drawn alike, for the steps that look back. Grows by doubling;
/// <see cref="EnsureCapacity"/> up front makes it allocate nothing later.
/// </summary>
public sealed class SamplingHistory
{
    private int[] _tokens = new int[256];

    /// <summary>Number of tokens.</summary>
    public int Count { get; private set; }

    /// <summary>All tokens, oldest first; valid until the next change.</summary>
    public ReadOnlySpan<int> Tokens => _tokens.AsSpan(0, Count);

    /// <summary>The newest <paramref name="count"/> tokens, or all there are if fewer; a negative count means all.</summary>
    public ReadOnlySpan<int> Last(int count) => count < 0 || count >= Count ? Tokens : Tokens[^count..];

    /// <summary>Appends one token.</summary>
    /// <exception cref="ArgumentOutOfRangeException">The id is negative.</exception>
    public void Add(int token)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(token);
        if (Count == _tokens.Length) Array.Resize(ref _tokens, 2 * Count);
        _tokens[Count++] = token;
    }

    /// <summary>Appends tokens, for example the prompt.</summary>
    /// <exception cref="ArgumentOutOfRangeException">An id is negative.</exception>
    public void Add(ReadOnlySpan<int> tokens)
    {
        EnsureCapacity(Count + tokens.Length);
        foreach (var token in tokens) Add(token);
    }

    /// <summary>Forgets all but the oldest <paramref name="count"/> tokens: after a rejected draft, or 0 to start anew.</summary>
    /// <exception cref="ArgumentOutOfRangeException">There are fewer tokens than that.</exception>
    public void Truncate(int count)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(count);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(count, Count);
        Count = count;
    }

    /// <summary>Makes room for so many tokens in all.</summary>
    public void EnsureCapacity(int capacity)
    {
        if (capacity > _tokens.Length) Array.Resize(ref _tokens, Math.Max(capacity, (int)Math.Min(2L * _tokens.Length, Array.MaxLength)));
    }
}
