using Puna.Tensors;

namespace Puna.Experiments.Runs;

/// <summary>
/// The peak that model FLOPs utilisation is a share of: operations a second of the machine's best tier on all threads of the run at once, measured when
/// the run starts, since processors of clouds tell nothing reliable of themselves.
/// </summary>
public static class ComputePeak
{
    /// <summary>How long it is measured: long enough to meet undisturbed slices, too short to be noticed.</summary>
    public static readonly TimeSpan Duration = TimeSpan.FromMilliseconds(80);

    /// <summary>Measures the peak; null for a device that it is not known how to measure.</summary>
    /// <param name="device">The device of the run, idle now.</param>
    /// <returns>The tier's name, and floating-point operations a second (a multiply-add is two).</returns>
    public static (string Tier, double FlopsPerSecond)? Measure(Device device)
    {
        if (device is not CpuDevice cpu) return null;
        var best = KernelTier.Available.Last();
        return (best.Name, HardwareProbe.PeakFlops(best, cpu.ThreadCount, Duration));
    }
}
