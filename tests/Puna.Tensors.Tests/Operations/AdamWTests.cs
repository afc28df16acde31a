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
        Tensor wide = new(DType.Float64, new Shape(5)), narrow = new(DType.Float32, new Shape(5));
        var options = new AdamWStep(0.1, 0.9, 0.99, 1e-8, 1, 1);
        Should.Throw<InvalidOperationException>(() => AdamWUpdate.Apply(bench.Device, options, new AdamWTensor(w, m, m, 0)));
        w.Gradient = m;
        Should.Throw<ArgumentException>(() => AdamWUpdate.Apply(bench.Device, options, new AdamWTensor(w, m, m, 0), new AdamWTensor(w, m, small, 0)));
        Should.Throw<ArgumentException>(() => AdamWUpdate.Apply(bench.Device, options, new AdamWTensor(w, wide, narrow, 0)));
        Should.Throw<ArgumentException>(() => AdamWUpdate.Apply(bench.Device, options with { Step = 0 }, new AdamWTensor(w, m, m, 0)));
        AdamWUpdate.Apply(bench.Device, options);
    }

    [SkippableTheory]
    [MemberData(nameof(TierNames))]
    public void Many_tensors_at_once_equal_one_by_one_with_any_number_of_threads(string tier)
    {
        Tiers.SkipWhereLacking(tier);
        var expected = Steps(tier, 1, isTogether: false);
        foreach (var threads in new[] { 1, 2, 3 }) Steps(tier, threads, isTogether: true).ShouldBe(expected, $"{threads} threads");
    }

    /// <summary>Weights and moments of tensors of odd sizes after three steps.</summary>
    private static double[] Steps(string tier, int threads, bool isTogether)
    {
        using var bench = new Bench(DType.Float32, tier, threads);
        int[] sizes = [1, 17, 16384, 16385, 0, 50_001, 128];
        AdamWTensor[] tensors = [.. sizes.Select((size, i) => new AdamWTensor(
            bench.Leaf(Numbers.Normal(size, (ulong)i), new Shape(size)), new Tensor(DType.Float32, new Shape(size)), new Tensor(DType.Float32, new Shape(size)), i * 0.1))];
        for (var step = 1; step <= 3; step++)
        {
            foreach (var tensor in tensors) tensor.Weight.Gradient = bench.Constant(Numbers.Normal(tensor.Weight.Count, (ulong)(step + 9)), tensor.Weight.Shape);
            var options = new AdamWStep(0.01, 0.9, 0.95, 1e-5, 0.7, step);
            if (isTogether) AdamWUpdate.Apply(bench.Device, options, tensors);
            else foreach (var tensor in tensors) AdamWUpdate.Apply(bench.Device, options, tensor);
        }
        return [.. tensors.SelectMany(tensor => new[] { tensor.Weight, tensor.FirstMoment, tensor.SecondMoment }).SelectMany(Bench.Read)];
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
            var decay = step % 2 == 0 ? 0.1 : 0;
            AdamWUpdate.Apply(bench.Device, new AdamWStep(0.01, 0.9, 0.95, 1e-5, 0.7, step), new AdamWTensor(w, first, second, decay));
            for (var i = 0; i < Count; i++)
            {
                var g = gradient[i] * 0.7;
                expected[i] *= 1 - (0.01 * decay);
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
