using Puna.Tensors;

namespace Puna.Tests.Tensors;

/// <summary>Weights packed once a step give the bits of weights packed at every product, and never those of the step before.</summary>
public class PackedWeightsTests
{
    private const int Rows = 37, Depth = 50, Columns = 65;

    public static TheoryData<string> TierNames => [.. KernelTier.All.Select(tier => tier.Name)];

    [SkippableTheory]
    [MemberData(nameof(TierNames))]
    public void Products_of_packed_weights_have_the_bits_of_products_that_pack(string tier)
    {
        Tiers.SkipWhereLacking(tier);
        using var bench = new Bench(DType.Float32, tier) { Tape = { Precision = Precision.BFloat16 } };
        Tensor x = bench.Leaf(Numbers.Normal(Rows * Depth, 1), new Shape(Rows, Depth)), weight = bench.Leaf(Numbers.Normal(Columns * Depth, 2), new Shape(Columns, Depth));
        var labels = Bench.Integers([.. Enumerable.Range(0, Rows)]);
        using var packed = new PackedWeights(bench.Device, [weight]);
        var unpacked = Gradients();
        packed.Refresh();
        Gradients().ShouldBe(unpacked);
        Gradients().ShouldBe(unpacked);

        weight.Span<float>().Reverse();
        if (bench.Device.KeepsBFloat16(Precision.BFloat16)) Gradients().ShouldBe(unpacked, "the packed numbers are used until they expire");
        packed.Expire();
        var changed = Gradients();
        changed.ShouldNotBe(unpacked);
        packed.Refresh();
        Gradients().ShouldBe(changed);
        packed.Dispose();
        weight.Packed.ShouldBeNull();
        Gradients().ShouldBe(changed);

        float[] Gradients()
        {
            bench.Tape.Reset();
            x.Gradient = weight.Gradient = null;
            var y = Linear.Apply(bench.Tape, Linear.Apply(bench.Tape, x, weight), bench.Constant(Numbers.Normal(Depth * Columns, 3), new Shape(Depth, Columns)));
            bench.Tape.Backward(LinearCrossEntropy.Apply(bench.Tape, y, weight, labels).Loss);
            return [.. x.Gradient!.ToArray<float>(), .. weight.Gradient!.ToArray<float>()];
        }
    }

    [Fact]
    public void Matrices_of_more_than_the_limit_in_all_are_left_alone()
    {
        PackedWeights.BytesOf(16L << 20).ShouldBe(PackedWeights.MostBytes);
        PackedWeights.BytesOf((16L << 20) + 1).ShouldBe(0);
    }
}
