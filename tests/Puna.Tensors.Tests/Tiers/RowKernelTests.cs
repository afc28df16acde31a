using FsCheck;
using FsCheck.Fluent;
using Puna.Tensors;

namespace Puna.Tests.Tensors;

/// <summary>Every operation in single precision, on each tier, against the same operation in double over random shapes.</summary>
public class RowKernelTests
{
    /// <summary>Relative L2 of an output or a gradient; the golden README's tolerance.</summary>
    private const double Tolerance = 3e-6;

    public static TheoryData<string> TierNames => Tiers.Names;

    [SkippableTheory]
    [MemberData(nameof(TierNames))]
    public void Row_operations_agree_with_double(string tier) => Agree(tier, 1, 90, (bench, x) =>
    {
        var (columns, tape) = ((int)x[0].Shape.Columns, bench.Tape);
        var normal = RmsNorm.Apply(tape, x[0], x[2], 1e-5);
        var layer = LayerNorm.Apply(tape, x[1], x[2], x[3], 1e-5);
        var gated = SwiGlu.Apply(tape, normal, Gelu.Apply(tape, layer));
        var summed = Add.Apply(tape, gated, Softmax.Apply(tape, x[1]));
        return Dropout.Apply(tape, Linear.Apply(tape, summed, x[4], x[3]), 0.1, new DropoutKey(1, 2, 3, columns));
    });

    [SkippableTheory]
    [MemberData(nameof(TierNames))]
    public void Fused_operations_agree_with_double(string tier) => Agree(tier, 1, 90, (bench, x) =>
    {
        var tape = bench.Tape;
        var stream = Add.Apply(tape, x[0], x[1]);
        var (a, b) = LinearGroup.Apply(tape, stream, x[4], bench.Constant(Numbers.Normal(x[4].Count, 6), x[4].Shape));
        var (sum, normal) = AddRmsNorm.Apply(tape, stream, SwiGlu.Apply(tape, a, b), x[2], 1e-5);
        return Add.Apply(tape, sum, Linear.Apply(tape, normal, x[4], x[3]));
    });

    [SkippableTheory]
    [MemberData(nameof(TierNames))]
    public void Losses_agree_with_double(string tier) => Agree(tier, 2, 200, (bench, x) =>
        LogProb.Apply(bench.Tape, Add.Apply(bench.Tape, x[0], x[1]), Bench.Integers(Numbers.Below((int)x[0].Shape.Columns, (int)x[0].Shape.Rows, 9))), 2);

    [SkippableTheory]
    [MemberData(nameof(TierNames))]
    public void Attention_agrees_with_double(string tier) => Agree(tier, 1, 40, (bench, x) =>
        Attention.Apply(bench.Tape, x[0], x[1], x[1], new AttentionShape(1, 1, 1, (int)x[0].Shape.Columns)), 2);

    [SkippableTheory]
    [MemberData(nameof(TierNames))]
    public void Rope_agrees_with_double(string tier) => Agree(tier, 1, 40, (bench, x) =>
    {
        var (rows, half) = ((int)x[0].Shape.Rows, (int)x[0].Shape.Columns);
        var angles = Numbers.Normal(rows * half, 5);
        Tensor cosine = bench.Constant([.. angles.Select(Math.Cos)], new Shape(rows, half)), sine = bench.Constant([.. angles.Select(Math.Sin)], new Shape(rows, half));
        var doubled = Linear.Apply(bench.Tape, x[0], bench.Constant(Numbers.Normal(2 * half * half, 6), new Shape(2 * half, half)));
        return Rope.Apply(bench.Tape, doubled, Bench.Integers([.. Enumerable.Range(0, rows)]), cosine, sine, 2 * half, half % 2 == 0 ? RopeLayout.Half : RopeLayout.Interleaved);
    }, 1);

    [SkippableTheory]
    [MemberData(nameof(TierNames))]
    public void SquaredNorm_agrees_with_double(string tier)
    {
        Tiers.SkipWhereLacking(tier);
        using var bench = new Bench(DType.Float32, tier, 3);
        foreach (var count in new[] { 1, 15, 1024, 1025, 16384, 50_001 })
        {
            var x = bench.Constant(Numbers.Normal(count, 3), new Shape(count));
            var expected = Bench.Read(x).Sum(v => v * v);
            (SquaredNorm.Of(bench.Device, x) / expected).ShouldBe(1, 1e-6);
        }
    }

    [SkippableTheory]
    [MemberData(nameof(TierNames))]
    public void SquaredNorm_of_many_tensors_is_the_sum_with_the_same_bits_for_any_number_of_threads(string tier)
    {
        Tiers.SkipWhereLacking(tier);
        Tensor[] Given(Bench bench) => [.. new[] { 1, 0, 16385, 17, 50_001, 1024 }.Select((count, i) => bench.Constant(Numbers.Normal(count, (ulong)i), new Shape(count)))];
        using var one = new Bench(DType.Float32, tier, 1);
        var tensors = Given(one);
        var expected = SquaredNorm.Of(one.Device, tensors);
        (expected / tensors.Sum(x => SquaredNorm.Of(one.Device, x))).ShouldBe(1, 1e-14);
        SquaredNorm.Of(one.Device).ShouldBe(0);
        foreach (var threads in new[] { 2, 3 })
        {
            using var bench = new Bench(DType.Float32, tier, threads);
            SquaredNorm.Of(bench.Device, Given(bench)).ShouldBe(expected, $"{threads} threads");
        }
    }

    [SkippableTheory]
    [MemberData(nameof(TierNames))]
    public void RmsNorm_of_many_rows_passes_the_gradients_of_double_with_the_same_bits_for_any_number_of_threads(string tier)
    {
        Tiers.SkipWhereLacking(tier);
        // more rows than pieces there may be, so that a piece has several; and rows wider than a piece of the sums
        foreach (var (rows, columns) in new[] { (9001, 3), (700, 1030) })
        {
            Given[] inputs = [.. new[] { Given.Normal(1, rows, columns), Given.Normal(2, columns) }.Select(g => g with { Values = [.. g.Values.Select(v => (double)(float)v)] })];
            static Tensor Norm(Bench bench, Tensor[] x) => RmsNorm.Apply(bench.Tape, x[0], x[1], 1e-5);
            var expected = Run(DType.Float64, "portable", Norm, inputs);
            var found = Run(DType.Float32, tier, Norm, inputs);
            for (var i = 0; i < expected.Length; i++) Numbers.RelativeL2(found[i], expected[i], 1).ShouldBeLessThan(Tolerance, $"[{rows}, {columns}], number {i}");
            foreach (var threads in new[] { 1, 3 }) Run(DType.Float32, tier, Norm, inputs, threads).ShouldBe(found, $"{threads} threads");
        }
    }

    private static void Agree(string tier, int least, int most, FiniteDifferences.Operation operation, int inputs = 5)
    {
        Tiers.SkipWhereLacking(tier);
        var shapes = from rows in Gen.Choose(1, 70) from columns in Gen.Choose(least, most) select (rows, columns);
        Prop.ForAll(shapes.ToArbitrary(), shape =>
        {
            var (rows, c) = shape;
            Given[] given = [Given.Normal(1, rows, c), Given.Normal(2, rows, c), Given.Normal(3, c), Given.Normal(4, c), Given.Normal(5, c, c)];
            Given[] taken = [.. given[..inputs].Select(g => g with { Values = [.. g.Values.Select(v => (double)(float)v)] })];
            var expected = Run(DType.Float64, "portable", operation, taken);
            var found = Run(DType.Float32, tier, operation, taken);
            for (var i = 0; i < expected.Length; i++) Numbers.RelativeL2(found[i], expected[i], 1).ShouldBeLessThan(Tolerance, $"[{rows}, {c}], number {i}");
        }).Check(Config.QuickThrowOnFailure.WithMaxTest(40));
    }

    /// <summary>The output and the gradient of every input.</summary>
    private static double[][] Run(DType type, string tier, FiniteDifferences.Operation operation, Given[] inputs, int threads = 2)
    {
        using var bench = new Bench(type, tier, threads);
        Tensor[] leaves = [.. inputs.Select(input => bench.Leaf(input.Values, input.Shape))];
        var y = operation(bench, leaves);
        var output = Bench.Read(y);
        y.Gradient = bench.Constant(Numbers.Normal(y.Count, 8), y.Shape);
        bench.Tape.Backward();
        return [output, .. leaves.Select(leaf => Bench.Read(leaf.Gradient.ShouldNotBeNull()))];
    }
}
