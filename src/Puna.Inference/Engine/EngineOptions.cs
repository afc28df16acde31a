using Puna.Tensors;

namespace Puna.Inference;

/// <summary>Whether an engine copies weights into the order that its products read fastest.</summary>
public enum RepackMode
{
    /// <summary>Yes.</summary>
    Auto,

    /// <summary>No: a mapped file stays mapped, opens at once and is shared by all processes that map it; products are slower.</summary>
    Off,
}

/// <summary>How an engine is set up.</summary>
public sealed record EngineOptions
{
    /// <summary>The most positions of a sequence; 0 for the model's own number.</summary>
    public int ContextLength { get; init; }

    /// <summary>How keys and values are kept; null for single precision where the weights are, else halves.</summary>
    public CacheType? CacheType { get; init; }

    /// <summary>Whether weights are copied.</summary>
    public RepackMode Repack { get; init; } = RepackMode.Auto;

    /// <summary>The most bytes of keys and values of all sequences together; 0 for what the memory holds.</summary>
    public long CacheBytes { get; init; }

    /// <summary>Precision of the matrix products of engines that compute on weights of fp32; bf16 takes the engine that training uses.</summary>
    public Precision Precision { get; init; } = Precision.Float32;
}
