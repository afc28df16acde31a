using Puna.Tensors;

namespace Puna.Tests.Tensors;

/// <summary>Exponential, logarithm, rounding and transpose of each tier's registers.</summary>
public unsafe class LanesTests
{
    /// <summary>Units in the last place; the largest that was measured is 0.92, without fused multiply-add 1.2.</summary>
    private const double ExpUnits = 1.5;

    public static TheoryData<string> TierNames => Tiers.Names;

    [SkippableTheory]
    [MemberData(nameof(TierNames))]
    public void The_exponential_is_right_over_its_whole_range(string tier)
    {
        const int Count = 2_000_000;
        var worst = 0.0;
        var at = 0f;
        var x = new float[1024];
        for (var first = 0; first < Count; first += x.Length)
        {
            for (var i = 0; i < x.Length; i++) x[i] = -104f + (193f * (first + i) / Count);
            var y = Exp(tier, x);
            for (var i = 0; i < x.Length; i++)
            {
                var exact = Math.Exp(x[i]);
                if (exact > float.MaxValue) continue;
                var error = Math.Abs(y[i] - exact) / Math.Max(Unit(exact), float.Epsilon);
                if (!(error <= worst)) (worst, at) = (error, x[i]);
            }
        }
        worst.ShouldBeLessThan(ExpUnits, $"at {at}");
    }

    [SkippableTheory]
    [MemberData(nameof(TierNames))]
    public void The_exponential_of_extremes_is_zero_one_infinity_or_not_a_number(string tier) =>
        Exp(tier, [0f, -0f, -1000f, float.NegativeInfinity, float.MinValue, 1000f, float.PositiveInfinity, float.MaxValue, 88.73f, -103.98f, 1e-30f, -1e-30f])
            .ShouldBe([1f, 1f, 0f, 0f, 0f, float.PositiveInfinity, float.PositiveInfinity, float.PositiveInfinity, float.PositiveInfinity, 0f, 1f, 1f]);

    [SkippableTheory]
    [MemberData(nameof(TierNames))]
    public void The_exponential_of_no_number_is_none(string tier) => Exp(tier, [float.NaN, 1f, -float.NaN])[0].ShouldBe(float.NaN);

    [SkippableTheory]
    [MemberData(nameof(TierNames))]
    public void The_reciprocal_is_right_within_two_units_from_one_to_infinity(string tier)
    {
        var random = new CounterRandom(4);
        float[] x = [1, 2, 3, 1.0000001f, 1e30f, 1e37f, float.PositiveInfinity, .. Enumerable.Range(0, 10_000).Select(i => (float)Math.Exp(random.NextNormal() * 20)).Select(value => Math.Max(1, Math.Min(value, 1e37f)))];
        var found = Apply(tier, x, PortableLanes.Reciprocal, Avx2Lanes.Reciprocal, Avx512Lanes.Reciprocal);
        for (var i = 0; i < x.Length; i++)
        {
            if (float.IsInfinity(x[i])) found[i].ShouldBeInRange(0, 1.2e-38f);
            else Math.Abs(found[i] - (1.0 / x[i])).ShouldBeLessThanOrEqualTo(2 * Unit(1.0 / x[i]), $"1/{x[i]:R}");
        }
    }

    [SkippableTheory]
    [MemberData(nameof(TierNames))]
    public void Rounding_to_bf16_takes_the_nearest_and_ties_to_even(string tier)
    {
        var inputs = new List<float> { 0f, -0f, float.PositiveInfinity, float.NegativeInfinity, float.MaxValue, float.Epsilon };
        var random = new CounterRandom(3);
        for (var i = 0; i < 10_000; i++)
        {
            var x = BitConverter.UInt32BitsToSingle(random.NextUInt32() & (i % 2 == 0 ? 0xFFFF8000u : 0xFFFFFFFFu)); // every other one is near a tie
            if (!float.IsNaN(x)) inputs.Add(x);
        }
        var found = Round(tier, [.. inputs]);
        for (var i = 0; i < inputs.Count; i++)
        {
            var below = BitConverter.SingleToUInt32Bits(inputs[i]) & 0xFFFF0000u;
            var above = below + 0x10000u;
            var remainder = BitConverter.SingleToUInt32Bits(inputs[i]) - below;
            var expected = remainder < 0x8000u || (remainder == 0x8000u && (below & 0x10000u) == 0) ? below : above;
            BitConverter.SingleToUInt32Bits(found[i]).ShouldBe(expected, $"{inputs[i]:R}");
        }
    }

    [SkippableTheory]
    [MemberData(nameof(TierNames))]
    public void Rounding_to_bf16_keeps_what_is_no_number(string tier)
    {
        float[] bits = [.. new[] { 0x7FFFFFFFu, 0x7F800001u, 0xFFFFFFFFu, 0xFF800001u, 0x7FC00000u }.Select(BitConverter.UInt32BitsToSingle)];
        Round(tier, bits).ShouldAllBe(x => float.IsNaN(x));
    }

    [SkippableTheory]
    [MemberData(nameof(TierNames))]
    public void The_logarithm_of_a_sum_of_weights_is_right(string tier)
    {
        float[] x = [.. Enumerable.Range(0, 10_000).Select(i => 1f + (i / 250f))];
        var y = Apply(tier, x, PortableLanes.Log, Avx2Lanes.Log, Avx512Lanes.Log);
        for (var i = 0; i < x.Length; i++) ((double)y[i]).ShouldBe(Math.Log(x[i]), 5e-7, $"of {x[i]:R}");
    }

    [SkippableTheory]
    [MemberData(nameof(TierNames))]
    public void A_transpose_reads_the_square_and_no_row_that_lacks(string tier)
    {
        Tiers.SkipWhereLacking(tier);
        switch (tier)
        {
            case "portable": Transpose<PortableLanes, float>(i => i); Transpose<PortableDoubleLanes, double>(i => i); break;
            case "avx2": Transpose<Avx2Lanes, float>(i => i); break;
            default: Transpose<Avx512Lanes, float>(i => i); break;
        }
    }

    private static double Unit(double value) => Math.Pow(2, Math.Floor(Math.Log2(value)) - 23);

    private static float[] Round(string tier, float[] x)
    {
        Tiers.SkipWhereLacking(tier);
        return tier switch
        {
            "portable" => Round<PortableLanes>(x),
            "avx2" => Round<Avx2Lanes>(x),
            _ => Round<Avx512Lanes>(x),
        };
    }

    private static void Transpose<V, T>(Func<int, T> number)
        where T : unmanaged
        where V : unmanaged, ILanes<V, T>
    {
        int n = V.Count, row = n + 3, turnedRow = n + 1;
        for (var rows = 1; rows <= n; rows++)
        {
            T[] source = [.. Enumerable.Range(0, ((rows - 1) * row) + n).Select(number)];
            var turned = new T[n * turnedRow];
            fixed (T* from = source, to = turned) V.Transpose(from, row, rows, to, turnedRow);
            for (var i = 0; i < n; i++)
            {
                for (var j = 0; j < n; j++) turned[(j * turnedRow) + i].ShouldBe(source[(Math.Min(i, rows - 1) * row) + j]);
            }
        }
    }

    /// <summary>Rounds in the way that keeps four bytes; the one that keeps two must agree, and reading back must change nothing.</summary>
    private static float[] Round<V>(float[] x)
        where V : unmanaged, ILanes<V, float>
    {
        var y = new float[x.Length];
        var two = new ushort[x.Length];
        fixed (float* from = x, to = y)
        fixed (ushort* small = two)
        {
            VectorLoops<float, V>.RoundToBFloat16(from, to, x.Length);
            VectorLoops<float, V>.StoreBFloat16(from, small, x.Length);
            var back = stackalloc float[V.Count];
            for (var i = 0; i <= x.Length - V.Count; i += V.Count)
            {
                V.Store(V.LoadBFloat16(small + i), back);
                for (var j = 0; j < V.Count; j++) Assert.Equal(small[i + j], BitConverter.SingleToUInt32Bits(back[j]) >> 16);
            }
        }
        for (var i = 0; i < x.Length; i++) Assert.Equal(BitConverter.SingleToUInt32Bits(y[i]) >> 16, two[i]);
        return y;
    }

    private static float[] Exp(string tier, float[] x) => Apply(tier, x, PortableLanes.Exp, Avx2Lanes.Exp, Avx512Lanes.Exp);

    private static float[] Apply(string tier, float[] x, Func<PortableLanes, PortableLanes> portable, Func<Avx2Lanes, Avx2Lanes> avx2, Func<Avx512Lanes, Avx512Lanes> avx512)
    {
        Tiers.SkipWhereLacking(tier);
        return tier switch
        {
            "portable" => Apply(x, portable),
            "avx2" => Apply(x, avx2),
            _ => Apply(x, avx512),
        };
    }

    private static float[] Apply<V>(float[] x, Func<V, V> function)
        where V : unmanaged, ILanes<V, float>
    {
        var padded = new float[(x.Length + V.Count - 1) / V.Count * V.Count];
        x.CopyTo(padded, 0);
        fixed (float* p = padded)
        {
            for (var i = 0; i < padded.Length; i += V.Count) V.Store(function(V.Load(p + i)), p + i);
        }
        return padded[..x.Length];
    }
}
