using Puna.Tensors;

namespace Puna.Inference;

/// <summary>Whether an engine may copy weights into another order that its kernels read faster.</summary>
public enum RepackMode
{
    /// <summary>Where it pays.</summary>
    Auto,

    /// <summary>Never: weights are read where they lie, in the mapped file.</summary>
    Off,
}

/// <summary>What <see cref="Engines"/> may be asked for. An engine refuses what it cannot do; it never does something else instead.</summary>
public sealed record EngineOptions
{
    /// <summary>The most positions of a sequence; 0 for the model's own.</summary>
    public int ContextLength { get; init; }

    /// <summary>How keys and values are kept; null for what the engine does best.</summary>
    public CacheType? CacheType { get; init; }

    /// <summary>Whether weights may be copied into another order.</summary>
    public RepackMode Repack { get; init; }

    /// <summary>Precision of the matrix products of engines that compute on weights of fp32.</summary>
    public Precision Precision { get; init; } = Precision.Float32;
}
