using Puna.Tensors;

namespace Puna.Training;

/// <summary>How a <see cref="Trainer"/> trains.</summary>
public sealed record TrainerOptions
{
    /// <summary>Optimizer steps of the whole run.</summary>
    public required int Steps { get; init; }

    /// <summary>Sequences of a forward pass.</summary>
    public required int BatchSize { get; init; }

    /// <summary>Forward passes of an optimizer step; the gradient is that of one large batch, whatever the lengths.</summary>
    public int GradientAccumulation { get; init; } = 1;

    /// <summary>Precision of matrix products.</summary>
    public Precision Precision { get; init; } = Precision.Float32;

    /// <summary>Whether the backward pass computes each block again instead of keeping its activations.</summary>
    public bool RecomputesBlocks { get; init; }

    /// <summary>Seed of dropout masks (the data have their own).</summary>
    public ulong Seed { get; init; }

    /// <summary>p of dropout: embeddings and residual branches.</summary>
    public double Dropout { get; init; }

    /// <summary>p of dropout of the attention weights.</summary>
    public double AttentionDropout { get; init; }

    /// <summary>At most so many steps in a row are skipped for a loss or gradient that is not finite; the next one ends the training.</summary>
    public int MaxSkippedSteps { get; init; }

    /// <summary>Optimizer.</summary>
    public AdamWOptions Optimizer { get; init; } = new();

    /// <summary>Schedule; its peak is what counts, not the optimizer's learning rate.</summary>
    public required LearningRateSchedule Schedule { get; init; }
}
