namespace Puna.Inference;

/// <summary>
/// Contrastive search: of the k most probable tokens takes the one with the largest (1 − α)·p(v) − α·max_j cos(h_v, h_j), where h_v is the final hidden state that the token
/// would have and h_j those of all tokens before, the prompt included. No chance in it; α = 0 is greedy. A step runs the k tokens as one batch of forks.
/// Source: Su et al., «A contrastive framework for neural text generation», NeurIPS 2022, section 4. Serves one generation at a time.
/// </summary>
public sealed class ContrastiveDecoding : Decoding, IDisposable
{
    private readonly double _alpha;
    private readonly int _candidateCount;
    private readonly Candidates _ranking = new();
    private readonly UnitVectors _past = new();
    private readonly InferenceBatch _batch = new();
    private float[] _logits = [];

    /// <summary>Creates the method.</summary>
    /// <param name="penaltyAlpha">α in [0, 1], Hugging Face's <c>penalty_alpha</c>; the paper uses 0.6.</param>
    /// <param name="topK">k, at least 1, Hugging Face's <c>top_k</c>; the paper uses 4 to 8.</param>
    /// <exception cref="ArgumentOutOfRangeException">A value is out of its range.</exception>
    public ContrastiveDecoding(double penaltyAlpha = 0.6, int topK = 4)
    {
        _alpha = StepRange.Check(penaltyAlpha, 0, 1, "PenaltyAlpha");
        _candidateCount = (int)StepRange.Check(topK, 1, int.MaxValue, "TopK");
    }

    /// <inheritdoc/>
    public void Dispose() => _batch.Dispose();

    /// <inheritdoc/>
    internal override IEnumerable<int> Tokens(CachedSequence model, int[] prompt, SamplerChain chain, int limit, LogitsObserver? seen = null)
    {
        ReadPrompt(model, prompt);
        for (var count = 1; ; count++)
        {
            var next = Step(model, chain);
            yield return next;
            if (count == limit) yield break;
        }
    }

    /// <summary>Hidden states of the whole prompt are needed, so nothing of an earlier one is used again.</summary>
    private void ReadPrompt(CachedSequence model, ReadOnlySpan<int> prompt)
    {
        model.Truncate(0);
        _past.Clear();
        if (_logits.Length != model.Engine.VocabularySize) _logits = new float[model.Engine.VocabularySize];
        ReadOnlySpan<float> last = [];
        for (var rest = prompt; !rest.IsEmpty;)
        {
            var piece = rest[..Math.Min(rest.Length, model.Engine.BatchSize)];
            rest = rest[piece.Length..];
            var rows = model.Append(piece, BatchOutput.Hidden);
            for (var row = 0; row < piece.Length; row++) _past.Add(last = rows.Row(row));
        }
        if (model.Engine.TryProject(last, _logits)) return;
        model.Truncate(prompt.Length - 1);
        model.Append(prompt[^1]).CopyTo(_logits);
    }

    private int Step(CachedSequence model, SamplerChain chain)
    {
        _ranking.Load<float>(_logits);
        _ranking.Normalise();
        _ranking.KeepBest(_candidateCount); // the probabilities are still those among all tokens
        _ranking.Rank(_ranking.Count);
        var forks = new EngineSequence?[_ranking.Count]; // the first candidate runs on the model's own sequence
        try
        {
            for (var i = 1; i < forks.Length; i++) forks[i] = model.Sequence.Fork();
            _batch.Clear();
            for (var i = 0; i < forks.Length; i++) _batch.Add(forks[i] ?? model.Sequence, [_ranking.Kept[i].Id], BatchOutput.Hidden);
            model.Engine.Run(_batch);
            var best = Choose();
            var (token, hidden) = (_ranking.Kept[best].Id, _batch.Row(best).ToArray());
            _past.Add(hidden);
            model.Adopt(forks[best] ?? model.Sequence, token);
            forks[best] = null;
            if (!model.Engine.TryProject(hidden, _logits))
            {
                model.Truncate(model.Length - 1);
                model.Append(token).CopyTo(_logits);
            }
            chain.History.Add(token);
            return token;
        }
        finally
        {
            foreach (var fork in forks) fork?.Dispose();
        }
    }

    private int Choose()
    {
        var (best, highest) = (0, double.NegativeInfinity);
        for (var i = 0; i < _batch.Count; i++)
        {
            var score = ((1 - _alpha) * _ranking.Kept[i].Probability) - (_alpha * _past.LargestCosine(_batch.Row(i)));
            if (score > highest) (best, highest) = (i, score);
        }
        return best;
    }
}
