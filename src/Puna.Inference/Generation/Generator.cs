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
    private readonly InferenceBatch _batch = new();
    private readonly List<int> _cached = [];
    private readonly List<TokenLogProbability> _logProbabilities = [];
    private EngineSequence _sequence;

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

    /// <summary>Of each token of the latest generation, where <see cref="GenerationOptions.LogProbabilities"/> asked for them; a token's stands here before it is returned.</summary>
    public IReadOnlyList<TokenLogProbability> LogProbabilities => _logProbabilities;

    /// <summary>Positions that are computed and kept, for a prompt that begins with the same tokens.</summary>
    public int CachedPositions => _cached.Count;

    /// <summary>Generates until a stop id, the limit or the end of the context; stop ids are not returned.</summary>
    /// <param name="prompt">At least one token.</param>
    /// <param name="chain">Chooses tokens.</param>
    /// <param name="options">When to stop; stop strings are the caller's.</param>
    /// <param name="cancellation">Stops after the present token.</param>
    /// <exception cref="InvalidDataException">The prompt is empty, or leaves no room in the context; the message has both counts.</exception>
    public IEnumerable<int> Generate(IReadOnlyList<int> prompt, SamplerChain chain, GenerationOptions options, CancellationToken cancellation = default)
    {
        RequireRoom(prompt.Count, ContextLength);
        return Run(prompt, chain, options, cancellation);
    }

    /// <summary>Logits of the position after the given ids, [V]; valid until the next call.</summary>
    /// <exception cref="InvalidDataException">There are no ids, or more than the context has positions.</exception>
    public ReadOnlySpan<float> Logits(ReadOnlySpan<int> ids)
    {
        if (ids.IsEmpty) throw Empty();
        if (ids.Length > ContextLength) throw TooLong(ids.Length, ContextLength);
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

    /// <summary>Saves what is computed, see <see cref="SequenceFile"/>.</summary>
    /// <exception cref="InvalidDataException">The engine cannot save it.</exception>
    /// <exception cref="IOException">The disk is full or not writable.</exception>
    public void SaveCache(string path) => SequenceFile.Save(path, _engine, _sequence, _cached);

    /// <summary>Takes up what was saved in place of what is kept; a prompt that begins with its tokens is not computed again. If it throws, nothing has changed.</summary>
    /// <returns>Positions that were read.</returns>
    /// <exception cref="FileNotFoundException">There is no such file.</exception>
    /// <exception cref="InvalidDataException">It is damaged, or of another model, precision or engine, or longer than the context.</exception>
    public int LoadCache(string path)
    {
        var (sequence, tokens) = SequenceFile.Load(path, _engine);
        _sequence.Dispose();
        _sequence = sequence;
        _cached.Clear();
        _cached.AddRange(tokens);
        return tokens.Length;
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _sequence.Dispose();
        _batch.Dispose();
        if (_ownsEngine) _engine.Dispose();
    }

    /// <summary>Says no to a prompt that leaves no room for an answer.</summary>
    /// <exception cref="InvalidDataException">It is empty, or has as many tokens as the context or more; the message has both counts.</exception>
    internal static void RequireRoom(int promptTokens, int contextLength)
    {
        if (promptTokens == 0) throw Empty();
        if (promptTokens >= contextLength) throw TooLong(promptTokens, contextLength);
    }

    /// <summary>Another sequence with the tokens of the latest call.</summary>
    internal EngineSequence Fork() => _sequence.Fork();

    private static InvalidDataException Empty() => new("the prompt is empty and the model has no BOS token to begin with; give a prompt");

    private static InvalidDataException TooLong(int count, int contextLength) => new($"the prompt has {count} tokens, the context {contextLength}: shorten the prompt");

    private IEnumerable<int> Run(IReadOnlyList<int> prompt, SamplerChain chain, GenerationOptions options, CancellationToken cancellation)
    {
        var ids = prompt.ToArray();
        var limit = Math.Min(options.MaxOutputTokens ?? int.MaxValue, ContextLength - ids.Length);
        var start = Stopwatch.GetTimestamp();
        Statistics = new GenerationStatistics { PromptTokens = ids.Length, CachedTokens = Shared(ids) };
        _logProbabilities.Clear();
        if (limit <= 0) yield break;
        chain.History.Add(ids);
        var next = Choose(Logits(ids), chain, options);
        Statistics = Statistics with { PromptSeconds = Stopwatch.GetElapsedTime(start).TotalSeconds };
        start = Stopwatch.GetTimestamp();
        for (var count = 1; ; count++)
        {
            if (options.StopIds.Contains(next))
            {
                if (_logProbabilities.Count >= count) _logProbabilities.RemoveAt(count - 1);
                Statistics = Statistics with { FinishReason = FinishReason.Stop };
                yield break;
            }
            Statistics = Statistics with { GeneratedTokens = count, GeneratedSeconds = Stopwatch.GetElapsedTime(start).TotalSeconds };
            yield return next;
            if (count == limit || cancellation.IsCancellationRequested) yield break;
            next = Next(next, chain, options);
        }
    }

    private int Next(int token, SamplerChain chain, GenerationOptions options)
    {
        ReadOnlySpan<int> one = [token];
        return Choose(Feed(one), chain, options);
    }

    private int Choose(ReadOnlySpan<float> logits, SamplerChain chain, GenerationOptions options)
    {
        var token = chain.Sample(logits);
        if (options.LogProbabilities is { } alternatives) _logProbabilities.Add(TokenLogProbability.Of(logits, token, alternatives));
        return token;
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
