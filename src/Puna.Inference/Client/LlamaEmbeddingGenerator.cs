using Microsoft.Extensions.AI;

namespace Puna.Inference;

/// <summary>
/// A model's embeddings: its final hidden states, pooled to one vector of C numbers a text. A model that was only trained to write gives vectors that tell
/// alike from unlike, not those of a model trained to embed. Any thread may call it; it does not own the model.
/// </summary>
public sealed class LlamaEmbeddingGenerator : IEmbeddingGenerator<string, Embedding<float>>
{
    private readonly LlamaModel _model;
    private readonly ITokenService _service;
    private readonly EmbeddingOptions _options;
    private readonly EmbeddingGeneratorMetadata _metadata;

    internal LlamaEmbeddingGenerator(LlamaModel model, ITokenService service, EmbeddingOptions options)
    {
        (_model, _service, _options) = (model, service, options);
        _metadata = new EmbeddingGeneratorMetadata("puna", null, model.Name, model.Config.HiddenSize);
    }

    /// <summary>Embeds texts, one after the other; usage counts their tokens, begin symbols included.</summary>
    /// <param name="values">The texts.</param>
    /// <param name="options">
    /// <see cref="EmbeddingGenerationOptions.Dimensions"/> may only be the model's own. <see cref="EmbeddingGenerationOptions.AdditionalProperties"/> may have <c>pooling</c> (mean,
    /// mean_without_begin or last) and <c>normalize</c>. <see cref="EmbeddingGenerationOptions.RawRepresentationFactory"/> may make an <see cref="EmbeddingOptions"/>.
    /// </param>
    /// <param name="cancellationToken">Ends it at once.</param>
    /// <exception cref="InvalidDataException">A text is longer than the context (the sentence says which, and both counts), or an option cannot be honoured.</exception>
    public async Task<GeneratedEmbeddings<Embedding<float>>> GenerateAsync(IEnumerable<string> values, EmbeddingGenerationOptions? options = null, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(values);
        var chosen = Chosen(options);
        int[][] texts = [.. values.Select(value => _model.Encode(value ?? throw new ArgumentException("a text is null", nameof(values)), chosen.AddEnd))];
        for (var i = 0; i < texts.Length; i++)
            if (texts[i].Length > _model.ContextLength) throw new InvalidDataException($"text {i + 1} of {texts.Length} has {texts[i].Length} tokens, the context {_model.ContextLength}: shorten it or cut it in pieces");
        var embeddings = new GeneratedEmbeddings<Embedding<float>>(texts.Length);
        foreach (var ids in texts)
        {
            var vector = await _service.EmbedAsync(ids, chosen.Pooling, cancellationToken).ConfigureAwait(false);
            if (chosen.Normalize) Normalize(vector);
            embeddings.Add(new Embedding<float>(vector) { CreatedAt = DateTimeOffset.UtcNow, ModelId = _model.Name });
        }
        var tokens = texts.Sum(ids => (long)ids.Length);
        embeddings.Usage = new UsageDetails { InputTokenCount = tokens, TotalTokenCount = tokens };
        return embeddings;
    }

    /// <inheritdoc/>
    public object? GetService(Type serviceType, object? serviceKey = null)
    {
        ArgumentNullException.ThrowIfNull(serviceType);
        object?[] offered = [this, _metadata, _model, _model.Tokenizer, _model.Engine];
        return serviceKey is null ? Array.Find(offered, serviceType.IsInstanceOfType) : null;
    }

    /// <summary>Does nothing: the model belongs to whoever loaded it.</summary>
    public void Dispose()
    {
    }

    private EmbeddingOptions Chosen(EmbeddingGenerationOptions? options)
    {
        if (options is null) return _options;
        ModelNames.Require(_model, options.ModelId);
        if (options.Dimensions is { } dimensions && dimensions != _model.Config.HiddenSize)
            throw new InvalidDataException($"EmbeddingGenerationOptions.Dimensions is {dimensions}, and this model's embeddings have {_model.Config.HiddenSize} dimensions, of which none can be left out; leave it null");
        var chosen = RawOptions.Of(options.RawRepresentationFactory?.Invoke(this), _options, "EmbeddingGenerationOptions.RawRepresentationFactory");
        foreach (var (name, value) in options.AdditionalProperties ?? new AdditionalPropertiesDictionary())
        {
            chosen = name switch
            {
                "pooling" => chosen with { Pooling = Pooling(PropertyValue.Text(name, value)) },
                "normalize" => chosen with { Normalize = PropertyValue.Flag(name, value) },
                _ => throw new InvalidDataException($"EmbeddingGenerationOptions.AdditionalProperties has '{name}', which this generator does not know; it knows pooling, normalize"),
            };
        }
        return chosen;
    }

    private static EmbeddingPooling Pooling(string name) => name switch
    {
        "mean" => EmbeddingPooling.Mean,
        "mean_without_begin" => EmbeddingPooling.MeanWithoutBegin,
        "last" => EmbeddingPooling.Last,
        _ => throw new InvalidDataException($"pooling '{name}' is not known; use mean, mean_without_begin or last"),
    };

    /// <summary>Divides by the length; a vector of zeros stays one.</summary>
    private static void Normalize(float[] vector)
    {
        var length = Math.Sqrt(vector.Sum(value => (double)value * value));
        if (length == 0) return;
        for (var i = 0; i < vector.Length; i++) vector[i] = (float)(vector[i] / length);
    }
}
