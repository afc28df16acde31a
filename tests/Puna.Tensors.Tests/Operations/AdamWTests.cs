using Puna.Tensors;

namespace Puna.Tests.Tensors;

/// <summary>AdamW against the formula, element by element, in both precisions and on every tier.</summary>
public class AdamWTests
{
    public static TheoryData<string> TierNames => Tiers.Names;

    [Fact]
    public void Double_follows_the_formula() => Follow(DType.Float64, "portable", 1e-13);

    [SkippableTheory]
    [MemberData(nameof(TierNames))]
    public void Single_follows_the_formula(string tier)
    {
        Tiers.SkipWhereLacking(tier);
        Follow(DType.Float32, tier, 2e-6);
    }

    [Fact]
    public void What_cannot_be_stepped_is_refused()
    {
        using var bench = new Bench();
        Tensor w = bench.Leaf(new double[5], new Shape(5)), m = bench.Constant(new double[5], new Shape(5)), small = bench.Constant(new double[4], new Shape(4));
        var options = new AdamWStep(0.1, 0.9, 0.99, 1e-8, 0, 1, 1);
        Should.Throw<InvalidOperationException>(() => AdamWUpdate.Apply(bench.Device, w, m, m, options));
        w.Gradient = m;
        Should.Throw<ArgumentException>(() => AdamWUpdate.Apply(bench.Device, w, m, small, options));
        Should.Throw<ArgumentException>(() => AdamWUpdate.Apply(bench.Device, w, m, m, options with { Step = 0 }));
    }

    private static void Follow(DType type, string tier, double tolerance)
    {
        const int Count = 4101;
        using var bench = new Bench(type, tier);
        var w = bench.Leaf(Numbers.Normal(Count, 1), new Shape(Count));
        Tensor first = new(type, w.Shape), second = new(type, w.Shape);
        double[] expected = Bench.Read(w), m = new double[Count], v = new double[Count];
        for (var step = 1; step <= 4; step++)
        {
            w.Gradient = bench.Constant(Numbers.Normal(Count, (ulong)step + 5), w.Shape);
            var gradient = Bench.Read(w.Gradient);
            var options = new AdamWStep(0.01, 0.9, 0.95, 1e-5, step % 2 == 0 ? 0.1 : 0, 0.7, step);
            AdamWUpdate.Apply(bench.Device, w, first, second, options);
            for (var i = 0; i < Count; i++)
            {
                var g = gradient[i] * 0.7;
                expected[i] *= 1 - (0.01 * options.WeightDecay);
                m[i] = (0.9 * m[i]) + (0.1 * g);
                v[i] = (0.95 * v[i]) + (0.05 * g * g);
                expected[i] -= 0.01 * (m[i] / (1 - Math.Pow(0.9, step))) / (Math.Sqrt(v[i] / (1 - Math.Pow(0.95, step))) + 1e-5);
            }
            Numbers.Largest(Bench.Read(w), expected).ShouldBeLessThan(tolerance);
            Numbers.Largest(Bench.Read(first), m).ShouldBeLessThan(tolerance);
            Numbers.Largest(Bench.Read(second), v).ShouldBeLessThan(tolerance);
        }
    }
}
