using Puna.Models;
using Puna.Tensors;
using Puna.Text;

namespace Puna.Inference;

/// <summary>
/// Text in, text out: a <see cref="Generator"/> with a tokenizer. Streams only whole characters, and nothing of a stop string.
/// </summary>
public sealed class TextGenerator : IDisposable
{
    private readonly Tokenizer _tokenizer;
    private readonly IModelConfig _config;
    private readonly List<int> _tokens = [];
    private bool _stopped; // by a stop string

    /// <summary>A generator for a model that has a tokenizer.</summary>
    /// <exception cref="InvalidDataException">It has none, or the context does not fit.</exception>
    public TextGenerator(LanguageModel model, Device device, int contextLength = 0, Precision precision = Precision.Float32)
        : this(model, device, new EngineOptions { ContextLength = contextLength, Precision = precision })
    {
    }

    /// <summary>A generator for a model that has a tokenizer.</summary>
    /// <exception cref="InvalidDataException">It has none, the context does not fit, or no engine can do what is asked.</exception>
    public TextGenerator(LanguageModel model, Device device, EngineOptions options)
    {
        _tokenizer = model.Tokenizer ?? throw new InvalidDataException("the model has no tokenizer");
        _config = model.Config;
        Model = model;
        Generator = new Generator(Engines.Open(model, device, options), ownsEngine: true);
    }

    /// <summary>The model.</summary>
    public LanguageModel Model { get; }

    /// <summary>The generator of ids.</summary>
    public Generator Generator { get; }

    /// <summary>Figures of the latest generation.</summary>
    public GenerationStatistics Statistics => _stopped ? Generator.Statistics with { FinishReason = FinishReason.Stop } : Generator.Statistics;

    /// <summary>Ids of the latest generation, those of a stop string included, stop ids not.</summary>
    public IReadOnlyList<int> Tokens => _tokens;

    /// <summary>Log-probabilities of <see cref="Tokens"/>, where they were asked for.</summary>
    public IReadOnlyList<TokenLogProbability> LogProbabilities => Generator.LogProbabilities;

    /// <summary>Ids of a plain prompt, with BOS as the model says.</summary>
    public int[] Encode(string prompt) => _tokenizer.Encode(prompt, new EncodeOptions(AddBos: _tokenizer.AddsBos && _config.BosTokenId is not null));

    /// <summary>Ids after which a plain continuation ends.</summary>
    public IReadOnlyCollection<int> EndIds => _config.EosTokenIds.Count > 0 ? _config.EosTokenIds : _tokenizer.EosId is { } eos ? [eos] : [];

    /// <summary>Ids after which an answer ends: those of the chat template, and those of the model, which may know more.</summary>
    public IReadOnlyList<int> AnswerEndIds(ChatTemplate template) => [.. template.StopIds(_tokenizer).Union(_config.EosTokenIds)];

    /// <summary>The continuation of a prompt, piece by piece.</summary>
    /// <param name="prompt">Ids.</param>
    /// <param name="sampling">How tokens are chosen.</param>
    /// <param name="options">When to stop; without stop ids, <see cref="EndIds"/> are used.</param>
    /// <param name="cancellation">Stops after the present token.</param>
    /// <exception cref="InvalidDataException">The prompt is empty or too long, or the vocabulary cannot express what the grammar wants.</exception>
    public IEnumerable<string> Stream(IReadOnlyList<int> prompt, SamplingOptions sampling, GenerationOptions options, CancellationToken cancellation = default)
    {
        if (options.StopIds.Count == 0) options = options with { StopIds = EndIds };
        int[] ids = [.. prompt];
        return Run(ids, Generator.Generate(ids, SamplingRange.Chain(sampling, options, _tokenizer, ids), options, cancellation), options);
    }

    /// <summary>The whole continuation.</summary>
    /// <exception cref="InvalidDataException">The prompt is empty or too long.</exception>
    public string Complete(IReadOnlyList<int> prompt, SamplingOptions sampling, GenerationOptions options) => string.Concat(Stream(prompt, sampling, options));

    /// <inheritdoc/>
    public void Dispose() => Generator.Dispose();

    private IEnumerable<string> Run(IReadOnlyList<int> prompt, IEnumerable<int> ids, GenerationOptions options)
    {
        // the decoder reads the prompt too: whether a piece's leading space is text depends on what stood before
        var decoder = _tokenizer.CreateDecoder();
        foreach (var id in prompt) decoder.Append(id);
        var stops = new StopSequences(options.StopSequences);
        _tokens.Clear();
        _stopped = false;
        foreach (var id in ids)
        {
            _tokens.Add(id);
            var text = stops.Push(decoder.Append(id));
            _stopped = stops.Matched is not null;
            if (text.Length > 0) yield return text;
            if (_stopped) break;
        }
        var rest = _stopped ? "" : stops.Push(decoder.Flush()) + stops.Finish();
        _stopped = stops.Matched is not null;
        if (rest.Length > 0) yield return rest;
    }
}
