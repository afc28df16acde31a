namespace Puna.Tensors;

/// <summary>
/// 256 values in groups of 16, x ≈ d·s·q: every group gets its own scale by <see cref="SymmetricSearch"/>; then one d is sought that makes whole numbers s of
/// all of them. For each candidate d the neighbours of each s are tried with codes of their own, and d follows again by least squares, while the error falls.
/// </summary>
internal static class SymmetricSuperBlock
{
    private const int Group = 16, Groups = 16, Refits = 2;

    /// <summary>Fills scales (as s) and codes (as q − lowest); returns d as a half holds it.</summary>
    public static float Fill(ReadOnlySpan<float> x, ReadOnlySpan<float> importance, WeightRule rule, int lowest, int highest, int lowestScale, int highestScale, Span<sbyte> scales, Span<byte> codes)
    {
        Span<float> weights = stackalloc float[256], wanted = stackalloc float[Groups];
        Span<sbyte> trial = stackalloc sbyte[Groups];
        for (var g = 0; g < Groups; g++)
        {
            var at = x.Slice(g * Group, Group);
            var own = weights.Slice(g * Group, Group);
            ErrorWeights.Fill(at, importance.IsEmpty ? default : importance.Slice(g * Group, Group), rule, own);
            wanted[g] = SymmetricSearch.Scale(at, own, lowest, highest);
        }
        scales.Clear();
        var peak = SymmetricCodes.Peak(wanted);
        var (best, error) = (0f, float.MaxValue);
        foreach (var stretch in (ReadOnlySpan<float>)[1, 0.96f, 1.04f])
        {
            var d = BlockBytes.RoundedFromZero(peak * stretch / lowestScale);
            for (var refit = 0; refit <= Refits && d != 0 && float.IsFinite(d); refit++)
            {
                var (reached, next) = Assign(x, weights, wanted, d, lowest, highest, lowestScale, highestScale, trial);
                if (!(reached < error)) break;
                (best, error) = (d, reached);
                trial.CopyTo(scales);
                d = BlockBytes.RoundedFromZero(next);
            }
        }
        for (var g = 0; g < Groups; g++) SymmetricSearch.Codes(x.Slice(g * Group, Group), best * scales[g], lowest, highest, codes.Slice(g * Group, Group));
        return best;
    }

    /// <summary>The whole scales for a d, their error, and the d that would be best for them.</summary>
    private static (float Error, float Next) Assign(ReadOnlySpan<float> x, ReadOnlySpan<float> w, ReadOnlySpan<float> wanted, float d, int lowest, int highest, int lowestScale, int highestScale, Span<sbyte> scales)
    {
        float total = 0, above = 0, below = 0;
        for (var g = 0; g < Groups; g++)
        {
            var at = x.Slice(g * Group, Group);
            var own = w.Slice(g * Group, Group);
            var middle = (int)Math.Clamp(MathF.Round(wanted[g] / d), lowestScale, highestScale);
            var (bestScale, best) = (0, default(SymmetricSearch.Sums));
            for (var scale = Math.Max(lowestScale, middle - 1); scale <= Math.Min(highestScale, middle + 1); scale++)
            {
                var sums = SymmetricSearch.Measure(at, own, d * scale, lowest, highest);
                if (best != default && !(sums.Rr < best.Rr)) continue;
                (bestScale, best) = (scale, sums);
            }
            scales[g] = (sbyte)bestScale;
            total += best.Rr;
            above += bestScale * best.Rq;
            below += bestScale * bestScale * best.Qq;
        }
        return (total, below > 0 ? d + (above / below) : d);
    }
}
