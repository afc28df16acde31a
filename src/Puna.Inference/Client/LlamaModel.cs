using System.Runtime.CompilerServices;
using System.Security.Cryptography;
using Microsoft.Extensions.AI;
using Puna.Models;
using Puna.Tensors;
using Puna.Text;

namespace Puna.Inference;

/// <summary>
/// A model that is loaded and ready to be asked: the way into this library. Any thread may call it, also while others do. Dispose gives its memory back; clients
/// and generators made from it do not own it.
/// </summary>
public sealed class LlamaModel : IDisposable
{
    private readonly ITokenService _service;
    private readonly IDisposable? _device;
    private readonly ChatTemplate? _template;
    private readonly string? _templateProblem;

    /// <summary>A model on an engine of the caller's; <see cref="Load"/> makes one of a file.</summary>
    /// <param name="name">What it is called: <see cref="ChatOptions.ModelId"/> and the like.</param>
    /// <param name="engine">Computes; disposed with the model.</param>
    /// <param name="tokenizer">Its tokenizer.</param>
    /// <param name="template">Its chat template; null where it has none, and so continues text only.</param>
    /// <param name="makers">How its makers want it sampled; null for the defaults.</param>
    /// <param name="service">Serves several callers on the engine, and is disposed with the model; null for a <see cref="ScheduledTokenService"/>.</param>
    public LlamaModel(string name, InferenceEngine engine, Tokenizer tokenizer, ChatTemplate? template = null, GenerationConfig? makers = null, ITokenService? service = null)
        : this(name, engine, tokenizer, template, null, makers, service ?? new ScheduledTokenService(engine), null)
    {
    }

    private LlamaModel(string name, InferenceEngine engine, Tokenizer tokenizer, ChatTemplate? template, string? templateProblem, GenerationConfig? makers, ITokenService service, IDisposable? device)
    {
        (Name, Engine, Tokenizer, _template, _templateProblem, _service, _device) = (name, engine, tokenizer, template, templateProblem, service, device);
        DefaultSampling = SamplingDefaults.Of(makers);
    }

    /// <summary>What it is called: the name of its folder or file.</summary>
    public string Name { get; }

    /// <summary>Where it was loaded from; null where it was not.</summary>
    public string? Path { get; private init; }

    /// <summary>Sizes.</summary>
    public IModelConfig Config => Engine.Config;

    /// <summary>Positions of prompt and answer together.</summary>
    public int ContextLength => Engine.ContextLength;

    /// <summary>Its tokenizer.</summary>
    public Tokenizer Tokenizer { get; }

    /// <summary>Its chat template; null where it has none.</summary>
    /// <exception cref="InvalidDataException">It has one that this build cannot run.</exception>
    public ChatTemplate? ChatTemplate => _templateProblem is { } problem ? throw new InvalidDataException($"{problem}; GenerateAsync continues text without it") : _template;

    /// <summary>How it is sampled where a call says nothing: as its makers want it (generation_config.json), else as <see cref="SamplingOptions"/> says.</summary>
    public SamplingOptions DefaultSampling { get; }

    /// <summary>What computes. It takes one call at a time, and the model makes them; look, but do not run it yourself.</summary>
    public InferenceEngine Engine { get; }

    /// <summary>Loads a model.</summary>
    /// <param name="path">A Hugging Face folder, a GGUF file, Meta's folder or a llama2.c file.</param>
    /// <param name="options">How; null for the defaults.</param>
    /// <exception cref="DirectoryNotFoundException">There is nothing at this path.</exception>
    /// <exception cref="InvalidDataException">What is there is no model that this build runs, it has no tokenizer, or its context does not fit in memory; the sentence says which.</exception>
    public static LlamaModel Load(string path, LlamaModelOptions? options = null)
    {
        options ??= new LlamaModelOptions();
        var (device, _) = Device.Open(null, options.Threads);
        ModelSource? source = null;
        try
        {
            source = ModelSource.Open(path, adapter: options.Adapter);
            var model = new LanguageModel(source);
            var tokenizer = model.Tokenizer ?? throw new InvalidDataException($"{path} has no tokenizer");
            var (template, problem) = options.ChatTemplate is { } named
                ? (ChatTemplates.ByNameOrFile(named).With(model.ChatTemplate?.Tokens ?? ChatTokens.OfTokenizer), null)
                : (model.ChatTemplate, model.ChatTemplateProblem);
            var engine = Engines.Open(source, device, new EngineOptions { ContextLength = options.ContextLength, Precision = options.Precision, CacheType = options.CacheType, Repack = options.Repack }, ownsSource: true);
            var name = System.IO.Path.GetFileNameWithoutExtension(System.IO.Path.TrimEndingDirectorySeparator(System.IO.Path.GetFullPath(path)) + (Directory.Exists(path) ? "." : ""));
            return new LlamaModel(name, engine, tokenizer, template, problem, model.Generation, new ScheduledTokenService(engine, options.Scheduling), device) { Path = path };
        }
        catch
        {
            source?.Dispose();
            device.Dispose();
            throw;
        }
    }

    /// <summary>The continuation of a text, piece by piece.</summary>
    /// <param name="prompt">The text; BOS comes before it as the model says. It is never parsed for special symbols.</param>
    /// <param name="sampling">How tokens are chosen; null for <see cref="DefaultSampling"/> with a seed of chance.</param>
    /// <param name="limits">When to stop; null, or without stop ids, at the model's end symbols or the end of the context.</param>
    /// <param name="cancellation">Ends it at once.</param>
    /// <exception cref="InvalidDataException">The prompt leaves no room in the context (the message has both counts), or a value is out of range.</exception>
    /// <exception cref="OperationCanceledException">It was cancelled.</exception>
    public async IAsyncEnumerable<string> GenerateAsync(string prompt, SamplingOptions? sampling = null, GenerationOptions? limits = null, [EnumeratorCancellation] CancellationToken cancellation = default)
    {
        await foreach (var piece in TextStream.Of(_service, Tokenizer, Request(prompt, sampling, limits), cancellation: cancellation).ConfigureAwait(false)) yield return piece;
    }

    /// <summary>The whole continuation of a text, with its ids and figures.</summary>
    /// <param name="prompt">As for <see cref="GenerateAsync"/>.</param>
    /// <param name="sampling">As there.</param>
    /// <param name="limits">As there.</param>
    /// <param name="cancellation">As there.</param>
    /// <exception cref="InvalidDataException">As there.</exception>
    /// <exception cref="OperationCanceledException">It was cancelled.</exception>
    public async Task<GenerationResult> CompleteAsync(string prompt, SamplingOptions? sampling = null, GenerationOptions? limits = null, CancellationToken cancellation = default)
    {
        var request = Request(prompt, sampling, limits);
        return new GenerationResult(await TextStream.WholeAsync(_service, Tokenizer, request, cancellation).ConfigureAwait(false), request.Statistics);
    }

    /// <summary>The model as a chat client of Microsoft.Extensions.AI.</summary>
    /// <exception cref="InvalidDataException">It has no chat template, or one that this build cannot run.</exception>
    public IChatClient AsIChatClient() => new LlamaChatClient(this, _service);

    /// <summary>The model as a generator of embeddings of Microsoft.Extensions.AI.</summary>
    /// <param name="options">Pooling and normalisation; null for the normalised mean.</param>
    public IEmbeddingGenerator<string, Embedding<float>> AsIEmbeddingGenerator(EmbeddingOptions? options = null) => new LlamaEmbeddingGenerator(this, _service, options ?? new EmbeddingOptions());

    /// <inheritdoc/>
    public void Dispose()
    {
        _service.Dispose();
        _device?.Dispose();
    }

    /// <summary>Ids of a text, with BOS as the model says.</summary>
    internal int[] Encode(string text, bool addEnd = false) => Tokenizer.Encode(text, new EncodeOptions(AddBos: Tokenizer.AddsBos && Config.BosTokenId is not null, AddEos: addEnd));

    /// <summary>A seed of chance, for calls that name none.</summary>
    internal static long NewSeed() => RandomNumberGenerator.GetInt32(int.MaxValue);

    private TokenRequest Request(string prompt, SamplingOptions? sampling, GenerationOptions? limits)
    {
        limits ??= new GenerationOptions();
        if (limits.StopIds.Count == 0) limits = limits with { StopIds = Config.EosTokenIds.Count > 0 ? Config.EosTokenIds : Tokenizer.EosId is { } eos ? [eos] : [] };
        return new TokenRequest { Prompt = Encode(prompt), Tokenizer = Tokenizer, Sampling = sampling ?? DefaultSampling with { Seed = NewSeed() }, Limits = limits };
    }
}

/// <summary>A whole continuation.</summary>
/// <param name="Sample">Text, ids, seed and why it ended.</param>
/// <param name="Statistics">Its figures.</param>
public sealed record GenerationResult(Sample Sample, GenerationStatistics Statistics)
{
    /// <summary>The text, without stop strings.</summary>
    public string Text => Sample.Text;

    /// <inheritdoc/>
    public override string ToString() => Text;
}
