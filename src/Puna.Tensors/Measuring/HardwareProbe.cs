using System.Diagnostics;

namespace Puna.Tensors;

/// <summary>What this machine can do at best: the two figures that any kernel's speed is compared with.</summary>
public static class HardwareProbe
{
    /// <summary>The smallest buffer that bandwidth is measured over, in bytes: more than most caches hold.</summary>
    public const long LeastBytes = 256L << 20;

    /// <summary>The processor's name as the system tells it, for example <c>AMD EPYC 9654</c>; its architecture where the system tells nothing.</summary>
    public static string ProcessorName { get; } = Tensors.ProcessorName.Read();

    /// <summary>
    /// Operations per second (in the tier's own format, whole numbers for int8; a fused multiply-add counts as two) of all threads together, with
    /// every operand in a register. The best of many short slices, so that a moment's disturbance does not lower it.
    /// </summary>
    /// <param name="tier">The instructions to measure.</param>
    /// <param name="threads">How many threads compute at once.</param>
    /// <param name="duration">How long to measure.</param>
    /// <returns>Operations per second (10⁹ of them are a GFLOP/s).</returns>
    /// <exception cref="InvalidDataException">This machine lacks the tier.</exception>
    /// <exception cref="ArgumentOutOfRangeException">Threads below 1.</exception>
    public static double PeakFlops(KernelTier tier, int threads, TimeSpan duration)
    {
        if (!tier.IsSupported) throw new InvalidDataException($"this machine lacks {tier.Name}: {tier.Missing}");
        using var pool = new WorkerPool(threads);
        var kernels = tier.Create(pool);
        return Best(duration, kernels.MultiplyAdds);
    }

    /// <summary>Bytes per second that all threads together read from memory in order. The best of several passes over one buffer.</summary>
    /// <param name="threads">How many threads read at once.</param>
    /// <param name="duration">How long to measure; one pass at least.</param>
    /// <param name="bytes">Size of the buffer, <see cref="LeastBytes"/> at least: a smaller one would measure a cache.</param>
    /// <returns>Bytes per second (10⁹ of them are a GB/s).</returns>
    /// <exception cref="ArgumentOutOfRangeException">Threads below 1, or too small a buffer.</exception>
    /// <exception cref="InsufficientMemoryException">The system has no memory for the buffer.</exception>
    public static double ReadBandwidth(int threads, TimeSpan duration, long bytes = LeastBytes)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(bytes, LeastBytes);
        using var pool = new WorkerPool(threads);
        var kernels = KernelTier.Available.Last().Create(pool);
        var buffer = new Tensor(DType.Float32, new Shape(bytes / sizeof(float)));
        var best = Best(duration, () => kernels.ReadAll(buffer));
        buffer.Release();
        return best;
    }

    /// <summary>The highest rate of any call: what it returns divided by the seconds it took.</summary>
    private static double Best(TimeSpan duration, Func<double> slice)
    {
        slice();
        var best = 0.0;
        var start = Stopwatch.GetTimestamp();
        do
        {
            var before = Stopwatch.GetTimestamp();
            var amount = slice();
            best = Math.Max(best, amount / Math.Max(Stopwatch.GetElapsedTime(before).TotalSeconds, 1e-9));
        }
        while (Stopwatch.GetElapsedTime(start) < duration);
        return best;
    }
}
