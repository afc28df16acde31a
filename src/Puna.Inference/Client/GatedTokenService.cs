using System.Diagnostics;
using System.Runtime.CompilerServices;

namespace Puna.Inference;

/// <summary>
/// Serves several callers on one engine by taking turns: each has a sequence of its own, and the gate lets one token (or one piece of a prompt) be computed at a
/// time, so that all of them move on. Callers beyond <c>mostSequences</c> wait until one has finished.
/// </summary>
public sealed class GatedTokenService : ITokenService
{
    private readonly InferenceEngine _engine;
    private readonly SequencePool _pool;
    private readonly SemaphoreSlim _seats, _gate = new(1, 1), _embedding = new(1, 1);
    private readonly InferenceBatch _batch = new();
    private EngineSequence? _embeddingSequence;
    private bool _isDisposed;

    /// <summary>A service on an engine, which it owns from here on.</summary>
    /// <param name="engine">The engine.</param>
    /// <param name="mostSequences">How many sequences are kept at most, computing or waiting for their next turn; each takes the memory of a whole context where the engine has no paged cache.</param>
    public GatedTokenService(InferenceEngine engine, int mostSequences = 4)
    {
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(mostSequences);
        (_engine, _pool, _seats) = (engine, new SequencePool(engine, mostSequences), new SemaphoreSlim(mostSequences, mostSequences));
    }

    /// <inheritdoc/>
    public async IAsyncEnumerable<int> GenerateAsync(TokenRequest request, [EnumeratorCancellation] CancellationToken cancellation = default)
    {
        var prompt = request.Prompt.ToArray();
        PromptRoom.Require(prompt.Length, _engine.ContextLength);
        var limit = Math.Min(request.Limits.MaxOutputTokens ?? int.MaxValue, _engine.ContextLength - prompt.Length);
        var chain = SamplingRange.Chain(request.Sampling, request.Limits, request.Tokenizer, prompt);
        chain.History.Add(prompt);
        request.LogProbabilities.Clear();
        request.Statistics = new GenerationStatistics { PromptTokens = prompt.Length };
        if (limit <= 0) yield break;
        var start = Stopwatch.GetTimestamp();
        await _seats.WaitAsync(cancellation).ConfigureAwait(false);
        PooledSequence? sequence = null;
        try
        {
            sequence = await InTurn(() => _pool.Rent(prompt), cancellation).ConfigureAwait(false);
            request.Statistics = request.Statistics with { CachedTokens = sequence.Tokens.Count };
            while (prompt.Length - sequence.Tokens.Count > _engine.BatchSize)
                await Compute(sequence, prompt.AsMemory(sequence.Tokens.Count, _engine.BatchSize), null, request, cancellation).ConfigureAwait(false);
            var next = await Compute(sequence, prompt.AsMemory(sequence.Tokens.Count), chain, request, cancellation).ConfigureAwait(false);
            request.Statistics = request.Statistics with { PromptSeconds = Stopwatch.GetElapsedTime(start).TotalSeconds };
            start = Stopwatch.GetTimestamp();
            for (var count = 1; ; count++)
            {
                if (request.Limits.StopIds.Contains(next))
                {
                    if (request.LogProbabilities.Count >= count) request.LogProbabilities.RemoveAt(count - 1);
                    request.Statistics = request.Statistics with { FinishReason = FinishReason.Stop };
                    yield break;
                }
                request.Statistics = request.Statistics with { GeneratedTokens = count, GeneratedSeconds = Stopwatch.GetElapsedTime(start).TotalSeconds };
                yield return next;
                if (count == limit) yield break;
                next = await Compute(sequence, new[] { next }, chain, request, cancellation).ConfigureAwait(false);
            }
        }
        finally
        {
            if (sequence is not null)
            {
                await _gate.WaitAsync(CancellationToken.None).ConfigureAwait(false);
                _pool.Return(sequence);
                _gate.Release();
            }
            _seats.Release();
        }
    }

    /// <inheritdoc/>
    public async Task<float[]> EmbedAsync(IReadOnlyList<int> tokens, EmbeddingPooling pooling, CancellationToken cancellation = default)
    {
        if (tokens.Count == 0) throw new InvalidDataException("the text is empty and the model has no BOS token to begin with, so there is nothing to embed");
        if (tokens.Count > _engine.ContextLength) throw new InvalidDataException($"the text has {tokens.Count} tokens, the context {_engine.ContextLength}: shorten it or cut it in pieces");
        var ids = tokens.ToArray();
        var skipped = pooling == EmbeddingPooling.MeanWithoutBegin && ids.Length > 1 && ids[0] == _engine.Config.BosTokenId ? 1 : 0;
        var sum = new double[_engine.Config.HiddenSize];
        await _embedding.WaitAsync(cancellation).ConfigureAwait(false);
        try
        {
            await InTurn(() => (_embeddingSequence ??= _engine.CreateSequence()).Truncate(0), cancellation).ConfigureAwait(false);
            for (var done = 0; done < ids.Length; done += _engine.BatchSize)
            {
                var (first, count) = (done, Math.Min(_engine.BatchSize, ids.Length - done));
                await InTurn(() => AddStates(ids.AsSpan(first, count), first, pooling == EmbeddingPooling.Last ? ids.Length - 1 : skipped, sum), cancellation).ConfigureAwait(false);
            }
        }
        finally
        {
            _embedding.Release();
        }
        var divisor = pooling == EmbeddingPooling.Last ? 1 : ids.Length - skipped;
        return [.. sum.Select(value => (float)(value / divisor))];
    }

    /// <summary>Waits for the token that is being computed, then gives the engine's memory back; whoever still generates gets an <see cref="ObjectDisposedException"/>.</summary>
    public void Dispose()
    {
        _gate.Wait();
        try
        {
            if (_isDisposed) return;
            _isDisposed = true;
            _pool.Dispose();
            _embeddingSequence?.Dispose();
            _batch.Dispose();
            _engine.Dispose();
        }
        finally
        {
            _gate.Release();
        }
    }

    private Task<int> Compute(PooledSequence sequence, ReadOnlyMemory<int> tokens, SamplerChain? chain, TokenRequest request, CancellationToken cancellation) => InTurn(() =>
    {
        _batch.Clear();
        _batch.Add(sequence.Sequence, tokens.Span, chain is null ? BatchOutput.None : BatchOutput.LastLogits);
        _engine.Run(_batch);
        sequence.Tokens.AddRange(tokens.Span);
        if (chain is null) return -1;
        var logits = _batch.Row(0);
        var token = chain.Sample(logits);
        if (request.Limits.LogProbabilities is { } alternatives) request.LogProbabilities.Add(TokenLogProbability.Of(logits, token, alternatives));
        return token;
    }, cancellation);

    private bool AddStates(ReadOnlySpan<int> ids, int position, int from, double[] sum)
    {
        _batch.Clear();
        _batch.Add(_embeddingSequence!, ids, BatchOutput.Hidden);
        _engine.Run(_batch);
        for (var row = Math.Max(0, from - position); row < ids.Length; row++)
        {
            var state = _batch.Row(row);
            for (var i = 0; i < sum.Length; i++) sum[i] += state[i];
        }
        return true;
    }

    private Task<bool> InTurn(Action work, CancellationToken cancellation) => InTurn(() =>
    {
        work();
        return true;
    }, cancellation);

    /// <summary>Runs work on a thread of the pool when its turn comes; the caller's thread waits for nothing.</summary>
    private async Task<T> InTurn<T>(Func<T> work, CancellationToken cancellation)
    {
        await _gate.WaitAsync(cancellation).ConfigureAwait(false);
        try
        {
            cancellation.ThrowIfCancellationRequested();
            ObjectDisposedException.ThrowIf(_isDisposed, this);
            return await Task.Run(work, CancellationToken.None).ConfigureAwait(false);
        }
        finally
        {
            _gate.Release();
        }
    }
}
