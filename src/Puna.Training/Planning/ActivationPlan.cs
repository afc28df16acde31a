namespace Puna.Training;

/// <summary>What of a network's activations is kept for the backward pass, for <see cref="MemoryPlan"/>.</summary>
/// <param name="RecomputesBlocks">Whether the backward pass computes each block again (<see cref="TrainerOptions.RecomputesBlocks"/>).</param>
/// <param name="HasDropout">Whether there is dropout.</param>
/// <param name="KeepsBFloat16">Whether what only products read is kept in bf16 (<see cref="Tensors.Device.KeepsBFloat16"/>).</param>
public readonly record struct ActivationPlan(bool RecomputesBlocks = false, bool HasDropout = false, bool KeepsBFloat16 = false);
