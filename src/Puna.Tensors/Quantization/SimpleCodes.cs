namespace Puna.Tensors;

/// <summary>Codes of 32 values around zero with one scale, for Q4_0 and Q5_0.</summary>
internal static class SymmetricCodes
{
    /// <summary>Codes 0 … 2·half − 1 of code·d − half·d; returns d before it is rounded to half. Codes are cut from x·(1/d) + half + ½, as the reference does.</summary>
    public static float Fill(ReadOnlySpan<float> values, ReadOnlySpan<float> importance, int half, Span<byte> codes)
    {
        var d = Peak(values) / -half;
        if (!importance.IsEmpty)
        {
            Span<float> weights = stackalloc float[32];
            ErrorWeights.Fill(values, importance, WeightRule.Level, weights);
            d = BlockBytes.Rounded(SymmetricSearch.Scale(values, weights, -half, half - 1));
        }
        var inverse = d == 0 ? 0 : 1 / d;
        for (var j = 0; j < 32; j++) codes[j] = (byte)Math.Clamp((int)((values[j] * inverse) + (half + 0.5f)), 0, (2 * half) - 1);
        return d;
    }

    /// <summary>The value largest in size, the first of equals.</summary>
    public static float Peak(ReadOnlySpan<float> values)
    {
        var peak = 0f;
        foreach (var value in values)
        {
            if (MathF.Abs(value) > MathF.Abs(peak)) peak = value;
        }
        return peak;
    }
}

/// <summary>Codes of 32 values with scale and minimum, for Q4_1 and Q5_1.</summary>
internal static class AffineCodes
{
    /// <summary>Codes 0 … levels of code·d + m; returns d and m before they are rounded to half.</summary>
    public static (float Scale, float Minimum) Fill(ReadOnlySpan<float> values, ReadOnlySpan<float> importance, int levels, Span<byte> codes)
    {
        var (lowest, highest) = (float.MaxValue, float.MinValue);
        foreach (var value in values) (lowest, highest) = (Math.Min(lowest, value), Math.Max(highest, value));
        var (d, m) = ((highest - lowest) / levels, lowest);
        if (!importance.IsEmpty)
        {
            Span<float> weights = stackalloc float[32];
            ErrorWeights.Fill(values, importance, WeightRule.Level, weights);
            var fit = AffineSearch.Best(values, weights, levels, mayBePositive: true);
            (d, m) = (BlockBytes.Rounded(fit.Scale), BlockBytes.Rounded(fit.Offset));
        }
        var inverse = d == 0 ? 0 : 1 / d;
        for (var j = 0; j < 32; j++) codes[j] = (byte)Math.Clamp((int)(((values[j] - m) * inverse) + 0.5f), 0, levels);
        return (d, m);
    }
}
