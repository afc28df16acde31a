using Puna.Tensors;

namespace Puna.Experiments.Benchmarks;

/// <summary>One product at one number of threads, with the peak of that many threads just before and after.</summary>
/// <param name="Threads">Threads.</param>
/// <param name="Speed">The product.</param>
/// <param name="PeakBefore">Operations a second at best, before.</param>
/// <param name="PeakAfter">The same, after.</param>
public sealed record ProductBenchLine(int Threads, ProductSpeed Speed, double PeakBefore, double PeakAfter)
{
    /// <summary>The product of packed operands as a share of the peak.</summary>
    public double Share => Speed.Flops / ((PeakBefore + PeakAfter) / 2);
}

/// <summary>The matrix product of the machine's best tier, packing apart.</summary>
/// <param name="Tier">The tier.</param>
/// <param name="Lines">The measurements.</param>
public sealed record ProductBench(KernelTier Tier, IReadOnlyList<ProductBenchLine> Lines)
{
    private static readonly TimeSpan Time = TimeSpan.FromMilliseconds(600), PeakTime = TimeSpan.FromMilliseconds(200);

    /// <summary>1024³, then the layers of a 110M model with 2,048 tokens (queries, feed-forward in and out, a weight's gradient, output projection of 512 rows).</summary>
    private static readonly (int M, int N, int K)[] Shapes = [(1024, 1024, 1024), (2048, 768, 768), (2048, 2048, 768), (2048, 768, 2048), (768, 768, 2048), (512, 32000, 768)];

    /// <summary>Measures, some ten seconds.</summary>
    /// <param name="threads">All threads; 0 for the usual number.</param>
    /// <exception cref="InvalidDataException">The environment names a tier that cannot be.</exception>
    public static ProductBench Run(int threads)
    {
        var tier = KernelTier.Choose();
        var all = threads > 0 ? threads : ProcessorLimits.DefaultThreads();
        var lines = new List<ProductBenchLine>();
        foreach (var count in all == 1 ? [1] : (int[])[1, all])
        {
            foreach (var (m, n, k) in Shapes)
            {
                var before = HardwareProbe.PeakFlops(tier, count, PeakTime);
                var speed = ProductProbe.Measure(tier, count, m, n, k, Time);
                lines.Add(new ProductBenchLine(count, speed, before, HardwareProbe.PeakFlops(tier, count, PeakTime)));
            }
        }
        return new ProductBench(tier, lines);
    }
}
