namespace Puna.Models;

/// <summary>The base enlarged instead of the positions shortened, so that the fastest pairs stay as they were: θ' = θ·s^(D/(D−2)) («NTK-aware»).</summary>
/// <param name="Factor">s: how much longer the context becomes.</param>
public sealed record NtkRopeScaling(double Factor) : RopeScaling
{
    /// <inheritdoc/>
    public override string Type => "ntk";

    /// <inheritdoc/>
    public override double[] Frequencies(double theta, int headSize, int positions) => Plain(theta * Math.Pow(Factor, headSize / (headSize - 2.0)), headSize);
}

/// <summary>
/// As <see cref="NtkRopeScaling"/> with an s that grows with the sequence, and none up to the original length: θ' = θ·(s·T/L − (s − 1))^(D/(D−2)) for T &gt; L.
/// Source: huggingface/transformers, modeling_rope_utils.py.
/// </summary>
/// <param name="Factor">s.</param>
/// <param name="OriginalContextLength">L: max_position_embeddings.</param>
public sealed record DynamicNtkRopeScaling(double Factor, int OriginalContextLength) : RopeScaling
{
    /// <inheritdoc/>
    public override string Type => "dynamic";

    /// <inheritdoc/>
    public override int FixedLength => OriginalContextLength;

    /// <inheritdoc/>
    public override double[] Frequencies(double theta, int headSize, int positions)
    {
        var grown = (Factor * Math.Max(positions, OriginalContextLength) / OriginalContextLength) - (Factor - 1);
        return Plain(theta * Math.Pow(grown, headSize / (headSize - 2.0)), headSize);
    }
}
