using Puna.Experiments.Suspects;

namespace Puna.Experiments.Recipes;

/// <summary>Which kind of network is trained.</summary>
public enum ModelArchitecture
{
    /// <summary>RMSNorm, SwiGLU, rotary positions, no biases.</summary>
    Llama,

    /// <summary>LayerNorm, GELU, learned positions, biases.</summary>
    Gpt2,
}

/// <summary>The shape of the network, key for key that of a Llama's Hugging Face <c>config.json</c>; a GPT-2 takes its sizes from the same keys.</summary>
public sealed record ModelSection
{
    private readonly int? _intermediateSize;
    private readonly bool? _tieWordEmbeddings;
    private readonly int? _keyValueHeadCount;
    private readonly int? _headDim;

    /// <summary>The kind of network.</summary>
    public ModelArchitecture Architecture { get; init; }

    /// <summary>Width of the residual stream (<c>hidden_size</c>).</summary>
    public int HiddenSize { get; init; } = 128;

    /// <summary>Inner width of the feed-forward (<c>intermediate_size</c>); unless given 352, and four times the hidden size in a GPT-2.</summary>
    public int IntermediateSize { get => _intermediateSize ?? (Architecture == ModelArchitecture.Gpt2 ? (int)Math.Min(int.MaxValue, 4L * HiddenSize) : 352); init => _intermediateSize = value; }

    /// <summary>Transformer blocks (<c>num_hidden_layers</c>).</summary>
    public int LayerCount { get; init; } = 4;

    /// <summary>Query heads (<c>num_attention_heads</c>).</summary>
    public int HeadCount { get; init; } = 8;

    /// <summary>Key and value heads (<c>num_key_value_heads</c>); as many as query heads unless given.</summary>
    public int KeyValueHeadCount { get => _keyValueHeadCount ?? HeadCount; init => _keyValueHeadCount = value; }

    /// <summary>Width of one head (<c>head_dim</c>); hidden size over query heads unless given.</summary>
    public int HeadDim { get => _headDim ?? (HeadCount > 0 ? HiddenSize / HeadCount : 0); init => _headDim = value; }

    /// <summary>True where the head width was given, so that it need not be the hidden size over the heads.</summary>
    internal bool HasHeadDim => _headDim is not null;

    /// <summary>Positions the model is built for (<c>max_position_embeddings</c>); null means the training window, see <see cref="Recipe.ContextLength"/>.</summary>
    public int? ContextLength { get; init; }

    /// <summary>Base of the rotary angles (<c>rope_theta</c>).</summary>
    public double RopeTheta { get; init; } = 10000;

    /// <summary>Added to the mean square (in a GPT-2 the variance) inside the normalisation (<c>rms_norm_eps</c>).</summary>
    public double RmsNormEps { get; init; } = 1e-5;

    /// <summary>Whether the output projection is the embedding table (<c>tie_word_embeddings</c>); unless given only in a GPT-2.</summary>
    public bool TieWordEmbeddings { get => _tieWordEmbeddings ?? Architecture == ModelArchitecture.Gpt2; init => _tieWordEmbeddings = value; }

    /// <summary>Share of activations dropped in training: embeddings and residual branches.</summary>
    public double Dropout { get; init; }

    /// <summary>Share of attention weights dropped in training (<c>attention_dropout</c>).</summary>
    public double AttentionDropout { get; init; }

    /// <summary>Standard deviation of the initial weights (<c>initializer_range</c>).</summary>
    public double InitializerRange { get; init; } = 0.02;

    /// <summary>A deliberate mistake to study; none but in experiments.</summary>
    public ModelDefect Defect { get; init; }

    /// <summary>When that mistake is there.</summary>
    public DefectScope DefectScope { get; init; }
}
