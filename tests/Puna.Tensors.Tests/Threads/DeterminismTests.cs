using System.Runtime.InteropServices;
using Puna.Tensors;

namespace Puna.Tests.Tensors;

/// <summary>The bits of a training depend on the tier, never on the number of threads or on the run.</summary>
public class DeterminismTests
{
    public static TheoryData<string> TierNames => Tiers.Names;

    [SkippableTheory]
    [MemberData(nameof(TierNames))]
    public void Training_gives_the_same_bits_for_any_number_of_threads(string tier)
    {
        Tiers.SkipWhereLacking(tier);
        var expected = Train(tier, 1, Precision.Float32);
        foreach (var threads in new[] { 1, 2, 3, 5 }) Train(tier, threads, Precision.Float32).ShouldBe(expected, $"{threads} threads");
    }

    [SkippableTheory]
    [MemberData(nameof(TierNames))]
    public void Training_in_bf16_gives_the_same_bits_for_any_number_of_threads(string tier)
    {
        Tiers.SkipWhereLacking(tier);
        var expected = Train(tier, 1, Precision.BFloat16);
        foreach (var threads in new[] { 2, 5 }) Train(tier, threads, Precision.BFloat16).ShouldBe(expected, $"{threads} threads");
        Train(tier, 1, Precision.Float32).ShouldNotBe(expected);
    }

    [Fact]
    public void Training_lowers_the_loss()
    {
        using var bench = new Bench(DType.Float32);
        var network = new SmallNetwork(bench);
        var first = network.Step(bench, 1);
        for (var step = 2; step < 12; step++) network.Step(bench, step);
        network.Step(bench, 12).ShouldBeLessThan(first);
    }

    /// <summary>All parameters after three steps, as bits.</summary>
    private static uint[] Train(string tier, int threads, Precision precision)
    {
        using var bench = new Bench(DType.Float32, tier, threads);
        var network = new SmallNetwork(bench);
        for (var step = 1; step <= 3; step++) double.IsFinite(network.Step(bench, step, precision)).ShouldBeTrue();
        return [.. network.Parameters.SelectMany(p => MemoryMarshal.Cast<float, uint>(p.Span<float>()).ToArray())];
    }
}
