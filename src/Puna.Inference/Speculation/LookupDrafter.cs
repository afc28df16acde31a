namespace Puna.Inference;

/// <summary>
/// Proposes what stood behind the same words before: the place in the text so far whose tokens agree furthest back with the newest ones (the latest such place), and what
/// followed there. It costs nothing to speak of and helps where text is copied. Source: Saxena, «Prompt lookup decoding», 2023.
/// </summary>
public sealed class LookupDrafter : IDrafter
{
    private const int LongestMatch = 64; // further agreement says nothing more
    private readonly int _least;

    /// <summary>Creates the drafter.</summary>
    /// <param name="least">Tokens that must agree, at least 1.</param>
    public LookupDrafter(int least = 2)
    {
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(least);
        _least = least;
    }

    /// <inheritdoc/>
    public void Begin(SamplerChain chain, int vocabularySize)
    {
    }

    /// <inheritdoc/>
    public void Draft(ReadOnlySpan<int> ids, int most, DraftTokens draft)
    {
        var (longest, from) = (_least - 1, 0);
        for (var end = ids.Length - 1; end >= _least && longest < LongestMatch; end--)
        {
            if (ids[end - 1] != ids[^1]) continue;
            var length = 1;
            while (length < end && length < LongestMatch && ids[end - 1 - length] == ids[^(length + 1)]) length++;
            if (length > longest) (longest, from) = (length, end);
        }
        if (from == 0) return;
        most = Math.Min(most, 2 * longest); // a short agreement is worth a short guess
        for (var i = 0; i < most; i++) // a text that repeats itself goes on into its own draft
            draft.Add(from + i < ids.Length ? ids[from + i] : draft.Tokens[from + i - ids.Length]);
    }

    /// <inheritdoc/>
    public void Dispose()
    {
    }
}
