namespace Puna.Evaluation;

/// <summary>
/// The two baselines that every training report prints beside its model: fitted to the training tokens, smoothed by what is best on
/// validation, and scored on exactly the positions that the model is scored on.
/// </summary>
public sealed class NGramBaselines
{
    private readonly NGramCounts _counts;

    /// <summary>Creates the baselines of these counts, which must not change afterwards; the bigram's α is 1 until <see cref="SelectAlpha"/> is called.</summary>
    public NGramBaselines(NGramCounts counts)
    {
        _counts = counts;
        Unigram = new UnigramModel(counts);
        Bigram = new BigramModel(counts, Unigram, 1);
    }

    /// <summary>The values of α to choose from, in tokens.</summary>
    public static IReadOnlyList<double> Alphas { get; } = [0.1, 1, 10, 100, 1000];

    /// <summary>The model without context.</summary>
    public UnigramModel Unigram { get; }

    /// <summary>The model that sees one token back, with the α of the moment.</summary>
    public BigramModel Bigram { get; private set; }

    /// <summary>Fits to one text.</summary>
    /// <param name="train">Token ids.</param>
    /// <param name="vocabularySize">V; ids lie in [0, V).</param>
    /// <exception cref="InvalidDataException">An id lies outside the vocabulary.</exception>
    /// <exception cref="ArgumentOutOfRangeException">The vocabulary is empty.</exception>
    public static NGramBaselines Fit(ReadOnlySpan<int> train, int vocabularySize)
    {
        var counts = new NGramCounts(vocabularySize);
        counts.Add(train);
        return new NGramBaselines(counts);
    }

    /// <summary>Fits to several documents; no pair reaches from one into the next. Errors as for one text.</summary>
    public static NGramBaselines Fit(IEnumerable<ReadOnlyMemory<int>> documents, int vocabularySize)
    {
        var counts = new NGramCounts(vocabularySize);
        foreach (var document in documents) counts.Add(document.Span);
        return new NGramBaselines(counts);
    }

    /// <summary>Fits to packed documents: a document ends where the number in <paramref name="documentIds"/> changes. Errors as for one text.</summary>
    /// <exception cref="ArgumentOutOfRangeException">The two spans differ in length.</exception>
    public static NGramBaselines Fit(ReadOnlySpan<int> train, ReadOnlySpan<int> documentIds, int vocabularySize)
    {
        if (train.Length != documentIds.Length)
            throw new ArgumentOutOfRangeException(nameof(documentIds), $"There are {documentIds.Length} document numbers for {train.Length} tokens.");
        var counts = new NGramCounts(vocabularySize);
        for (int start = 0, end; start < train.Length; start = end)
        {
            end = start + 1;
            while (end < train.Length && documentIds[end] == documentIds[start]) end++;
            counts.Add(train[start..end]);
        }
        return new NGramBaselines(counts);
    }

    /// <summary>Chooses the α with the least bigram loss on validation pairs (of equals the smallest), uses it from now on and returns it.</summary>
    /// <param name="previous">The token before each scored one.</param>
    /// <param name="tokens">The scored tokens, as many.</param>
    /// <exception cref="InvalidDataException">There are none, or an id lies outside the vocabulary.</exception>
    /// <exception cref="ArgumentOutOfRangeException">The two differ in length.</exception>
    public double SelectAlpha(ReadOnlySpan<int> previous, ReadOnlySpan<int> tokens)
    {
        var least = double.PositiveInfinity;
        foreach (var alpha in Alphas)
        {
            var model = new BigramModel(_counts, Unigram, alpha);
            var loss = model.Loss(previous, tokens);
            if (loss < least) (Bigram, least) = (model, loss);
        }
        return Bigram.Alpha;
    }

    /// <summary>Scores both models on the same positions; arguments and errors as for <see cref="SelectAlpha"/>.</summary>
    public BaselineScores Score(ReadOnlySpan<int> previous, ReadOnlySpan<int> tokens)
    {
        var bigram = Bigram.Score(previous, tokens);
        return new BaselineScores(Unigram.Score(tokens), bigram, Bigram.Alpha);
    }
}
