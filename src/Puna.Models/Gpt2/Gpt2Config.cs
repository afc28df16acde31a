namespace Puna.Models;

/// <summary>
/// What a GPT-2 is: the fields of Hugging Face's config.json in C# dress. Immutable; <see cref="Validate"/> says in one sentence what is wrong with it.
/// Radford et al. 2019, Language Models are Unsupervised Multitask Learners, section 2.3; what it leaves open is as in the released weights.
/// </summary>
public sealed record Gpt2Config : IModelConfig
{
    /// <inheritdoc/>
    public string ModelType => "gpt2";

    /// <summary>n_embd. C.</summary>
    public required int HiddenSize { get; init; }

    /// <summary>n_inner: width of the feed-forward, 4·C in every released model. F.</summary>
    public required int IntermediateSize { get; init; }

    /// <summary>n_layer. L.</summary>
    public required int LayerCount { get; init; }

    /// <summary>n_head. H, dividing C.</summary>
    public required int HeadCount { get; init; }

    /// <inheritdoc/>
    public int KeyValueHeadCount => HeadCount;

    /// <inheritdoc/>
    public int HeadSize => HiddenSize / HeadCount;

    /// <summary>vocab_size. V.</summary>
    public required int VocabularySize { get; init; }

    /// <summary>n_positions: rows of the table of positions. There is nothing beyond them.</summary>
    public required int ContextLength { get; init; }

    /// <summary>layer_norm_epsilon.</summary>
    public double LayerNormEpsilon { get; init; } = 1e-5;

    /// <summary>tie_word_embeddings: whether the output projection is the embedding table, as in every released model.</summary>
    public bool TieWordEmbeddings { get; init; } = true;

    /// <summary>initializer_range: standard deviation of fresh weights.</summary>
    public double InitializerRange { get; init; } = 0.02;

    /// <summary>bos_token_id, or null.</summary>
    public int? BosTokenId { get; init; }

    /// <summary>eos_token_id, one or several; generation stops on any.</summary>
    public IReadOnlyList<int> EosTokenIds { get; init; } = [];

    /// <summary>Number of parameters: V·C·(1 if tied else 2) + P·C + L·(4·C² + 2·C·F + 9·C + F) + 2·C, P positions.</summary>
    public long ParameterCount
    {
        get
        {
            long c = HiddenSize, f = IntermediateSize;
            return (c * VocabularySize * (TieWordEmbeddings ? 1 : 2)) + (c * ContextLength) + (LayerCount * ((4 * c * c) + (2 * c * f) + (9 * c) + f)) + (2 * c);
        }
    }

    /// <inheritdoc/>
    public long LookedUpParameterCount => ((long)HiddenSize * ContextLength) + (TieWordEmbeddings ? 0 : (long)HiddenSize * VocabularySize);

    /// <summary>Checks sizes against each other.</summary>
    /// <exception cref="InvalidDataException">One sentence: which field, its value, what it must be.</exception>
    public Gpt2Config Validate()
    {
        Positive(HiddenSize, "n_embd");
        Positive(IntermediateSize, "n_inner");
        Positive(LayerCount, "n_layer");
        Positive(HeadCount, "n_head");
        Positive(VocabularySize, "vocab_size");
        Positive(ContextLength, "n_positions");
        if (HiddenSize % HeadCount != 0) throw new InvalidDataException($"n_head {HeadCount} must divide n_embd {HiddenSize}");
        if (!(LayerNormEpsilon > 0)) throw new InvalidDataException($"layer_norm_epsilon {LayerNormEpsilon} must be positive");
        return this;
    }

    private static void Positive(int value, string field)
    {
        if (value <= 0) throw new InvalidDataException($"{field} {value} must be positive");
    }
}
