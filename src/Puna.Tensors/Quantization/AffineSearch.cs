using System.Runtime.Intrinsics;

namespace Puna.Tensors;

/// <summary>
/// Finds scale d ≥ 0 and offset c for which codes q = round((x − c)/d), 0 ≤ q ≤ levels, leave the smallest sum of w·(x − d·q − c)². As in
/// <see cref="SymmetricSearch"/>: ranges a little wider and narrower than the values' are tried, and from each the best d and c for its codes follow by least squares.
/// </summary>
internal static class AffineSearch
{
    private const int Polishes = 4;

    /// <summary>A scale and an offset.</summary>
    internal readonly record struct Line(float Scale, float Offset);

    /// <summary>Sums over a group with r = x − d·q − c.</summary>
    internal readonly record struct Sums(float Rr, float R, float Rq, float W, float Q, float Qq);

    /// <summary>The best line.</summary>
    /// <param name="x">A multiple of 8 values.</param>
    /// <param name="w">Their weights.</param>
    /// <param name="levels">The largest code.</param>
    /// <param name="mayBePositive">Whether c may be above 0; the K types store −c as a number without sign.</param>
    public static Line Best(ReadOnlySpan<float> x, ReadOnlySpan<float> w, int levels, bool mayBePositive = false)
    {
        var (lowest, highest) = (float.MaxValue, float.MinValue);
        foreach (var value in x) (lowest, highest) = (Math.Min(lowest, value), Math.Max(highest, value));
        if (!mayBePositive) (lowest, highest) = (Math.Min(lowest, 0), Math.Max(highest, 0));
        if (highest - lowest < 1e-30f) return new Line(0, lowest);
        var (best, error) = (default(Line), float.MaxValue);
        // with few codes the ends may well lie within the values: then they are moved one by one
        var ends = levels > 7 ? 1 : 4;
        for (var end = 0; end < ends; end++)
        {
            var offset = lowest * (1 - (0.12f * end));
            for (var step = -9; step <= 10; step++)
            {
                var line = new Line((highest - offset) / (levels + (step * (levels > 7 ? 0.1f : 0.06f))), offset);
                if (line.Scale > 0) Take(line, Measure(x, w, line, levels), mayBePositive, ref best, ref error);
            }
        }
        for (var polish = 0; polish < Polishes; polish++)
        {
            if (!(best.Scale > 0) || !Take(best, Measure(x, w, best, levels), mayBePositive, ref best, ref error)) break;
        }
        return best;
    }

    /// <summary>The sums for a line.</summary>
    public static Sums Measure(ReadOnlySpan<float> x, ReadOnlySpan<float> w, Line line, int levels)
    {
        var inverse = line.Scale == 0 ? Vector256<float>.Zero : Vector256.Create(1 / line.Scale);
        var (scale, offset, high) = (Vector256.Create(line.Scale), Vector256.Create(line.Offset), Vector256.Create((float)levels));
        var (rr, rSum, rq) = (Vector256<float>.Zero, Vector256<float>.Zero, Vector256<float>.Zero);
        var (wSum, qSum, qq) = (Vector256<float>.Zero, Vector256<float>.Zero, Vector256<float>.Zero);
        for (var i = 0; i < x.Length; i += 8)
        {
            var v = Vector256.Create(x[i..]) - offset;
            var weight = Vector256.Create(w[i..]);
            var q = Vector256.Min(Vector256.Max(Vector256.Round(v * inverse), Vector256<float>.Zero), high);
            var r = v - (scale * q);
            var (wr, wq) = (weight * r, weight * q);
            rr += wr * r;
            rSum += wr;
            rq += wr * q;
            wSum += weight;
            qSum += wq;
            qq += wq * q;
        }
        return new Sums(Vector256.Sum(rr), Vector256.Sum(rSum), Vector256.Sum(rq), Vector256.Sum(wSum), Vector256.Sum(qSum), Vector256.Sum(qq));
    }

    /// <summary>The codes for a line.</summary>
    public static void Codes(ReadOnlySpan<float> x, Line line, int levels, Span<byte> codes)
    {
        var inverse = line.Scale == 0 ? 0 : 1 / line.Scale;
        for (var i = 0; i < x.Length; i++) codes[i] = (byte)Math.Clamp(MathF.Round((x[i] - line.Offset) * inverse), 0, levels);
    }

    /// <summary>The line that is best for the codes of another, and its error if it beats the best so far.</summary>
    private static bool Take(Line line, Sums s, bool mayBePositive, ref Line best, ref float error)
    {
        var determinant = (s.Qq * s.W) - (s.Q * s.Q);
        if (!(determinant > 1e-6f * s.Qq * s.W)) return Keep(line, s.Rr, ref best, ref error);
        var (dScale, dOffset) = (((s.W * s.Rq) - (s.Q * s.R)) / determinant, ((s.Qq * s.R) - (s.Q * s.Rq)) / determinant);
        if (!mayBePositive && line.Offset + dOffset > 0)
        {
            dOffset = -line.Offset;
            dScale = (s.Rq - (s.Q * dOffset)) / s.Qq;
        }
        var reached = s.Rr - (2 * ((dScale * s.Rq) + (dOffset * s.R))) + (dScale * dScale * s.Qq) + (2 * dScale * dOffset * s.Q) + (dOffset * dOffset * s.W);
        return line.Scale + dScale > 0 && Keep(new Line(line.Scale + dScale, line.Offset + dOffset), reached, ref best, ref error);
    }

    private static bool Keep(Line line, float reached, ref Line best, ref float error)
    {
        if (!(reached < error)) return false;
        (best, error) = (line, reached);
        return true;
    }
}
