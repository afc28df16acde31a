namespace Puna.Models;

/// <summary>
/// YaRN: fast pairs keep their frequency, slow ones are divided by s, those between are blended by how often they turn within the original context; and
/// cosines and sines grow by 0.1·ln s + 1, which makes attention sharper. Source: Peng et al. 2309.00071, sections 3.2 and 3.4;
/// huggingface/transformers, modeling_rope_utils.py.
/// </summary>
/// <param name="Factor">s.</param>
/// <param name="OriginalContextLength">L: original_max_position_embeddings.</param>
public sealed record YarnRopeScaling(double Factor, int OriginalContextLength) : RopeScaling
{
    /// <summary>beta_fast: turns within L from which on a pair keeps its frequency.</summary>
    public double BetaFast { get; init; } = 32;

    /// <summary>beta_slow: turns up to which a pair is divided by s.</summary>
    public double BetaSlow { get; init; } = 1;

    /// <summary>attention_factor; null for 0.1·ln s + 1.</summary>
    public double? AttentionFactor { get; init; }

    /// <inheritdoc/>
    public override string Type => "yarn";

    /// <inheritdoc/>
    public override double Magnitude => AttentionFactor ?? (Factor > 1 ? (0.1 * Math.Log(Factor)) + 1 : 1);

    /// <inheritdoc/>
    public override double[] Frequencies(double theta, int headSize, int positions)
    {
        double PairOf(double turns) => headSize * Math.Log(OriginalContextLength / (2 * Math.PI * turns)) / (2 * Math.Log(theta));
        var (first, last) = (Math.Max(Math.Floor(PairOf(BetaFast)), 0), Math.Min(Math.Ceiling(PairOf(BetaSlow)), headSize - 1));
        if (first == last) last += 0.001; // no division by zero
        return [.. Plain(theta, headSize).Select((frequency, pair) =>
        {
            var ramp = Math.Clamp((pair - first) / (last - first), 0, 1);
            return (frequency / Factor * ramp) + (frequency * (1 - ramp));
        })];
    }
}
