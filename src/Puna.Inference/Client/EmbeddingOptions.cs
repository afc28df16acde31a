namespace Puna.Inference;

/// <summary>How the hidden states of a text's tokens become one vector. (There is no token that stands for the whole, as BERT's [CLS] does.)</summary>
public enum EmbeddingPooling
{
    /// <summary>The mean over all tokens.</summary>
    Mean,

    /// <summary>The mean over all tokens but the begin symbol, which sees nothing of the text.</summary>
    MeanWithoutBegin,

    /// <summary>The last token's, which has seen all others.</summary>
    Last,
}

/// <summary>How embeddings are made.</summary>
public sealed record EmbeddingOptions
{
    /// <summary>How tokens become one vector.</summary>
    public EmbeddingPooling Pooling { get; init; } = EmbeddingPooling.Mean;

    /// <summary>Whether vectors are divided by their length (L2 norm), so that a dot product is the cosine.</summary>
    public bool Normalize { get; init; } = true;

    /// <summary>Whether the end symbol is put behind each text, as models want that are trained to embed with <see cref="EmbeddingPooling.Last"/>.</summary>
    public bool AddEnd { get; init; }
}
