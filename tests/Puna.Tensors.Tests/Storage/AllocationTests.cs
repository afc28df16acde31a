using Puna.Tensors;

namespace Puna.Tests.Tensors;

/// <summary>After warm-up a step takes nothing from the managed heap: no pause of the collector can fall into it.</summary>
public class AllocationTests
{
    private const long AllowedBytes = 512;

    [Theory]
    [InlineData(1, Precision.Float32)]
    [InlineData(3, Precision.Float32)]
    [InlineData(3, Precision.BFloat16)]
    public void A_training_step_allocates_nothing(int threads, Precision precision)
    {
        using var bench = new Bench(DType.Float32, KernelTier.Choose("auto").Name, threads);
        var network = new SmallNetwork(bench);
        var step = 0;
        Least(() =>
        {
            for (var i = 0; i < 10; i++) network.Step(bench, ++step, precision);
        }).ShouldBeLessThan(AllowedBytes, "in ten steps");
    }

    [Fact]
    public void Decoding_against_a_growing_cache_seldom_asks_the_system_for_memory()
    {
        using var bench = new Bench(DType.Float32);
        bench.Tape.Recording = false;
        Tensor q = bench.Constant(Numbers.Normal(8, 1), new Shape(1, 8)), cache = bench.Constant(Numbers.Normal(8 * 4096, 2), new Shape(4096, 8));
        Tensor[] caches = [.. Enumerable.Range(1, 4096).Select(rows => cache.Rows(0, rows))];
        var length = 0;
        Least(() =>
        {
            for (var end = length + 512; length < end; length++)
            {
                bench.Tape.Reset();
                Attention.Apply(bench.Tape, q, caches[length], caches[length], new AttentionShape(1, 2, 2, 4));
            }
        }).ShouldBeLessThan(AllowedBytes, "in 512 tokens");
    }

    /// <summary>
    /// Bytes of the managed heap that all threads together took during the best of six repetitions after one that warms up: the
    /// test runner's own threads take some now and then.
    /// </summary>
    private static long Least(Action action)
    {
        action();
        var least = long.MaxValue;
        for (var i = 0; i < 6; i++)
        {
            var before = GC.GetTotalAllocatedBytes(true);
            action();
            least = Math.Min(least, GC.GetTotalAllocatedBytes(true) - before);
        }
        return least;
    }
}
