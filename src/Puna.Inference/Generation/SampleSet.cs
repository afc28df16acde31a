using System.Diagnostics;

namespace Puna.Inference;

/// <summary>
/// Several samples of one prompt. The prompt is computed once and forked; then all samples go on together, a token of each in every batch. A sample is what
/// the same seed gives by itself.
/// </summary>
public static class SampleSet
{
    /// <summary>Draws samples.</summary>
    /// <param name="generator">Of the model.</param>
    /// <param name="request">The prompt.</param>
    /// <param name="sampling">How tokens are chosen; sample i has the seed of these options plus i.</param>
    /// <param name="limits">When each ends, besides the request's own stop ids.</param>
    /// <param name="count">How many.</param>
    /// <param name="cancellation">Ends all after the present token; what there is of them is returned.</param>
    /// <returns>The samples in the order of their seeds, and the figures of all together.</returns>
    /// <exception cref="InvalidDataException">The prompt is empty, or leaves no room in the context; the message has both counts.</exception>
    /// <exception cref="InsufficientMemoryException">There is no memory for so many sequences.</exception>
    public static (IReadOnlyList<Sample> Samples, GenerationStatistics Statistics) Draw(
        TextGenerator generator, PromptRequest request, SamplingOptions sampling, GenerationOptions limits, int count, CancellationToken cancellation = default)
    {
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(count);
        var (ids, context) = (request.Ids.ToArray(), generator.Generator.ContextLength);
        PromptRoom.Require(ids.Length, context);
        limits = request.Limits(generator, limits);
        var limit = Math.Min(limits.MaxOutputTokens ?? int.MaxValue, context - ids.Length);
        var start = Stopwatch.GetTimestamp();
        var logits = generator.Generator.Logits(ids).ToArray();
        var statistics = new GenerationStatistics { PromptTokens = ids.Length, PromptSeconds = Stopwatch.GetElapsedTime(start).TotalSeconds };
        start = Stopwatch.GetTimestamp();
        var drafts = new List<SampleDraft>();
        try
        {
            for (var i = 0; i < count; i++)
                drafts.Add(new SampleDraft(generator.Model.Tokenizer!, generator.Generator.Fork(), ids, sampling with { Seed = SeedOf(sampling.Seed, i) }, limits, limit));
            if (limit > 0) Run(generator.Generator.Engine, drafts, logits, cancellation);
            Sample[] samples = [.. drafts.Select(draft => draft.Finish(trim: request.IsMessage))];
            return (samples, statistics with
            {
                GeneratedTokens = samples.Sum(sample => sample.Tokens.Count),
                GeneratedSeconds = Stopwatch.GetElapsedTime(start).TotalSeconds,
                FinishReason = samples.All(sample => sample.FinishReason == FinishReason.Stop) ? FinishReason.Stop : FinishReason.Length,
            });
        }
        finally
        {
            foreach (var draft in drafts) draft.Dispose();
        }
    }

    /// <summary>The seed of a sample.</summary>
    public static long SeedOf(long first, long index) => unchecked((first + index) & long.MaxValue);

    private static void Run(InferenceEngine engine, List<SampleDraft> drafts, float[] logits, CancellationToken cancellation)
    {
        using var batch = new InferenceBatch();
        foreach (var draft in drafts) draft.Take(logits);
        var live = drafts.Where(draft => !draft.HasEnded).ToList();
        while (live.Count > 0 && !cancellation.IsCancellationRequested)
        {
            batch.Clear();
            foreach (var draft in live) batch.Add(draft.Sequence, [draft.Last]);
            engine.Run(batch);
            for (var i = 0; i < live.Count; i++) live[i].Take(batch.Row(i));
            live.RemoveAll(draft => draft.HasEnded);
        }
    }
}
