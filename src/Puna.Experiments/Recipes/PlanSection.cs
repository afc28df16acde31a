using Puna.Training;

namespace Puna.Experiments.Recipes;

/// <summary>A stretch at the beginning of a training with smaller batches, as Llama 3 405B's (2407.21783, section 3.4.1).</summary>
/// <param name="UntilTokens">Tokens seen when it ends.</param>
/// <param name="BatchTokens">Tokens of a step in it.</param>
/// <param name="SequenceLength">Window in it.</param>
public sealed record BatchPhase(double UntilTokens, long BatchTokens, int SequenceLength);

/// <summary>What <c>puna plan</c> plans for. None of it changes a training.</summary>
public sealed record PlanSection
{
    /// <summary>Whether the recipe is there to be planned only: what it describes was trained elsewhere and is far too large for this program.</summary>
    public bool Only { get; init; }

    /// <summary>The accelerator by name; null means this machine's processor.</summary>
    public string? Gpu { get; init; }

    /// <summary>Devices; null means as few as hold it.</summary>
    public int? Gpus { get; init; }

    /// <summary>Share of the peak that the training reaches; null means an assumption of the planner.</summary>
    public double? Mfu { get; init; }

    /// <summary>ZeRO stage.</summary>
    public int Zero { get; init; } = 1;

    /// <summary>Devices that share each block.</summary>
    public int TensorParallel { get; init; } = 1;

    /// <summary>Stages of consecutive blocks.</summary>
    public int PipelineParallel { get; init; } = 1;

    /// <summary>What the backward pass computes again.</summary>
    public Recomputation Recomputation { get; init; } = Recomputation.Selective;

    /// <summary>Stretches at the beginning with smaller batches; they count in <see cref="TrainingSection.Steps"/>.</summary>
    public ValueList<BatchPhase> BatchRamp { get; init; } = [];
}
