using Puna.Tensors;

namespace Puna.Inference;

/// <summary>How a model is loaded.</summary>
public sealed record LlamaModelOptions
{
    /// <summary>Positions of prompt and answer together; 0 for the model's own.</summary>
    public int ContextLength { get; init; }

    /// <summary>Threads that compute; 0 for PUNA_THREADS, else all processors.</summary>
    public int Threads { get; init; }

    /// <summary>Number format of matrix products.</summary>
    public Precision Precision { get; init; } = Precision.Float32;

    /// <summary>How keys and values are kept; null for single precision where the weights are, else halves.</summary>
    public CacheType? CacheType { get; init; }

    /// <summary>Whether weights are copied into the order that products read fastest.</summary>
    public RepackMode Repack { get; init; } = RepackMode.Auto;

    /// <summary>A chat template to use instead of the model's own: the name of a built-in one, or a file in the language of Jinja; null for the model's own.</summary>
    public string? ChatTemplate { get; init; }

    /// <summary>A folder with a LoRA adapter for the model; null for none.</summary>
    public string? Adapter { get; init; }

    /// <summary>How calls share the engine: how many are computed at once (further ones wait), and how many conversations are kept for their next turn.</summary>
    public SchedulerOptions Scheduling { get; init; } = new();
}
