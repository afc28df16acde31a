using System.Diagnostics;
using System.Runtime.CompilerServices;
using System.Runtime.ExceptionServices;

namespace Puna.Inference;

/// <summary>
/// Serves several callers on one engine by way of a <see cref="BatchScheduler"/>: what they want is computed together, a token of each in every batch, and what a prompt
/// shares with an earlier one is not computed again. The scheduler's thread is the only one that calls the engine.
/// </summary>
public sealed class ScheduledTokenService : ITokenService
{
    private readonly InferenceEngine _engine;
    private readonly BatchScheduler _scheduler;

    /// <summary>Starts the scheduler.</summary>
    /// <param name="engine">From here on used by this service alone.</param>
    /// <param name="options">Bounds; null for the defaults. Calls that find the queue full wait outside of it.</param>
    /// <param name="ownsEngine">Whether the engine is disposed with the service.</param>
    /// <exception cref="ArgumentOutOfRangeException">A bound is out of its range.</exception>
    public ScheduledTokenService(InferenceEngine engine, SchedulerOptions? options = null, bool ownsEngine = true)
    {
        _engine = engine;
        _scheduler = new BatchScheduler(engine, options, ownsEngine);
    }

    /// <summary>What the scheduler is doing and has done.</summary>
    public SchedulerMetrics Metrics => _scheduler.Metrics;

    /// <inheritdoc/>
    public async IAsyncEnumerable<int> GenerateAsync(TokenRequest request, [EnumeratorCancellation] CancellationToken cancellation = default)
    {
        var prompt = request.Prompt.ToArray();
        PromptRoom.Require(prompt.Length, _engine.ContextLength);
        if (request.Limits.MaxOutputTokens < 0) throw new InvalidDataException($"MaxOutputTokens is {request.Limits.MaxOutputTokens}; it must be at least 0, or null for what the context leaves");
        var limit = Math.Min(request.Limits.MaxOutputTokens ?? int.MaxValue, _engine.ContextLength - prompt.Length);
        var chain = SamplingRange.Chain(request.Sampling, request.Limits, request.Tokenizer, prompt);
        request.LogProbabilities.Clear();
        request.Statistics = new GenerationStatistics { PromptTokens = prompt.Length };
        if (limit <= 0) yield break;
        var wanted = new SchedulerRequest(prompt, chain) { MaxOutputTokens = limit, StopIds = request.Limits.StopIds, LogProbabilities = request.Limits.LogProbabilities };
        var running = await _scheduler.SubmitAsync(wanted, cancellation).ConfigureAwait(false);
        var (count, start, first) = (0, Stopwatch.GetTimestamp(), 0L);
        try
        {
            while (await HasMoreAsync(running, cancellation).ConfigureAwait(false))
            {
                while (running.Tokens.TryRead(out var token))
                {
                    cancellation.ThrowIfCancellationRequested(); // what was computed before the caller had enough is not told either
                    if (running.LogProbabilities.TryRead(out var logProbability)) request.LogProbabilities.Add(logProbability);
                    if (count++ == 0) first = Stopwatch.GetTimestamp();
                    request.Statistics = request.Statistics with
                    {
                        PromptSeconds = Stopwatch.GetElapsedTime(start, first).TotalSeconds,
                        GeneratedTokens = count,
                        GeneratedSeconds = Stopwatch.GetElapsedTime(first).TotalSeconds,
                    };
                    yield return token;
                }
            }
            if ((await running.Completion.ConfigureAwait(false)).Finish == RequestFinish.Cancelled) throw new OperationCanceledException(cancellation);
        }
        finally
        {
            if (!running.Completion.IsCompleted) running.Cancel();
            // who has read enough waits for the present step, so that the next call finds what this one has computed; who has cancelled waits for nothing
            if (!cancellation.IsCancellationRequested) request.Statistics = Complete(request.Statistics, await running.Completion.ConfigureAwait(false));
        }
    }

    /// <inheritdoc/>
    public async Task<float[]> EmbedAsync(IReadOnlyList<int> tokens, EmbeddingPooling pooling, CancellationToken cancellation = default)
    {
        if (tokens.Count == 0) throw new InvalidDataException("the text is empty and the model has no BOS token to begin with, so there is nothing to embed");
        if (tokens.Count > _engine.ContextLength) throw new InvalidDataException($"the text has {tokens.Count} tokens, the context {_engine.ContextLength}: shorten it or cut it in pieces");
        int[] ids = [.. tokens];
        var states = StatePooling.Of(pooling, ids, _engine.Config.BosTokenId, _engine.Config.HiddenSize);
        var running = await _scheduler.SubmitAsync(SchedulerRequest.ForStates(ids, states.Add), cancellation).ConfigureAwait(false);
        var figures = await running.Completion.WaitAsync(cancellation).ConfigureAwait(false);
        if (figures.Finish == RequestFinish.Closed) throw Closed();
        if (figures.Finish == RequestFinish.Cancelled) throw new OperationCanceledException(cancellation);
        if (figures.Error is { } error) ExceptionDispatchInfo.Throw(error);
        return states.Mean;
    }

    /// <summary>Waits for the step that is being computed, then gives memory back; whoever still waits for tokens gets an <see cref="ObjectDisposedException"/>.</summary>
    public void Dispose() => _scheduler.Dispose();

    private static async ValueTask<bool> HasMoreAsync(ScheduledRequest running, CancellationToken cancellation)
    {
        try
        {
            return await running.Tokens.WaitToReadAsync(cancellation).ConfigureAwait(false);
        }
        catch (OperationCanceledException) when (!cancellation.IsCancellationRequested)
        {
            throw Closed();
        }
    }

    private static ObjectDisposedException Closed() => new(nameof(ScheduledTokenService), "the model was disposed before the call was done");

    /// <summary>What only the scheduler knows; its clock where all of its tokens were read.</summary>
    private static GenerationStatistics Complete(GenerationStatistics told, RequestStatistics figures) => told with
    {
        CachedTokens = figures.CachedTokens,
        GeneratedSeconds = told.GeneratedTokens == figures.GeneratedTokens ? figures.GeneratedSeconds : told.GeneratedSeconds,
        FinishReason = figures.Finish == RequestFinish.Stop && told.GeneratedTokens == figures.GeneratedTokens ? FinishReason.Stop : FinishReason.Length,
    };
}
