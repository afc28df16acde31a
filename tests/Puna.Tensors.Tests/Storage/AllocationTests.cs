using Puna.Tensors;

namespace Puna.Tests.Tensors;

/// <summary>After warm-up a step takes nothing from the managed heap: no pause of the collector can fall into it.</summary>
public class AllocationTests
{
    private const long AllowedBytes = 2048;

    [Theory]
    [InlineData(1, Precision.Float32)]
    [InlineData(3, Precision.Float32)]
    [InlineData(3, Precision.BFloat16)]
    public void A_training_step_allocates_nothing(int threads, Precision precision)
    {
        using var bench = new Bench(DType.Float32, KernelTier.Choose("auto").Name, threads);
        var network = new SmallNetwork(bench);
        for (var step = 1; step <= 3; step++) network.Step(bench, step, precision);
        var before = GC.GetTotalAllocatedBytes(true);
        for (var step = 4; step <= 13; step++) network.Step(bench, step, precision);
        var allocated = GC.GetTotalAllocatedBytes(true) - before;
        allocated.ShouldBeLessThan(AllowedBytes, "in ten steps");
    }

    [Fact]
    public void Decoding_against_a_growing_cache_seldom_asks_the_system_for_memory()
    {
        using var bench = new Bench(DType.Float32);
        bench.Tape.Recording = false;
        Tensor q = bench.Constant(Numbers.Normal(8, 1), new Shape(1, 8)), cache = bench.Constant(Numbers.Normal(8 * 4096, 2), new Shape(4096, 8));
        Tensor[] caches = [.. Enumerable.Range(1, 4096).Select(length => cache.Rows(0, length))];
        var before = 0L;
        foreach (var keys in caches)
        {
            if (keys.Shape.Rows == 100) before = GC.GetTotalAllocatedBytes(true);
            bench.Tape.Reset();
            Attention.Apply(bench.Tape, q, keys, keys, new AttentionShape(1, 2, 2, 4));
        }
        (GC.GetTotalAllocatedBytes(true) - before).ShouldBeLessThan(AllowedBytes);
    }
}
