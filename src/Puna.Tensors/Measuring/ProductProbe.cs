using System.Diagnostics;

namespace Puna.Tensors;

/// <summary>How fast a tier multiplies matrices in its own format.</summary>
/// <param name="M">Rows of A and C.</param>
/// <param name="N">Columns of B and C.</param>
/// <param name="K">The depth.</param>
/// <param name="Flops">Operations a second of the product of packed operands, best of several.</param>
/// <param name="PackingSeconds">Seconds to pack both operands, best of several; 0 where a tier reads one of them unpacked and packs on the way.</param>
public sealed record ProductSpeed(int M, int N, int K, double Flops, double PackingSeconds)
{
    /// <summary>Operations a second with the packing.</summary>
    public double FlopsWithPacking => 2.0 * M * N * K / ((2.0 * M * N * K / Flops) + PackingSeconds);
}

/// <summary>Measures the matrix product, packing apart.</summary>
public static class ProductProbe
{
    /// <summary>C [m, n] = A [m, k] · Bᵀ with B [n, k] as weights are stored.</summary>
    /// <param name="tier">The instructions; products are in bf16 where it has them for it, else in fp32.</param>
    /// <param name="threads">How many compute at once.</param>
    /// <param name="m">Rows.</param>
    /// <param name="n">Columns.</param>
    /// <param name="k">Depth.</param>
    /// <param name="duration">How long to measure.</param>
    /// <exception cref="InvalidDataException">This machine lacks the tier.</exception>
    public static ProductSpeed Measure(KernelTier tier, int threads, int m, int n, int k, TimeSpan duration)
    {
        if (!tier.IsSupported) throw new InvalidDataException($"this machine lacks {tier.Name}: {tier.Missing}");
        using var pool = new WorkerPool(threads);
        var kernels = tier.Create(pool);
        Tensor a = Filled(new Shape(m, k), 1), b = Filled(new Shape(n, k), 2), c = new(DType.Float32, new Shape(m, n));
        var (product, packing) = (double.PositiveInfinity, double.PositiveInfinity);
        var start = Stopwatch.GetTimestamp();
        do
        {
            var before = Stopwatch.GetTimestamp();
            kernels.Product(a, false, b, true, c, false, tier.HasBFloat16);
            var whole = Stopwatch.GetElapsedTime(before).TotalSeconds;
            var packed = kernels.LastPackingSeconds;
            (product, packing) = (Math.Min(product, whole - packed), Math.Min(packing, packed));
        }
        while (Stopwatch.GetElapsedTime(start) < duration);
        GC.KeepAlive(a);
        GC.KeepAlive(b);
        GC.KeepAlive(c);
        return new ProductSpeed(m, n, k, 2.0 * m * n * k / product, packing);
    }

    private static Tensor Filled(Shape shape, ulong seed)
    {
        var tensor = new Tensor(DType.Float32, shape);
        var random = new CounterRandom(seed);
        foreach (ref var value in tensor.Span<float>()) value = (float)(random.NextDouble() - 0.5);
        return tensor;
    }
}
