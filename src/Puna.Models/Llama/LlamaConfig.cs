namespace Puna.Models;

/// <summary>
/// What a Llama is: the fields of Hugging Face's config.json in C# dress. Immutable; <see cref="Validate"/> says in one sentence
/// what is wrong with it. Formulas: PAPERS section «Architecture» of LLaMA (2302.13971), Llama 2 (2307.09288) and Llama 3 (2407.21783).
/// </summary>
public sealed record LlamaConfig : IModelConfig
{
    /// <inheritdoc/>
    public string ModelType => "llama";

    /// <summary>hidden_size; Meta: dim. C.</summary>
    public required int HiddenSize { get; init; }

    /// <summary>intermediate_size: width of the feed-forward. F.</summary>
    public required int IntermediateSize { get; init; }

    /// <summary>num_hidden_layers; Meta: n_layers. L.</summary>
    public required int LayerCount { get; init; }

    /// <summary>num_attention_heads; Meta: n_heads. H.</summary>
    public required int HeadCount { get; init; }

    /// <summary>num_key_value_heads; Meta: n_kv_heads. K, dividing H: H is multi-head, 1 is multi-query, between is grouped-query attention.</summary>
    public required int KeyValueHeadCount { get; init; }

    /// <summary>head_dim. D; HiddenSize / HeadCount unless a file says otherwise.</summary>
    public required int HeadSize { get; init; }

    /// <summary>vocab_size. V.</summary>
    public required int VocabularySize { get; init; }

    /// <summary>max_position_embeddings: positions the model was made for, in tokens.</summary>
    public required int ContextLength { get; init; }

    /// <summary>rms_norm_eps.</summary>
    public double RmsNormEpsilon { get; init; } = 1e-5;

    /// <summary>rope_theta.</summary>
    public double RopeTheta { get; init; } = 10_000;

    /// <summary>rope_scaling, or null.</summary>
    public RopeScaling? RopeScaling { get; init; }

    /// <summary>tie_word_embeddings: whether the output projection is the embedding table.</summary>
    public bool TieWordEmbeddings { get; init; }

    /// <summary>initializer_range: standard deviation of fresh weights.</summary>
    public double InitializerRange { get; init; } = 0.02;

    /// <summary>bos_token_id, or null.</summary>
    public int? BosTokenId { get; init; }

    /// <summary>eos_token_id, one or several; generation stops on any.</summary>
    public IReadOnlyList<int> EosTokenIds { get; init; } = [];

    /// <summary>Number of parameters: V·C·(1 if tied else 2) + L·(2·C·H·D + 2·C·K·D + 3·C·F + 2·C) + C.</summary>
    public long ParameterCount
    {
        get
        {
            long c = HiddenSize;
            var attention = (2 * c * HeadCount * HeadSize) + (2 * c * KeyValueHeadCount * HeadSize);
            return (c * VocabularySize * (TieWordEmbeddings ? 1 : 2)) + (LayerCount * (attention + (3 * c * IntermediateSize) + (2 * c))) + c;
        }
    }

    /// <inheritdoc/>
    public long LookedUpParameterCount => TieWordEmbeddings ? 0 : (long)HiddenSize * VocabularySize;

    /// <summary>
    /// Multiply-adds count as two: forward and backward FLOPs of a token by PaLM's definition, 6·N + 12·L·H·D·T, N counting the output
    /// projection once and no embedding look-up (PaLM 2204.02311, appendix B).
    /// </summary>
    /// <param name="sequenceLength">T, tokens.</param>
    public double TrainingFlopsPerToken(int sequenceLength)
    {
        var n = ParameterCount - (TieWordEmbeddings ? 0 : (long)HiddenSize * VocabularySize);
        return (6.0 * n) + (12.0 * LayerCount * HeadCount * HeadSize * sequenceLength);
    }

    /// <summary>Checks sizes against each other.</summary>
    /// <exception cref="InvalidDataException">One sentence: which field, its value, what it must be.</exception>
    public LlamaConfig Validate()
    {
        Positive(HiddenSize, "hidden_size");
        Positive(IntermediateSize, "intermediate_size");
        Positive(LayerCount, "num_hidden_layers");
        Positive(HeadCount, "num_attention_heads");
        Positive(KeyValueHeadCount, "num_key_value_heads");
        Positive(HeadSize, "head_dim");
        Positive(VocabularySize, "vocab_size");
        Positive(ContextLength, "max_position_embeddings");
        if (HeadCount % KeyValueHeadCount != 0) throw new InvalidDataException($"num_attention_heads {HeadCount} must be a multiple of num_key_value_heads {KeyValueHeadCount}");
        if (HeadSize % 2 != 0) throw new InvalidDataException($"head_dim {HeadSize} must be even: rotary embedding turns pairs");
        if (!(RmsNormEpsilon > 0)) throw new InvalidDataException($"rms_norm_eps {RmsNormEpsilon} must be positive");
        if (!(RopeTheta > 0)) throw new InvalidDataException($"rope_theta {RopeTheta} must be positive");
        return this;
    }

    /// <summary>A configuration with HeadSize = HiddenSize / HeadCount.</summary>
    /// <exception cref="InvalidDataException">The heads do not divide the hidden size.</exception>
    public static LlamaConfig Create(int hiddenSize, int intermediateSize, int layerCount, int headCount, int keyValueHeadCount, int vocabularySize, int contextLength)
    {
        if (headCount <= 0 || hiddenSize % headCount != 0) throw new InvalidDataException($"num_attention_heads {headCount} must divide hidden_size {hiddenSize}");
        return new LlamaConfig
        {
            HiddenSize = hiddenSize,
            IntermediateSize = intermediateSize,
            LayerCount = layerCount,
            HeadCount = headCount,
            KeyValueHeadCount = keyValueHeadCount,
            HeadSize = hiddenSize / headCount,
            VocabularySize = vocabularySize,
            ContextLength = contextLength,
        };
    }

    private static void Positive(int value, string field)
    {
        if (value <= 0) throw new InvalidDataException($"{field} {value} must be positive");
    }
}
