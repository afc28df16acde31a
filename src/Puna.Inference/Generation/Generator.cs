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
    private readonly List<TokenLogProbability> _logProbabilities = [];
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

    /// <summary>Of each token of the latest generation, where <see cref="GenerationOptions.LogProbabilities"/> asked for them; a token's stands here before it is returned.</summary>
    public IReadOnlyList<TokenLogProbability> LogProbabilities => _logProbabilities;

    /// <summary>Positions that are computed and kept, for a prompt that begins with the same tokens.</summary>
    public int CachedPositions => _model.Length;

    /// <summary>Generates until a stop id, the limit or the end of the context; stop ids are not returned.</summary>
    /// <param name="prompt">At least one token.</param>
    /// <param name="chain">Chooses tokens.</param>
    /// <param name="options">When to stop; stop strings are the caller's.</param>
    /// <param name="cancellation">Stops after the present token, or the present piece of the prompt; then nothing is generated.</param>
    /// <exception cref="InvalidDataException">The prompt is empty, or leaves no room in the context (the message has both counts); or log-probabilities are asked of a decoding that has none.</exception>
    public IEnumerable<int> Generate(IReadOnlyList<int> prompt, SamplerChain chain, GenerationOptions options, CancellationToken cancellation = default)
    {
        PromptRoom.Require(prompt.Count, ContextLength);
        if (options.LogProbabilities is not null && Decoding is not PlainDecoding) throw new InvalidDataException("--logprobs tells of tokens that are drawn one by one; leave it out, or the draft or the search");
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

    /// <summary>Saves what is computed, see <see cref="SequenceFile"/>.</summary>
    /// <exception cref="InvalidDataException">The engine cannot save it.</exception>
    /// <exception cref="IOException">The disk is full or not writable.</exception>
    public void SaveCache(string path) => SequenceFile.Save(path, Engine, _model.Sequence, _model.Ids);

    /// <summary>Takes up what was saved in place of what is kept; a prompt that begins with its tokens is not computed again. If it throws, nothing has changed.</summary>
    /// <returns>Positions that were read.</returns>
    /// <exception cref="FileNotFoundException">There is no such file.</exception>
    /// <exception cref="InvalidDataException">It is damaged, or of another model, precision or engine, or longer than the context.</exception>
    public int LoadCache(string path)
    {
        var (sequence, tokens) = SequenceFile.Load(path, Engine);
        _model.Replace(sequence, tokens);
        return tokens.Length;
    }

    /// <summary>Another sequence with the tokens of the latest call.</summary>
    internal EngineSequence Fork() => _model.Sequence.Fork();

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
        _logProbabilities.Clear();
        if (limit <= 0) yield break;
        if (cancellation.CanBeCanceled && Engine.IsBatchInvariant && !_model.Prefill(prompt, cancellation)) yield break;
        chain.History.Add(prompt);
        foreach (var token in Decoding.Tokens(_model, prompt, chain, limit, options.LogProbabilities is { } alternatives ? (logits, id) => _logProbabilities.Add(TokenLogProbability.Of(logits, id, alternatives)) : null))
        {
            if (_progress.Generated == 0)
            {
                _progress.PromptSeconds = Stopwatch.GetElapsedTime(start).TotalSeconds;
                start = Stopwatch.GetTimestamp();
            }
            if (options.StopIds.Contains(token))
            {
                if (_logProbabilities.Count > _progress.Generated) _logProbabilities.RemoveAt(_progress.Generated);
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
