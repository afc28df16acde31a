namespace Puna.Inference;

/// <summary>
/// Proposes what a smaller model of the same vocabulary draws, with the same sampler steps as the model itself. It keeps a cache of its own and computes only what is new.
/// </summary>
public sealed class ModelDrafter : IDrafter
{
    private readonly CachedSequence _model;
    private readonly bool _ownsEngine;
    private readonly double _leastProbability;
    private SamplerChain? _chain;
    private int _vocabularySize;

    /// <summary>Creates the drafter.</summary>
    /// <param name="engine">Of the smaller model; its tokenizer must be the model's (<see cref="DraftVocabulary"/>).</param>
    /// <param name="leastProbability">A draft ends where its model gives no token at least this probability, in [0, 1]; llama.cpp's <c>--draft-p-min</c>.</param>
    /// <param name="ownsEngine">Whether the engine is disposed with the drafter.</param>
    /// <exception cref="ArgumentOutOfRangeException">The probability lies outside [0, 1].</exception>
    public ModelDrafter(InferenceEngine engine, double leastProbability = 0, bool ownsEngine = false)
    {
        _leastProbability = StepRange.Check(leastProbability, 0, 1, "DraftMinP");
        _ownsEngine = ownsEngine;
        _model = new CachedSequence(engine);
    }

    /// <inheritdoc/>
    public void Begin(SamplerChain chain, int vocabularySize)
    {
        _chain = chain.ForDraft();
        _vocabularySize = Math.Min(vocabularySize, _model.Engine.VocabularySize);
    }

    /// <inheritdoc/>
    public void Draft(ReadOnlySpan<int> ids, int most, DraftTokens draft)
    {
        var chain = _chain ?? throw new InvalidOperationException("a generation must begin first");
        most = Math.Min(most, _model.Engine.ContextLength - ids.Length + 1); // its context may be shorter than the model's
        if (most <= 0) return;
        var history = chain.History;
        var known = history.Tokens.CommonPrefixLength(ids);
        history.Truncate(known);
        history.Add(ids[known..]);
        ReadOnlySpan<float> row = _model.Logits(ids);
        while (true)
        {
            row = row[.._vocabularySize];
            if (_leastProbability > 0 && LargestProbability(row) < _leastProbability) return; // not by the token drawn, or the text would no longer be the model's
            Draw(chain, row, draft);
            if (draft.Count == most) return;
            row = _model.Append(draft.Tokens[^1]);
        }
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _model.Dispose();
        if (_ownsEngine) _model.Engine.Dispose();
    }

    private static void Draw(SamplerChain chain, ReadOnlySpan<float> row, DraftTokens draft)
    {
        if (chain.TakesBest)
        {
            draft.Add(chain.Sample(row));
            return;
        }
        var distribution = chain.Distribution(row);
        var token = TokenDraw.Pick(distribution, chain.NextUniform());
        draft.Add(token, distribution.Kept);
        chain.Accept(token);
    }

    private static double LargestProbability(ReadOnlySpan<float> logits)
    {
        var (best, sum) = (float.NegativeInfinity, 0.0);
        foreach (var logit in logits) best = Math.Max(best, logit);
        foreach (var logit in logits) sum += Math.Exp((double)logit - best);
        return 1 / sum;
    }
}
