using System.Diagnostics;
using Puna.Models;
using Puna.Tensors;

namespace Puna.Inference;

/// <summary>
/// Ids in, ids out, for one sequence at a time with a key/value cache. What a new prompt shares with the last sequence is not
/// computed again. Not safe for use by several threads.
/// </summary>
public sealed class Generator : IDisposable
{
    private readonly InferenceEngine _engine;
    private readonly bool _ownsEngine;
    private readonly EngineSequence _sequence;
    private readonly InferenceBatch _batch = new();
    private readonly List<int> _cached = [];

    /// <summary>A generator on an engine.</summary>
    /// <param name="engine">The engine.</param>
    /// <param name="ownsEngine">Whether the engine is disposed with the generator.</param>
    public Generator(InferenceEngine engine, bool ownsEngine = false)
    {
        (_engine, _ownsEngine) = (engine, ownsEngine);
        _sequence = engine.CreateSequence();
    }

    /// <summary>A generator with an engine of its own for a network.</summary>
    /// <param name="network">The network.</param>
    /// <param name="device">Where to compute.</param>
    /// <param name="contextLength">Positions of prompt and answer together; 0 for the model's own.</param>
    /// <param name="precision">Precision of matrix products.</param>
    /// <exception cref="InvalidDataException">More positions than the model has, or a cache that does not fit in memory.</exception>
    public Generator(LanguageNetwork network, Device device, int contextLength = 0, Precision precision = Precision.Float32)
        : this(new NetworkEngine(network, device, contextLength, precision), ownsEngine: true)
    {
    }

    /// <summary>The engine.</summary>
    public InferenceEngine Engine => _engine;

    /// <summary>Positions of prompt and answer together.</summary>
    public int ContextLength => _engine.ContextLength;

    /// <summary>Figures of the latest generation.</summary>
    public GenerationStatistics Statistics { get; private set; } = new();

    /// <summary>Generates until a stop id, the limit or the end of the context; stop ids are not returned.</summary>
    /// <param name="prompt">At least one token.</param>
    /// <param name="chain">Chooses tokens.</param>
    /// <param name="options">When to stop; stop strings are the caller's.</param>
    /// <param name="cancellation">Stops after the present token.</param>
    /// <exception cref="InvalidDataException">The prompt is empty, or leaves no room in the context; the message has both counts.</exception>
    public IEnumerable<int> Generate(IReadOnlyList<int> prompt, SamplerChain chain, GenerationOptions options, CancellationToken cancellation = default)
    {
        if (prompt.Count == 0) throw Empty();
        if (prompt.Count >= ContextLength) throw TooLong(prompt.Count);
        return Run(prompt, chain, options, cancellation);
    }

    /// <summary>Logits of the position after the given ids, [V]; valid until the next call.</summary>
    /// <exception cref="InvalidDataException">There are no ids, or more than the context has positions.</exception>
    public ReadOnlySpan<float> Logits(ReadOnlySpan<int> ids)
    {
        if (ids.IsEmpty) throw Empty();
        if (ids.Length > ContextLength) throw TooLong(ids.Length);
        var kept = Shared(ids);
        _cached.RemoveRange(kept, _cached.Count - kept);
        _sequence.Truncate(kept);
        return Feed(ids[kept..]);
    }

    /// <summary>Forgets what was computed before. A prompt that shares its beginning with the last one is otherwise computed in two pieces, whose rounding may differ in the last bits from the whole.</summary>
    public void Forget()
    {
        _cached.Clear();
        _sequence.Truncate(0);
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _sequence.Dispose();
        _batch.Dispose();
        if (_ownsEngine) _engine.Dispose();
    }

    private static InvalidDataException Empty() => new("the prompt is empty and the model has no BOS token to begin with; give a prompt");

    private InvalidDataException TooLong(int count) => new($"the prompt has {count} tokens, the context {ContextLength}: shorten the prompt");

    private IEnumerable<int> Run(IReadOnlyList<int> prompt, SamplerChain chain, GenerationOptions options, CancellationToken cancellation)
    {
        var ids = prompt.ToArray();
        var limit = Math.Min(options.MaxOutputTokens ?? int.MaxValue, ContextLength - ids.Length);
        var start = Stopwatch.GetTimestamp();
        Statistics = new GenerationStatistics { PromptTokens = ids.Length, CachedTokens = Shared(ids) };
        if (limit <= 0) yield break;
        chain.History.Add(ids);
        var next = chain.Sample(Logits(ids));
        Statistics = Statistics with { PromptSeconds = Stopwatch.GetElapsedTime(start).TotalSeconds };
        start = Stopwatch.GetTimestamp();
        for (var count = 1; ; count++)
        {
            if (options.StopIds.Contains(next))
            {
                Statistics = Statistics with { FinishReason = FinishReason.Stop };
                yield break;
            }
            Statistics = Statistics with { GeneratedTokens = count, GeneratedSeconds = Stopwatch.GetElapsedTime(start).TotalSeconds };
            yield return next;
            if (count == limit || cancellation.IsCancellationRequested) yield break;
            next = Next(next, chain);
        }
    }

    private int Next(int token, SamplerChain chain)
    {
        ReadOnlySpan<int> one = [token];
        return chain.Sample(Feed(one));
    }

    /// <summary>How many of the first ids are in the cache; the last is computed in any case, for its logits.</summary>
    private int Shared(ReadOnlySpan<int> ids)
    {
        var kept = 0;
        while (kept < _cached.Count && kept < ids.Length - 1 && _cached[kept] == ids[kept]) kept++;
        return kept;
    }

    private Span<float> Feed(ReadOnlySpan<int> ids)
    {
        while (ids.Length > _engine.BatchSize)
        {
            Add(ids[.._engine.BatchSize], BatchOutput.None);
            ids = ids[_engine.BatchSize..];
        }
        Add(ids, BatchOutput.LastLogits);
        return _batch.Row(0);
    }

    private void Add(ReadOnlySpan<int> ids, BatchOutput output)
    {
        _batch.Clear();
        _batch.Add(_sequence, ids, output);
        _engine.Run(_batch);
        foreach (var id in ids) _cached.Add(id);
    }
}
