namespace Puna.Evaluation;

/// <summary>The model without context: p1(b) = (c(b) + 1) / (N + V), add-one smoothing over the whole vocabulary.</summary>
public sealed class UnigramModel
{
    private readonly NGramCounts _counts;
    private readonly double _total;

    /// <summary>Creates the model of these counts, which must not change afterwards.</summary>
    public UnigramModel(NGramCounts counts)
    {
        _counts = counts;
        _total = (double)counts.Total + counts.VocabularySize;
        for (var token = 1; token < counts.VocabularySize; token++)
            if (counts.Token(token) > counts.Token(Best)) Best = token;
    }

    /// <summary>The most frequent token, ties to the lower id.</summary>
    public int Best { get; }

    /// <summary>p1(b).</summary>
    public double Probability(int token) => (_counts.Token(token) + 1) / _total;

    /// <summary>Scores tokens; what stands before them does not matter.</summary>
    /// <exception cref="InvalidDataException">There are none, or an id lies outside the vocabulary.</exception>
    public TokenScore Score(ReadOnlySpan<int> tokens)
    {
        if (tokens.IsEmpty) throw new InvalidDataException("There are no tokens to score.");
        _counts.Check(tokens);
        var (loss, right) = (0.0, 0L);
        foreach (var token in tokens)
        {
            loss -= Math.Log(Probability(token));
            if (token == Best) right++;
        }
        return new TokenScore(loss / tokens.Length, (double)right / tokens.Length, tokens.Length);
    }
}
