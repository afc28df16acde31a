using Puna.Models;

namespace Puna.Training;

/// <summary>
/// Floating-point operations of a model, as Chowdhery et al. 2022 (PaLM, appendix B) count them: training takes 6·N + 12·L·H·Q·T a token
/// (forward and backward, nothing recomputed, causal attention not halved), the forward pass a third of it. N counts every parameter
/// that is multiplied with: the output projection once, the embedding table only where it is that projection.
/// </summary>
public static class ModelFlops
{
    /// <summary>N: all parameters but tables that are only looked up in: embeddings that are not the output projection, learned positions.</summary>
    public static long MultipliedParameters(IModelConfig config) =>
        config.ParameterCount - config.LookedUpParameterCount;

    /// <summary>Operations to train on one token of a sequence of <paramref name="sequenceLength"/>.</summary>
    /// <param name="config">The network.</param>
    /// <param name="sequenceLength">T.</param>
    public static double TrainingPerToken(IModelConfig config, int sequenceLength) =>
        (6.0 * MultipliedParameters(config)) + (12.0 * config.LayerCount * config.HeadCount * config.HeadSize * sequenceLength);

    /// <summary>Operations to compute one token's logits at the end of a context of <paramref name="sequenceLength"/>.</summary>
    /// <param name="config">The network.</param>
    /// <param name="sequenceLength">T.</param>
    public static double InferencePerToken(IModelConfig config, int sequenceLength) => TrainingPerToken(config, sequenceLength) / 3;

    /// <summary>Model FLOPs utilisation: the share of a peak that training at some speed amounts to, 0 to 1.</summary>
    /// <param name="config">The network.</param>
    /// <param name="sequenceLength">T.</param>
    /// <param name="tokensPerSecond">Positions trained a second, by all devices that the peak counts.</param>
    /// <param name="peakFlops">Operations a second of those devices at best, in the format of the products.</param>
    public static double Utilization(IModelConfig config, int sequenceLength, double tokensPerSecond, double peakFlops) =>
        tokensPerSecond * TrainingPerToken(config, sequenceLength) / peakFlops;
}
