using FsCheck;
using FsCheck.Fluent;
using Puna.Tensors;

namespace Puna.Tests.Tensors;

/// <summary>Attention of each tier, in fp32 and bf16, forward and backward, against double precision: short sequences, long ones, grouped heads, windows and documents.</summary>
public class AttentionTierTests
{
    private const double Single = 5e-5; // a gradient may be a small difference of large numbers
    private const double BFloat16 = 2e-2;

    public static TheoryData<string> TierNames => Tiers.Names;

    [SkippableTheory]
    [MemberData(nameof(TierNames))]
    public void Any_shape_and_mask_agrees_with_double_precision(string tier)
    {
        Tiers.SkipWhereLacking(tier);
        var cases = from t in Gen.Choose(3, 40)
                    from before in Gen.Frequency((3, Gen.Constant(0)), (1, Gen.Choose(1, 30)))
                    from size in Gen.Elements(4, 5, 16, 17, 32, 50, 64)
                    from heads in Gen.Elements((1, 1), (2, 2), (4, 2), (3, 1))
                    from options in Gen.Choose(0, 7)
                    select (t, before, size, heads, options);
        Prop.ForAll(cases.ToArbitrary(), c => Check(tier, 2, c.t, c.t + c.before, c.heads.Item1, c.heads.Item2, c.size, (c.options & 1) == 0, (c.options & 2) == 0 ? 0 : 7, (c.options & 4) != 0))
            .Check(Config.QuickThrowOnFailure.WithMaxTest(40));
    }

    [SkippableTheory]
    [MemberData(nameof(TierNames))]
    public void Short_sequences_of_every_size_agree_with_double_precision(string tier)
    {
        Tiers.SkipWhereLacking(tier);
        var options = 0;
        foreach (var t in new[] { 3, 5, 8, 9, 16, 17, 31, 32, 70 })
        {
            foreach (var size in new[] { 8, 12, 16, 24, 64 })
            {
                for (var i = 0; i < 3; i++, options += 5) // 5 has no factor in common with the 16 combinations, so that all of them come up
                {
                    var (causal, window, packed, keyHeads) = ((options & 1) == 0, (options & 2) == 0 ? 0 : 1 + (options % 11), (options & 4) != 0, (options & 8) == 0 ? 4 : 2);
                    Check(tier, 2, t, t, 4, keyHeads, size, causal, window, packed).ShouldBeTrue($"T {t}, head size {size}, causal {causal}, window {window}, documents {packed}, key heads {keyHeads}");
                }
            }
        }
    }

    [SkippableTheory]
    [MemberData(nameof(TierNames))]
    public void Long_sequences_agree_with_double_precision(string tier)
    {
        Tiers.SkipWhereLacking(tier);
        Check(tier, 1, 200, 200, 2, 1, 48, true, 0, false).ShouldBeTrue();
        Check(tier, 1, 130, 270, 1, 1, 64, true, 0, true).ShouldBeTrue();
        Check(tier, 1, 65, 65, 2, 2, 16, false, 20, false).ShouldBeTrue();
        Check(tier, 1, 2100, 2100, 1, 1, 16, true, 0, false).ShouldBeTrue();
    }

    [SkippableTheory]
    [MemberData(nameof(TierNames))]
    public void Dropped_weights_are_the_same_ones(string tier)
    {
        Tiers.SkipWhereLacking(tier);
        Check(tier, 2, 16, 16, 4, 2, 32, true, 0, false, 0.2).ShouldBeTrue();
        Check(tier, 1, 2, 70, 2, 1, 16, true, 0, false, 0.2).ShouldBeTrue();
        Check(tier, 1, 200, 200, 2, 1, 48, true, 90, true, 0.2).ShouldBeTrue();
        Check(tier, 1, 65, 65, 2, 2, 16, false, 0, false, 0.2).ShouldBeTrue();
    }

    private static bool Check(string tier, int batch, int t, int s, int heads, int keyHeads, int size, bool causal, int window, bool packed, double dropout = 0)
    {
        var shape = new AttentionShape(batch, heads, keyHeads, size, causal, window);
        int[]? documents = packed ? [.. Enumerable.Range(0, batch * s).Select(i => i % s * 3 / s)] : null;
        var expected = Run(DType.Float64, "portable", Precision.Float32, shape, t, s, documents, dropout);
        return Agrees(Run(DType.Float32, tier, Precision.Float32, shape, t, s, documents, dropout), expected, Single)
            && Agrees(Run(DType.Float32, tier, Precision.BFloat16, shape, t, s, documents, dropout), expected, BFloat16);
    }

    private static bool Agrees(double[][] actual, double[][] expected, double tolerance) =>
        actual.Zip(expected).All(pair => Numbers.RelativeL2(pair.First, pair.Second, least: 1e-2 * Math.Sqrt(pair.Second.Length)) <= tolerance);

    private static double[][] Run(DType type, string tier, Precision precision, in AttentionShape shape, int t, int s, int[]? documents, double dropout)
    {
        using var bench = new Bench(type, tier, 3);
        bench.Tape.Precision = precision;
        Tensor[] leaves =
        [
            Leaf(bench, 1, shape.Batch * t, shape.Heads * shape.HeadSize),
            Leaf(bench, 2, shape.Batch * s, shape.KeyValueHeads * shape.HeadSize),
            Leaf(bench, 3, shape.Batch * s, shape.KeyValueHeads * shape.HeadSize),
        ];
        var y = Attention.Apply(bench.Tape, leaves[0], leaves[1], leaves[2], shape, documents is null ? null : Bench.Integers(documents), dropout: new(dropout, new DropoutKey(1, 2, 3, 4)));
        var output = Bench.Read(y);
        y.Gradient = bench.Constant(Numbers.Normal(y.Count, 4), y.Shape);
        bench.Tape.Backward();
        return [output, .. leaves.Select(leaf => Bench.Read(leaf.Gradient.ShouldNotBeNull()))];
    }

    private static Tensor Leaf(Bench bench, ulong seed, int rows, int columns) => bench.Leaf(Numbers.Normal((long)rows * columns, seed), new Shape(rows, columns));
}
