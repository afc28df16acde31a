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
    private readonly bool _ownsEngine;
    private readonly CachedSequence _model;
    private Progress _progress = new() { Finish = FinishReason.Length };

    /// <summary>A generator on an engine.</summary>
    /// <param name="engine">The engine.</param>
    /// <param name="ownsEngine">Whether the engine is disposed with the generator.</param>
    public Generator(InferenceEngine engine, bool ownsEngine = false)
    {
        _ownsEngine = ownsEngine;
        _model = new CachedSequence(engine);
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
    public InferenceEngine Engine => _model.Engine;

    /// <summary>Positions of prompt and answer together.</summary>
    public int ContextLength => Engine.ContextLength;

    /// <summary>How the next tokens come; not disposed with the generator.</summary>
    public Decoding Decoding { get; set; } = Decoding.Plain;

    /// <summary>Figures of the latest generation, as far as it has come.</summary>
    public GenerationStatistics Statistics => new()
    {
        PromptTokens = _progress.Prompt,
        CachedTokens = _progress.Cached,
        PromptSeconds = _progress.PromptSeconds,
        GeneratedTokens = _progress.Generated,
        GeneratedSeconds = _progress.GeneratedSeconds,
        FinishReason = _progress.Finish,
        Passes = Decoding.Drafts.Passes,
        DraftedTokens = Decoding.Drafts.Drafted,
        AcceptedTokens = Decoding.Drafts.Accepted,
    };

    /// <summary>Generates until a stop id, the limit or the end of the context; stop ids are not returned.</summary>
    /// <param name="prompt">At least one token.</param>
    /// <param name="chain">Chooses tokens.</param>
    /// <param name="options">When to stop; stop strings are the caller's.</param>
    /// <param name="cancellation">Stops after the present token.</param>
    /// <exception cref="InvalidDataException">The prompt is empty, or leaves no room in the context; the message has both counts.</exception>
    public IEnumerable<int> Generate(IReadOnlyList<int> prompt, SamplerChain chain, GenerationOptions options, CancellationToken cancellation = default)
    {
        PromptRoom.Require(prompt.Count, ContextLength);
        return Run([.. prompt], chain, options, cancellation);
    }

    /// <summary>Logits of the position after the given ids, [V]; valid until the next call.</summary>
    /// <exception cref="InvalidDataException">There are no ids, or more than the context has positions.</exception>
    public ReadOnlySpan<float> Logits(ReadOnlySpan<int> ids)
    {
        if (ids.IsEmpty) throw PromptRoom.Empty();
        if (ids.Length > ContextLength) throw PromptRoom.TooLong(ids.Length, ContextLength);
        return _model.Logits(ids);
    }

    /// <summary>Forgets what was computed before. A prompt that shares its beginning with the last one is otherwise computed in two pieces, whose rounding may differ in the last bits from the whole.</summary>
    public void Forget() => _model.Truncate(0);

    /// <inheritdoc/>
    public void Dispose()
    {
        _model.Dispose();
        if (_ownsEngine) Engine.Dispose();
    }

    private IEnumerable<int> Run(int[] prompt, SamplerChain chain, GenerationOptions options, CancellationToken cancellation)
    {
        var limit = Math.Min(options.MaxOutputTokens ?? int.MaxValue, ContextLength - prompt.Length);
        var start = Stopwatch.GetTimestamp();
        _progress = new Progress { Prompt = prompt.Length, Cached = _model.Shared(prompt), Finish = FinishReason.Length };
        if (limit <= 0) yield break;
        chain.History.Add(prompt);
        foreach (var token in Decoding.Tokens(_model, prompt, chain, limit))
        {
            if (_progress.Generated == 0)
            {
                _progress.PromptSeconds = Stopwatch.GetElapsedTime(start).TotalSeconds;
                start = Stopwatch.GetTimestamp();
            }
            if (options.StopIds.Contains(token))
            {
                _progress.Finish = FinishReason.Stop;
                yield break;
            }
            _progress.Generated++;
            _progress.GeneratedSeconds = Stopwatch.GetElapsedTime(start).TotalSeconds;
            yield return token;
            if (cancellation.IsCancellationRequested) yield break;
        }
    }

    /// <summary>What becomes statistics when somebody asks: a token takes no memory.</summary>
    private struct Progress
    {
        public int Prompt, Cached, Generated;
        public double PromptSeconds, GeneratedSeconds;
        public FinishReason Finish;
    }
}
