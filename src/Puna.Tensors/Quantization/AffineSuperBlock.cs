namespace Puna.Tensors;

/// <summary>
/// 256 values in groups, x ≈ d·s·q − e·m with whole s and m: every group gets its own line by <see cref="AffineSearch"/>; then one d and one e are sought for
/// all of them. For each pair the neighbours of every s and m are tried with codes of their own, and d and e follow again by least squares, while the error falls.
/// </summary>
internal static class AffineSuperBlock
{
    private const int Refits = 2;

    /// <summary>Fills scales, minima and codes; returns d and e as halves hold them.</summary>
    public static (float Scale, float Minimum) Fill(ReadOnlySpan<float> x, ReadOnlySpan<float> importance, WeightRule rule, int group, int levels, int highest, Span<byte> scales, Span<byte> minima, Span<byte> codes)
    {
        var groups = 256 / group;
        Span<float> weights = stackalloc float[256];
        Span<AffineSearch.Line> wanted = stackalloc AffineSearch.Line[groups];
        Span<byte> trialScales = stackalloc byte[groups], trialMinima = stackalloc byte[groups];
        var (largestScale, largestMinimum) = (0f, 0f);
        for (var g = 0; g < groups; g++)
        {
            var at = x.Slice(g * group, group);
            var own = weights.Slice(g * group, group);
            ErrorWeights.Fill(at, importance.IsEmpty ? default : importance.Slice(g * group, group), rule, own);
            wanted[g] = AffineSearch.Best(at, own, levels);
            (largestScale, largestMinimum) = (Math.Max(largestScale, wanted[g].Scale), Math.Max(largestMinimum, -wanted[g].Offset));
        }
        scales.Clear();
        minima.Clear();
        var (best, error) = ((Scale: 0f, Minimum: 0f), float.MaxValue);
        foreach (var stretch in (ReadOnlySpan<float>)[1, 0.95f])
        {
            var pair = (Scale: BlockBytes.RoundedFromZero(largestScale * stretch / highest), Minimum: BlockBytes.RoundedFromZero(largestMinimum * stretch / highest));
            for (var refit = 0; refit <= Refits && float.IsFinite(pair.Scale) && float.IsFinite(pair.Minimum); refit++)
            {
                var (reached, next) = Assign(x, weights, wanted, group, pair, levels, highest, trialScales, trialMinima);
                if (!(reached < error)) break;
                (best, error) = (pair, reached);
                trialScales.CopyTo(scales);
                trialMinima.CopyTo(minima);
                pair = (BlockBytes.RoundedFromZero(next.Scale), BlockBytes.RoundedFromZero(next.Minimum));
            }
        }
        for (var g = 0; g < groups; g++)
            AffineSearch.Codes(x.Slice(g * group, group), new AffineSearch.Line(best.Scale * scales[g], -best.Minimum * minima[g]), levels, codes.Slice(g * group, group));
        return best;
    }

    /// <summary>The whole scales and minima for a pair, their error, and the pair that would be best for them.</summary>
    private static (float Error, (float Scale, float Minimum) Next) Assign(ReadOnlySpan<float> x, ReadOnlySpan<float> w, ReadOnlySpan<AffineSearch.Line> wanted, int group, (float Scale, float Minimum) pair, int levels, int highest, Span<byte> scales, Span<byte> minima)
    {
        float total = 0, ss = 0, sm = 0, mm = 0, rs = 0, rm = 0;
        for (var g = 0; g < wanted.Length; g++)
        {
            var at = x.Slice(g * group, group);
            var own = w.Slice(g * group, group);
            var (scale, minimum, sums) = Nearest(at, own, wanted[g], pair, levels, highest);
            (scales[g], minima[g]) = ((byte)scale, (byte)minimum);
            total += sums.Rr;
            ss += scale * scale * sums.Qq;
            sm += scale * minimum * sums.Q;
            mm += minimum * minimum * sums.W;
            rs += scale * sums.Rq;
            rm += minimum * sums.R;
        }
        // r changes by −scale·q·dd + minimum·de
        var determinant = (ss * mm) - (sm * sm);
        if (determinant > 1e-6f * ss * mm) return (total, (pair.Scale + (((mm * rs) - (sm * rm)) / determinant), Math.Max(0, pair.Minimum + (((sm * rs) - (ss * rm)) / determinant))));
        return (total, (ss > 0 ? pair.Scale + (rs / ss) : pair.Scale, pair.Minimum));
    }

    /// <summary>Scale and minimum of one group: around each scale near the wanted one, the minimum that suits its codes.</summary>
    private static (int Scale, int Minimum, AffineSearch.Sums Sums) Nearest(ReadOnlySpan<float> x, ReadOnlySpan<float> w, AffineSearch.Line wanted, (float Scale, float Minimum) pair, int levels, int highest)
    {
        var middle = Whole(wanted.Scale, pair.Scale, highest);
        var (bestScale, bestMinimum, best) = (0, 0, new AffineSearch.Sums(float.MaxValue, 0, 0, 0, 0, 0));
        for (var scale = Math.Max(0, middle - 1); scale <= Math.Min(highest, middle + 1); scale++)
        {
            var minimum = Whole(-wanted.Offset, pair.Minimum, highest);
            for (var turn = 0; turn < 3; turn++)
            {
                var sums = AffineSearch.Measure(x, w, new AffineSearch.Line(pair.Scale * scale, -pair.Minimum * minimum), levels);
                if (sums.Rr < best.Rr) (bestScale, bestMinimum, best) = (scale, minimum, sums);
                var moved = pair.Minimum > 0 && sums.W > 0 ? Whole((pair.Minimum * minimum) - (sums.R / sums.W), pair.Minimum, highest) : minimum;
                if (moved == minimum) break;
                minimum = moved;
            }
        }
        return (bestScale, bestMinimum, best);
    }

    private static int Whole(float value, float unit, int highest) => unit > 0 ? (int)Math.Clamp(MathF.Round(value / unit), 0, highest) : 0;
}
