using FsCheck;
using FsCheck.Fluent;
using Puna.Tensors;

namespace Puna.Tests.Tensors;

/// <summary>The matrix product of each tier against sums in double, over shapes with tails and views that are not aligned.</summary>
public class MatrixProductTests
{
    /// <summary>Per element: the error may be this many roundings of Σ |a·b| + |c|.</summary>
    private const double Roundings = 8;

    public static TheoryData<string> TierNames => Tiers.Names;

    [SkippableTheory]
    [MemberData(nameof(TierNames))]
    public void Any_shape_transpose_and_alignment_gives_the_sums(string tier)
    {
        Tiers.SkipWhereLacking(tier);
        using var bench = new Bench(DType.Float32, tier, 3);
        var shapes = from m in Gen.Choose(1, 40) from n in Gen.Choose(1, 130) from k in Gen.Choose(1, 70) from options in Gen.Choose(0, 15) select (m, n, k, options);
        Prop.ForAll(shapes.ToArbitrary(), shape => Check(bench, shape.m, shape.n, shape.k, shape.options)).QuickCheckThrowOnFailure();
    }

    [SkippableTheory]
    [MemberData(nameof(TierNames))]
    public void Depths_beyond_one_block_give_the_sums(string tier)
    {
        Tiers.SkipWhereLacking(tier);
        using var bench = new Bench(DType.Float32, tier, 3);
        foreach (var m in new[] { 1, 2, 3, 9, 33 })
            foreach (var k in new[] { 511, 512, 513, 1030 })
                for (var options = 0; options < 16; options++) Check(bench, m, 49, k, options).ShouldBeTrue($"m {m}, k {k}, options {options}");
    }

    [SkippableTheory]
    [MemberData(nameof(TierNames))]
    public void Large_products_are_shared_by_rows_and_by_columns(string tier)
    {
        Tiers.SkipWhereLacking(tier);
        using var bench = new Bench(DType.Float32, tier, 3);
        Check(bench, 301, 65, 40, 2).ShouldBeTrue();
        Check(bench, 17, 1201, 40, 2).ShouldBeTrue();
        Check(bench, 3, 1201, 40, 2).ShouldBeTrue();
    }

    [SkippableTheory]
    [MemberData(nameof(TierNames))]
    public void Rounding_to_bf16_rounds_both_operands_and_nothing_else(string tier)
    {
        Tiers.SkipWhereLacking(tier);
        using var bench = new Bench(DType.Float32, tier);
        foreach (var m in new[] { 1, 2, 13 })
            for (var options = 0; options < 16; options++) Check(bench, m, 51, 530, options, true).ShouldBeTrue($"m {m}, options {options}");
    }

    [SkippableTheory]
    [MemberData(nameof(TierNames))]
    public void Any_shape_transpose_and_alignment_gives_the_sums_of_rounded_operands(string tier)
    {
        Tiers.SkipWhereLacking(tier);
        using var bench = new Bench(DType.Float32, tier, 3);
        var shapes = from m in Gen.Choose(1, 40) from n in Gen.Choose(1, 130) from k in Gen.Choose(1, 90) from options in Gen.Choose(0, 15) select (m, n, k, options);
        Prop.ForAll(shapes.ToArbitrary(), shape => Check(bench, shape.m, shape.n, shape.k, shape.options, true)).QuickCheckThrowOnFailure();
        Check(bench, 301, 65, 40, 2, true).ShouldBeTrue();
        Check(bench, 17, 1201, 40, 2, true).ShouldBeTrue();
        Check(bench, 150, 400, 1030, 4, true).ShouldBeTrue();
    }

    [Fact]
    public void No_depth_clears_or_keeps_the_result()
    {
        using var bench = new Bench(DType.Float32);
        Tensor a = bench.Constant([], new Shape(3, 0)), b = bench.Constant([], new Shape(5, 0)), c = bench.Constant(Numbers.Normal(15, 1), new Shape(3, 5));
        var before = Bench.Read(c);
        Product(a, b, c, true);
        Bench.Read(c).ShouldBe(before);
        Product(a, b, c, false);
        Bench.Read(c).ShouldAllBe(x => x == 0);
    }

    private static unsafe void Product(Tensor a, Tensor b, Tensor c, bool accumulate)
    {
        using var pool = new WorkerPool(1);
        MatrixProduct<float, PortableLanes>.Run(pool, new Scratch(1), 3, 5, 0, new(a.Pointer<float>(), 0, 1), new(b.Pointer<float>(), 1, 0), c.Pointer<float>(), 5, accumulate, false);
        GC.KeepAlive(a);
        GC.KeepAlive(b);
        GC.KeepAlive(c);
    }

    /// <summary>Options: transpose A (1) and B (2), accumulate (4), start 4 bytes beyond an aligned address (8).</summary>
    private static bool Check(Bench bench, int m, int n, int k, int options, bool round = false)
    {
        bool ta = (options & 1) != 0, tb = (options & 2) != 0, add = (options & 4) != 0;
        var offset = (options & 8) != 0 ? 1 : 0;
        bench.Tape.Reset();
        var a = Shifted(bench, offset, ta ? new Shape(k, m) : new Shape(m, k), 1);
        var b = Shifted(bench, offset, tb ? new Shape(n, k) : new Shape(k, n), 2);
        var c = Shifted(bench, offset, new Shape(m, n), 3);
        float[] x = a.Span<float>().ToArray(), y = b.Span<float>().ToArray(), before = c.Span<float>().ToArray();
        if (!add) c.Span<float>().Fill(float.NaN);
        bench.Device.KernelsFor(DType.Float32).Product(a, ta, b, tb, c, add, round);
        var found = c.Span<float>();
        for (var i = 0; i < m; i++)
            for (var j = 0; j < n; j++)
            {
                double sum = add ? before[(i * n) + j] : 0, size = Math.Abs(sum);
                for (var l = 0; l < k; l++)
                {
                    var product = (double)Rounded(x[ta ? (l * m) + i : (i * k) + l], round) * Rounded(y[tb ? (j * k) + l : (l * n) + j], round);
                    sum += product;
                    size += Math.Abs(product);
                }
                if (!(Math.Abs(found[(i * n) + j] - sum) <= Roundings * size * Math.Pow(2, -24))) return false;
            }
        return true;
    }

    private static Tensor Shifted(Bench bench, int offset, Shape shape, ulong seed)
    {
        var memory = bench.Arena.Allocate(DType.Float32, new Shape(shape.Count + offset));
        var tensor = memory.Rows(offset, shape.Count).View(shape);
        var values = Numbers.Normal(shape.Count, seed);
        for (var i = 0; i < values.Length; i++) tensor.Span<float>()[i] = (float)values[i];
        return tensor;
    }

    /// <summary>The nearest number with eight significant bits, ties to even, found without looking at bits.</summary>
    private static float Rounded(float x, bool round)
    {
        if (!round || x == 0) return x;
        var unit = Math.Pow(2, Math.Floor(Math.Log2(Math.Abs(x))) - 7);
        return (float)(Math.Round(x / unit, MidpointRounding.ToEven) * unit);
    }
}
