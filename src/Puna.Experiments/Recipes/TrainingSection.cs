namespace Puna.Experiments.Recipes;

/// <summary>Number format of the matrix products; everything else is fp32.</summary>
public enum TrainingPrecision
{
    /// <summary>The faster one that this machine has hardware for.</summary>
    Auto,

    /// <summary>32-bit floating point.</summary>
    Fp32,

    /// <summary>bfloat16 products with fp32 accumulation.</summary>
    Bf16,
}

/// <summary>What the backward pass computes again instead of remembering.</summary>
public enum ActivationCheckpointing
{
    /// <summary>Nothing: all activations are kept.</summary>
    None,

    /// <summary>Each block, from its input: a third more work, a fraction of the memory.</summary>
    Block,
}

/// <summary>Length, batch and rhythm of a training run. A rhythm of 0 means only at the end.</summary>
public sealed record TrainingSection
{
    /// <summary>Optimizer steps.</summary>
    public int Steps { get; init; } = 1000;

    /// <summary>Sequences a forward pass.</summary>
    public int BatchSize { get; init; } = 32;

    /// <summary>Forward passes an optimizer step.</summary>
    public int GradientAccumulation { get; init; } = 1;

    /// <summary>Number format of the matrix products.</summary>
    public TrainingPrecision Precision { get; init; } = TrainingPrecision.Fp32;

    /// <summary>Steps between checkpoints; 0 means only at the end.</summary>
    public int CheckpointEvery { get; init; } = 100;

    /// <summary>Newest checkpoints that are kept; with 1 there is none to fall back on.</summary>
    public int KeepLast { get; init; } = 2;

    /// <summary>Checkpoints with the lowest validation loss that are kept besides, also when the run is finished.</summary>
    public int KeepBest { get; init; }

    /// <summary>At most so many steps in a row are skipped because loss or gradient is not finite; the next one ends the run.</summary>
    public int MaxSkippedSteps { get; init; } = 10;

    /// <summary>Steps between evaluations; 0 means only at the end.</summary>
    public int EvalEvery { get; init; } = 100;

    /// <summary>At most so many validation tokens are scored during training; null means all. The final evaluation always takes all.</summary>
    public int? EvalTokens { get; init; }

    /// <summary>Steps between samples; 0 means only at the end.</summary>
    public int SampleEvery { get; init; }

    /// <summary>Seed of everything drawn: weights, order of the data, dropout, samples.</summary>
    public long Seed { get; init; } = 1337;

    /// <summary>What the backward pass computes again instead of remembering.</summary>
    public ActivationCheckpointing ActivationCheckpointing { get; init; }
}
