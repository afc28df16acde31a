using System.Diagnostics;

namespace Puna.Inference;

/// <summary>A whole continuation as text.</summary>
/// <param name="Text">Without a stop string and what follows it; an answer without white space around it.</param>
/// <param name="Completion">Its ids and scores.</param>
public sealed record TextCompletion(string Text, Completion Completion);

/// <summary>Searches that give whole continuations of a prompt, the best first, in place of a stream.</summary>
/// <param name="generator">Of the model; its engine computes.</param>
public sealed class TextSearch(TextGenerator generator)
{
    /// <summary>Figures of the latest search; tokens of all continuations together.</summary>
    public GenerationStatistics Statistics { get; private set; } = new();

    /// <summary>A beam search.</summary>
    /// <param name="request">The prompt.</param>
    /// <param name="options">Settings.</param>
    /// <param name="limits">When to stop, besides the request's own stop ids.</param>
    /// <param name="reranker">Ranks what was found; null for the search's own scores.</param>
    /// <param name="cancellation">Gives up.</param>
    /// <returns>Up to as many as there are beams, best first.</returns>
    /// <exception cref="InvalidDataException">The prompt does not fit, a setting is out of its range, there is a grammar, or a logit is NaN or infinite.</exception>
    /// <exception cref="OperationCanceledException">It was cancelled.</exception>
    public IReadOnlyList<TextCompletion> Beams(PromptRequest request, BeamSearchOptions options, GenerationOptions limits, IReranker? reranker = null, CancellationToken cancellation = default)
    {
        if (limits.Grammar is not null) throw new InvalidDataException("a grammar holds what is drawn, and a beam search draws nothing; leave one of them out");
        var tokenizer = generator.Model.Tokenizer!;
        var start = Stopwatch.GetTimestamp();
        var found = new BeamSearch(generator.Generator.Engine, options).Run(request.Ids, request.Limits(generator, limits), limits.StopSequences.Count == 0 ? null : HasStop, cancellation);
        return Ranked(request, found, TextOf, reranker, start, cancellation);

        bool HasStop(IReadOnlyList<int> ids)
        {
            var text = CompletionText.Of(tokenizer, request.Ids, ids);
            return limits.StopSequences.Any(stop => text.Contains(stop, StringComparison.Ordinal));
        }

        string TextOf(Completion completion)
        {
            var text = CompletionText.Cut(CompletionText.Of(tokenizer, request.Ids, completion.Ids), limits.StopSequences);
            return request.IsMessage ? text.Trim() : text;
        }
    }

    /// <summary>Several draws, each with the next seed.</summary>
    /// <param name="request">The prompt.</param>
    /// <param name="sampling">How tokens are chosen; the seed is the first draw's.</param>
    /// <param name="count">How many, at least 1.</param>
    /// <param name="limits">When to stop, besides the request's own stop ids.</param>
    /// <param name="reranker">Ranks what was drawn; null for the order of the seeds.</param>
    /// <param name="cancellation">Gives up.</param>
    /// <returns>All of them, best first.</returns>
    /// <exception cref="InvalidDataException">The prompt does not fit, or a logit is NaN or infinite.</exception>
    /// <exception cref="OperationCanceledException">It was cancelled.</exception>
    public IReadOnlyList<TextCompletion> Samples(PromptRequest request, SamplingOptions sampling, int count, GenerationOptions limits, IReranker? reranker = null, CancellationToken cancellation = default)
    {
        var start = Stopwatch.GetTimestamp();
        var (samples, _) = SampleSet.Draw(generator, request, sampling, limits with { LogProbabilities = limits.LogProbabilities ?? 0 }, count, cancellation);
        cancellation.ThrowIfCancellationRequested();
        var texts = samples.ToDictionary(sample => (object)sample.Tokens, sample => sample.Text, ReferenceEqualityComparer.Instance);
        return Ranked(request, [.. samples.Select(sample => sample.Completion!)], completion => texts[completion.Ids], reranker, start, cancellation);
    }

    private IReadOnlyList<TextCompletion> Ranked(PromptRequest request, IReadOnlyList<Completion> found, Func<Completion, string> text, IReranker? reranker, long start, CancellationToken cancellation)
    {
        if (reranker is not null) found = reranker.Rank(request.Ids, found, cancellation);
        Statistics = new GenerationStatistics
        {
            PromptTokens = request.Ids.Count,
            GeneratedTokens = found.Sum(completion => completion.Ids.Count),
            GeneratedSeconds = Stopwatch.GetElapsedTime(start).TotalSeconds,
            FinishReason = found.Count > 0 ? found[0].FinishReason : FinishReason.Length,
        };
        return [.. found.Select(completion => new TextCompletion(text(completion), completion))];
    }
}
