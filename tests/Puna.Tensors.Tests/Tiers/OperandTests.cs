using Puna.Tensors;

namespace Puna.Tests.Tensors;

/// <summary>
/// Activations and gradients that nothing but products read, kept in bf16: the products round them anyway, so that it changes no bit.
/// On tiers without instructions for bf16 they stay in single precision, and the two agree.
/// </summary>
public class OperandTests
{
    private const int Rows = 13, Columns = 50, Hidden = 37;

    public static TheoryData<string> TierNames => [.. KernelTier.All.Select(tier => tier.Name)];

    [SkippableTheory]
    [MemberData(nameof(TierNames))]
    public void Outputs_for_products_are_the_rounded_outputs(string tier)
    {
        Tiers.SkipWhereLacking(tier);
        using var bench = new Bench(DType.Float32, tier) { Tape = { Precision = Precision.BFloat16 } };
        Tensor x = bench.Leaf(Numbers.Normal(Rows * Columns, 1), new Shape(Rows, Columns)), y = bench.Leaf(Numbers.Normal(Rows * Columns, 2), new Shape(Rows, Columns));
        var weight = bench.Leaf(Numbers.Normal(Columns, 3), new Shape(Columns));
        var tape = bench.Tape;
        Same(RmsNorm.Apply(tape, x, weight, 1e-5), RmsNorm.Apply(tape, x, weight, 1e-5, forProducts: true));
        Same(AddRmsNorm.Apply(tape, x, y, weight, 1e-5).Normalized, AddRmsNorm.Apply(tape, x, y, weight, 1e-5, forProducts: true).Normalized);
        Same(SwiGlu.Apply(tape, x, y), SwiGlu.Apply(tape, x, y, forProducts: true));
        foreach (var t in new[] { 5, 13, 40 }) // short and long sequences
        {
            var shape = new AttentionShape(2, 3, 3, 10);
            Tensor q = Random(bench, 2 * t, 30, 4), k = Random(bench, 2 * t, 30, 5), v = Random(bench, 2 * t, 30, 6);
            Same(Attention.Apply(tape, q, k, v, shape), Attention.Apply(tape, q, k, v, shape, forProducts: true));
        }

        void Same(Tensor plain, Tensor operand)
        {
            operand.DType.ShouldBe(bench.Device.KeepsBFloat16(Precision.BFloat16) ? DType.BFloat16 : DType.Float32);
            var expected = plain.ToArray<float>();
            if (operand.DType == DType.BFloat16) Wide(operand).ShouldBe([.. expected.Select(Rounded)]);
            else operand.ToArray<float>().ShouldBe(expected);
        }
    }

    [SkippableTheory]
    [MemberData(nameof(TierNames))]
    public void A_block_of_operands_in_bf16_has_the_gradients_of_one_in_single_precision(string tier)
    {
        Tiers.SkipWhereLacking(tier);
        var expected = Gradients("portable", forProducts: true);
        var found = Gradients(tier, forProducts: true);
        for (var i = 0; i < expected.Count; i++)
        {
            var size = Math.Sqrt(expected[i].Sum(g => (double)g * g));
            var error = Math.Sqrt(expected[i].Zip(found[i]).Sum(pair => Math.Pow(pair.First - pair.Second, 2)));
            (error / size).ShouldBeLessThan(3e-3, $"gradient {i}"); // where a sum lies between two bf16 numbers the tiers may round it differently
        }
    }

    [SkippableTheory]
    [MemberData(nameof(TierNames))]
    public void Whether_an_output_is_kept_in_bf16_changes_no_bit(string tier)
    {
        Tiers.SkipWhereLacking(tier);
        var (plain, kept) = (Gradients(tier, forProducts: false), Gradients(tier, forProducts: true));
        for (var i = 0; i < plain.Count; i++) kept[i].ShouldBe(plain[i], $"gradient {i}");
    }

    [SkippableTheory]
    [MemberData(nameof(TierNames))]
    public void Queries_and_keys_rotated_together_are_those_rotated_one_by_one(string tier)
    {
        Tiers.SkipWhereLacking(tier);
        List<float[]> together = Rotated(true, true, true), apart = Rotated(false, true, true);
        for (var i = 0; i < together.Count; i++) together[i].ShouldBe(apart[i], $"output or gradient {i}");
        Rotated(true, true, false)[^2].ShouldBe(apart[^2], "only the queries have a gradient");
        Rotated(true, false, true)[^1].ShouldBe(apart[^1], "only the keys have one");

        List<float[]> Rotated(bool both, bool first, bool second)
        {
            using var bench = new Bench(DType.Float32, tier) { Tape = { Precision = Precision.BFloat16 } };
            var tape = bench.Tape;
            Tensor x = Random(bench, Rows, Columns, 1), wide = Random(bench, 40, Columns, 2), narrow = Random(bench, 20, Columns, 3);
            Tensor cosine = bench.Constant(Numbers.Normal(Rows * 5, 9), new Shape(Rows, 5)), sine = bench.Constant(Numbers.Normal(Rows * 5, 10), new Shape(Rows, 5));
            var positions = Bench.Integers([.. Enumerable.Range(0, Rows)]);
            Tensor q = Linear.Apply(tape, x, wide), k = Linear.Apply(tape, x, narrow);
            if (both) (q, k) = Rope.Apply(tape, q, k, positions, cosine, sine, 10, RopeLayout.Half);
            else (q, k) = (Rope.Apply(tape, q, positions, cosine, sine, 10, RopeLayout.Half), Rope.Apply(tape, k, positions, cosine, sine, 10, RopeLayout.Half));
            var outputs = new[] { q.ToArray<float>(), k.ToArray<float>() };
            if (first) q.Gradient = Copy(tape, Random(bench, Rows, 40, 4));
            if (second) k.Gradient = Copy(tape, Random(bench, Rows, 20, 5));
            tape.Backward();
            return [.. outputs, wide.Gradient?.ToArray<float>() ?? [], narrow.Gradient?.ToArray<float>() ?? []];
        }

        static Tensor Copy(Tape tape, Tensor from)
        {
            var copy = tape.Arena.Allocate(from.DType, from.Shape);
            copy.CopyFrom(from);
            return copy;
        }
    }

    [SkippableTheory]
    [MemberData(nameof(TierNames))]
    public void A_gradient_with_two_contributions_is_added_up_in_single_precision(string tier)
    {
        Tiers.SkipWhereLacking(tier);
        using var bench = new Bench(DType.Float32, tier) { Tape = { Precision = Precision.BFloat16 } };
        var tape = bench.Tape;
        Tensor x = Random(bench, Rows, Columns, 1), w = Random(bench, Hidden, Columns, 2), other = Random(bench, Rows, Hidden, 3);
        var gate = Linear.Apply(tape, x, w);
        var sum = Add.Apply(tape, SwiGlu.Apply(tape, gate, other), SwiGlu.Apply(tape, gate, other));
        sum.Gradient = Random(bench, Rows, Hidden, 4);
        tape.Backward();
        var twice = x.Gradient!.ToArray<float>();

        tape.Reset();
        x.Gradient = w.Gradient = other.Gradient = null;
        var once = SwiGlu.Apply(tape, Linear.Apply(tape, x, w), other);
        once.Gradient = Random(bench, Rows, Hidden, 4);
        tape.Backward();
        var single = x.Gradient!.ToArray<float>();
        for (var i = 0; i < twice.Length; i++) ((double)twice[i]).ShouldBe(2 * single[i], 1e-2 * (1 + Math.Abs(single[i])));
    }

    /// <summary>The gradients of a network of everything that writes or reads operands.</summary>
    private static List<float[]> Gradients(string tier, bool forProducts)
    {
        using var bench = new Bench(DType.Float32, tier) { Tape = { Precision = Precision.BFloat16 } };
        var tape = bench.Tape;
        Tensor x = Random(bench, Rows, Columns, 1), norm = bench.Leaf(Numbers.Normal(Columns, 2), new Shape(Columns));
        Tensor first = Random(bench, Hidden, Columns, 3), second = Random(bench, Hidden, Columns, 4), down = Random(bench, Columns, Hidden, 5);
        Tensor turned = Random(bench, 20, Columns, 6), output = Random(bench, 21, Columns, 7), last = Random(bench, Columns, 20, 8);
        Tensor cosine = bench.Constant(Numbers.Normal(Rows * 5, 9), new Shape(Rows, 5)), sine = bench.Constant(Numbers.Normal(Rows * 5, 10), new Shape(Rows, 5));
        var positions = Bench.Integers([.. Enumerable.Range(0, Rows)]);

        var y = RmsNorm.Apply(tape, x, norm, 1e-5, forProducts);
        var (gate, up) = LinearGroup.Apply(tape, y, first, second);
        var branch = Linear.Apply(tape, SwiGlu.Apply(tape, gate, up, forProducts), down);
        var (sum, normalized) = AddRmsNorm.Apply(tape, x, branch, norm, 1e-5, forProducts);
        var q = Rope.Apply(tape, Linear.Apply(tape, normalized, turned), positions, cosine, sine, 10, RopeLayout.Half);
        var final = AddRmsNorm.Apply(tape, sum, Linear.Apply(tape, q, last), norm, 1e-5, forProducts).Normalized;
        tape.Backward(LinearCrossEntropy.Apply(tape, final, output, Bench.Integers([.. Enumerable.Range(0, Rows).Select(i => i % 3 == 1 ? LogProb.Ignore : i % 21)])).Loss);
        return [.. new[] { x, norm, first, second, down, turned, output, last }.Select(tensor => tensor.Gradient!.ToArray<float>())];
    }

    private static Tensor Random(Bench bench, int rows, int columns, ulong seed) => bench.Leaf(Numbers.Normal(rows * columns, seed), new Shape(rows, columns));

    private static float[] Wide(Tensor tensor) => [.. tensor.ToArray<ushort>().Select(bits => BitConverter.UInt32BitsToSingle((uint)bits << 16))];

    private static float Rounded(float value)
    {
        var bits = BitConverter.SingleToUInt32Bits(value);
        return BitConverter.UInt32BitsToSingle((bits + 0x7FFF + ((bits >> 16) & 1)) & 0xFFFF0000);
    }
}
