namespace Puna.Inference;

/// <summary>
/// Draws several continuations of one prompt at a time, as one batch: each with a seed of its own and the tokens that it would have alone, up to the rounding of a batch.
/// The prompt is computed once.
/// </summary>
/// <param name="engine">Of the model.</param>
/// <param name="chains">One for each continuation, in order, their histories empty.</param>
public sealed class ManySamples(InferenceEngine engine, IReadOnlyList<SamplerChain> chains)
{
    /// <summary>Draws.</summary>
    /// <param name="prompt">At least one id.</param>
    /// <param name="limits">Stop ids and the most tokens of each; stop strings come in by <paramref name="ends"/>.</param>
    /// <param name="ends">Whether a continuation ends where it is, for a reason beside stop ids; null for never.</param>
    /// <param name="cancellation">Ends the drawing between two tokens.</param>
    /// <returns>A continuation for each chain, in their order; their score is the sum of log-probabilities.</returns>
    /// <exception cref="InvalidDataException">The prompt is empty or leaves no room, or a logit is NaN or infinite.</exception>
    /// <exception cref="InsufficientMemoryException">There is no memory for so many sequences.</exception>
    /// <exception cref="OperationCanceledException">It was cancelled.</exception>
    public IReadOnlyList<Completion> Run(IReadOnlyList<int> prompt, GenerationOptions limits, Func<IReadOnlyList<int>, bool>? ends = null, CancellationToken cancellation = default)
    {
        PromptRoom.Require(prompt.Count, engine.ContextLength);
        var limit = Math.Min(limits.MaxOutputTokens ?? int.MaxValue, engine.ContextLength - prompt.Count);
        var samples = chains.Select(chain => new Sample(chain)).ToArray();
        if (limit <= 0) return [.. samples.Select(sample => sample.Completion)];
        int[] ids = [.. prompt];
        using var root = new CachedSequence(engine);
        using var batch = new InferenceBatch();
        try
        {
            var row = root.Logits(ids);
            foreach (var sample in samples)
            {
                sample.Chain.History.Add(ids);
                sample.Take(row, limits, limit, ends);
            }
            foreach (var sample in samples.Where(sample => !sample.IsDone)) sample.Sequence = root.Sequence.Fork();
            while (samples.Any(sample => !sample.IsDone))
            {
                cancellation.ThrowIfCancellationRequested();
                batch.Clear();
                foreach (var sample in samples.Where(sample => !sample.IsDone)) sample.Row = batch.Add(sample.Sequence!, [sample.Ids[^1]]);
                engine.Run(batch);
                foreach (var sample in samples.Where(sample => !sample.IsDone)) sample.Take(batch.Row(sample.Row), limits, limit, ends);
            }
        }
        finally
        {
            foreach (var sample in samples) sample.Sequence?.Dispose();
        }
        return [.. samples.Select(sample => sample.Completion)];
    }

    private sealed class Sample(SamplerChain chain)
    {
        private double _sum;
        private int _count;
        private FinishReason _reason = FinishReason.Length;

        public SamplerChain Chain => chain;

        public List<int> Ids { get; } = [];

        public EngineSequence? Sequence { get; set; }

        public int Row { get; set; }

        public bool IsDone { get; private set; }

        public Completion Completion => new(Ids, _sum, _count, _reason);

        /// <summary>Draws the next token; gives the sequence back when it was the last.</summary>
        public void Take(ReadOnlySpan<float> logits, GenerationOptions limits, int limit, Func<IReadOnlyList<int>, bool>? ends)
        {
            var normaliser = LogSoftmax.Normaliser(logits);
            var token = chain.Sample(logits);
            _sum += logits[token] - normaliser;
            _count++;
            var isStop = limits.StopIds.Contains(token);
            if (!isStop) Ids.Add(token);
            if (isStop || (ends is not null && ends(Ids))) _reason = FinishReason.Stop;
            IsDone = _reason == FinishReason.Stop || _count == limit;
            if (!IsDone) return;
            Sequence?.Dispose();
            Sequence = null;
        }
    }
}
