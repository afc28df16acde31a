using System.Runtime.Intrinsics;

namespace Puna.Tensors;

/// <summary>
/// Finds the scale d for which codes q = round(x/d), lowest ≤ q ≤ highest, leave the smallest sum of w·(x − d·q)²: inverse scales around those that use the
/// whole range of codes are tried, and from each the best d for its codes follows by least squares. Groups are of a multiple of 8 values.
/// Vectors have a fixed width and nothing is fused, so that the result is the same on every machine.
/// </summary>
internal static class SymmetricSearch
{
    private const int Polishes = 4;

    /// <summary>Sums over a group with r = x − d·q: of w·r², w·r·q and w·q².</summary>
    internal readonly record struct Sums(float Rr, float Rq, float Qq)
    {
        /// <summary>What is to be added to d for these codes.</summary>
        public float Step => Qq > 0 ? Rq / Qq : 0;

        /// <summary>The error after that step.</summary>
        public float Error => Qq > 0 ? Rr - (Rq * Rq / Qq) : Rr;
    }

    /// <summary>The scale; of either sign, 0 for a group of zeros.</summary>
    public static float Scale(ReadOnlySpan<float> x, ReadOnlySpan<float> w, int lowest, int highest)
    {
        var peak = SymmetricCodes.Peak(x);
        if (MathF.Abs(peak) < 1e-30f) return 0;
        var (best, error) = (0f, float.MaxValue);
        var steps = highest > 7 ? 8 : 12;
        foreach (var limit in (ReadOnlySpan<int>)[lowest, highest])
        {
            for (var step = -steps; step <= steps; step++)
            {
                var d = peak / (limit + (step * 0.1f));
                Take(d, Measure(x, w, d, lowest, highest), ref best, ref error);
            }
        }
        for (var polish = 0; polish < Polishes; polish++)
        {
            if (!Take(best, Measure(x, w, best, lowest, highest), ref best, ref error)) break;
        }
        return best;
    }

    /// <summary>The sums for a scale.</summary>
    public static Sums Measure(ReadOnlySpan<float> x, ReadOnlySpan<float> w, float d, int lowest, int highest)
    {
        var inverse = d == 0 ? Vector256<float>.Zero : Vector256.Create(1 / d);
        var scale = Vector256.Create(d);
        var (low, high) = (Vector256.Create((float)lowest), Vector256.Create((float)highest));
        var (rr, rq, qq) = (Vector256<float>.Zero, Vector256<float>.Zero, Vector256<float>.Zero);
        for (var i = 0; i < x.Length; i += 8)
        {
            var v = Vector256.Create(x[i..]);
            var weight = Vector256.Create(w[i..]);
            var q = Vector256.Min(Vector256.Max(Vector256.Round(v * inverse), low), high);
            var r = v - (scale * q);
            var wr = weight * r;
            rr += wr * r;
            rq += wr * q;
            qq += weight * q * q;
        }
        return new Sums(Vector256.Sum(rr), Vector256.Sum(rq), Vector256.Sum(qq));
    }

    /// <summary>The codes for a scale, as q − lowest.</summary>
    public static void Codes(ReadOnlySpan<float> x, float d, int lowest, int highest, Span<byte> codes)
    {
        var inverse = d == 0 ? 0 : 1 / d;
        for (var i = 0; i < x.Length; i++) codes[i] = (byte)((int)Math.Clamp(MathF.Round(x[i] * inverse), lowest, highest) - lowest);
    }

    private static bool Take(float d, Sums sums, ref float best, ref float error)
    {
        if (!(sums.Error < error)) return false;
        (best, error) = (d + sums.Step, sums.Error);
        return true;
    }
}
