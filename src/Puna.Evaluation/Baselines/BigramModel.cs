namespace Puna.Evaluation;

/// <summary>
/// The model that sees one token back: p(b|a) = (c(ab) + α·p1(b)) / (c(a) + α), where c(a) counts a as the first of a training pair.
/// α, in tokens, says how much evidence the unigram model is worth; an unseen a leaves the unigram model alone.
/// Source: MacKay and Peto, «A hierarchical Dirichlet language model», 1995, with one α for all contexts.
/// </summary>
public sealed class BigramModel
{
    private readonly NGramCounts _counts;
    private readonly UnigramModel _unigram;
    private int[]? _best;

    /// <summary>Creates the model of these counts, which must not change afterwards.</summary>
    /// <exception cref="ArgumentOutOfRangeException">α is not positive and finite.</exception>
    public BigramModel(NGramCounts counts, UnigramModel unigram, double alpha)
    {
        if (!(alpha > 0 && double.IsFinite(alpha)))
            throw new ArgumentOutOfRangeException(nameof(alpha), $"Alpha is {alpha}; it must be a positive finite number.");
        (_counts, _unigram, Alpha) = (counts, unigram, alpha);
    }

    /// <summary>α, in tokens.</summary>
    public double Alpha { get; }

    /// <summary>p(b|a).</summary>
    public double Probability(int previous, int token) =>
        (_counts.Pair(previous, token) + Alpha * _unigram.Probability(token)) / (_counts.Predecessor(previous) + Alpha);

    /// <summary>The most probable token after another, ties to the lower id.</summary>
    public int BestAfter(int previous) => (_best ??= FindBest())[previous];

    /// <summary>Scores tokens, each after the one before it.</summary>
    /// <param name="previous">The token before each scored one.</param>
    /// <param name="tokens">The scored tokens, as many.</param>
    /// <exception cref="InvalidDataException">There are none, or an id lies outside the vocabulary.</exception>
    /// <exception cref="ArgumentOutOfRangeException">The two differ in length.</exception>
    public TokenScore Score(ReadOnlySpan<int> previous, ReadOnlySpan<int> tokens)
    {
        var loss = Loss(previous, tokens);
        var right = 0L;
        for (var i = 0; i < tokens.Length; i++)
            if (tokens[i] == BestAfter(previous[i])) right++;
        return new TokenScore(loss, (double)right / tokens.Length, tokens.Length);
    }

    /// <summary>Mean of −ln p(token | previous), nats per token; arguments and errors as for <see cref="Score"/>.</summary>
    public double Loss(ReadOnlySpan<int> previous, ReadOnlySpan<int> tokens)
    {
        if (tokens.IsEmpty) throw new InvalidDataException("There are no tokens to score.");
        if (previous.Length != tokens.Length)
            throw new ArgumentOutOfRangeException(nameof(previous), $"There are {previous.Length} previous tokens for {tokens.Length} scored ones.");
        _counts.Check(previous);
        _counts.Check(tokens);
        var loss = 0.0;
        for (var i = 0; i < tokens.Length; i++) loss -= Math.Log(Probability(previous[i], tokens[i]));
        return loss / tokens.Length;
    }

    /// <summary>Of the tokens never seen after a, the unigram's best is the best; so it and those seen are all there is to compare.</summary>
    private int[] FindBest()
    {
        var best = new int[_counts.VocabularySize];
        var weight = new double[_counts.VocabularySize];
        Array.Fill(best, _unigram.Best);
        Array.Fill(weight, Alpha * _unigram.Probability(_unigram.Best));
        foreach (var (previous, token, count) in _counts.Pairs)
        {
            var own = count + Alpha * _unigram.Probability(token);
            if (own < weight[previous] || (own == weight[previous] && token > best[previous])) continue;
            (best[previous], weight[previous]) = (token, own);
        }
        return best;
    }
}
