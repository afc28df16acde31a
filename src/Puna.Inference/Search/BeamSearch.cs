namespace Puna.Inference;

/// <summary>
/// Looks for the continuations with the highest score: B beams run as one batch, each a fork of what it grew from. With groups, each chooses after those before it and avoids
/// their tokens. Deterministic; it ranks by the model's own log-probabilities and takes no sampler steps. Sources: Hugging Face's generate for what a step keeps (see
/// <see cref="BeamGroup"/>), Vijayakumar et al., «Diverse beam search», 2018, for groups; unlike Hugging Face's, a diversity penalty only decides which tokens
/// are chosen and is not part of a score.
/// </summary>
/// <param name="engine">Of the model.</param>
/// <param name="options">Settings.</param>
public sealed class BeamSearch(InferenceEngine engine, BeamSearchOptions options)
{
    private readonly Dictionary<int, int> _taken = [];

    /// <summary>Searches.</summary>
    /// <param name="prompt">At least one id.</param>
    /// <param name="limits">Stop ids and the most tokens; stop strings come in by <paramref name="ends"/>.</param>
    /// <param name="ends">Whether a continuation ends where it is, for a reason beside stop ids; null for never.</param>
    /// <param name="cancellation">Ends the search between two tokens.</param>
    /// <returns>Up to B continuations, best first.</returns>
    /// <exception cref="InvalidDataException">The prompt is empty or leaves no room, a setting is out of its range, or a logit is NaN or infinite.</exception>
    /// <exception cref="InsufficientMemoryException">There is no memory for so many beams.</exception>
    /// <exception cref="OperationCanceledException">It was cancelled.</exception>
    public IReadOnlyList<Completion> Run(IReadOnlyList<int> prompt, GenerationOptions limits, Func<IReadOnlyList<int>, bool>? ends = null, CancellationToken cancellation = default)
    {
        options.Check();
        PromptRoom.Require(prompt.Count, engine.ContextLength);
        var limit = Math.Min(limits.MaxOutputTokens ?? int.MaxValue, engine.ContextLength - prompt.Count);
        if (limit <= 0) return [];
        var groups = new BeamGroup[options.GroupCount];
        for (var i = 0; i < groups.Length; i++) groups[i] = new BeamGroup(options.BeamCount / options.GroupCount, options, limits, limit, ends);
        var scratch = new double[engine.VocabularySize];
        using var root = new CachedSequence(engine);
        using var batch = new InferenceBatch();
        Score(root.Logits([.. prompt]));
        _taken.Clear();
        foreach (var group in groups) Advance(group, _ => scratch);
        var running = new List<EngineSequence>();
        try
        {
            foreach (var _ in groups.SelectMany(group => group.Live)) running.Add(root.Sequence.Fork());
            while (running.Count > 0)
            {
                cancellation.ThrowIfCancellationRequested();
                batch.Clear();
                var row = 0;
                foreach (var beam in groups.SelectMany(group => group.Live)) batch.Add(running[row++], [beam.Ids[^1]]);
                engine.Run(batch);
                var before = groups.Select(group => group.Live.Count).ToArray();
                _taken.Clear();
                row = 0;
                foreach (var group in groups)
                {
                    var first = row;
                    row += group.Live.Count;
                    Advance(group, beam =>
                    {
                        Score(batch.Row(first + beam));
                        return scratch;
                    });
                }
                Reorder(running, groups, before);
            }
        }
        finally
        {
            foreach (var sequence in running) sequence.Dispose();
        }
        return [.. groups.SelectMany(group => group.Finished).OrderByDescending(completion => completion.Score)];

        void Score(ReadOnlySpan<float> logits) => LogNormalizer.OfFinite(logits).Fill(logits, scratch);
    }

    private void Advance(BeamGroup group, Func<int, double[]> row)
    {
        if (group.Live.Count == 0) return;
        for (var beam = 0; beam < group.Live.Count; beam++) group.Offer(beam, row(beam), _taken);
        group.Advance();
        foreach (var token in group.Taken) _taken[token] = _taken.GetValueOrDefault(token) + 1;
    }

    /// <summary>Gives each beam the sequence it grew from: the last child takes it, the others fork it before; a sequence without children is given back.</summary>
    private static void Reorder(List<EngineSequence> running, BeamGroup[] groups, int[] before)
    {
        var parents = new List<int>();
        for (var (i, first) = (0, 0); i < groups.Length; first += before[i++])
            foreach (var beam in groups[i].Live) parents.Add(first + beam.Parent);
        var children = new int[running.Count];
        foreach (var parent in parents) children[parent]++;
        var next = new List<EngineSequence>(parents.Count);
        try
        {
            foreach (var parent in parents) next.Add(--children[parent] > 0 ? running[parent].Fork() : running[parent]);
        }
        catch
        {
            foreach (var fork in next.Except(running)) fork.Dispose();
            throw;
        }
        foreach (var sequence in running.Except(next)) sequence.Dispose();
        running.Clear();
        running.AddRange(next);
    }
}
