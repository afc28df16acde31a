using Puna.Tensors;

namespace Puna.Tests.Tensors;

/// <summary>Figures of the machine are there; how large they are is nobody's business here.</summary>
public class HardwareProbeTests(Xunit.Abstractions.ITestOutputHelper output)
{
    public static TheoryData<string> TierNames => Tiers.Names;

    [SkippableTheory]
    [MemberData(nameof(TierNames))]
    public void Peak_operations_per_second_are_positive_and_finite(string tier)
    {
        Tiers.SkipWhereLacking(tier);
        foreach (var threads in new[] { 1, 2 })
        {
            var flops = HardwareProbe.PeakFlops(KernelTier.Choose(tier), threads, TimeSpan.FromMilliseconds(50));
            output.WriteLine($"{tier}, {threads} threads: {flops / 1e9:F1} GFLOP/s");
            flops.ShouldBeGreaterThan(0);
            double.IsFinite(flops).ShouldBeTrue();
        }
    }

    [Fact]
    public void Bytes_read_per_second_are_positive_and_finite()
    {
        foreach (var threads in new[] { 1, 2 })
        {
            var bandwidth = HardwareProbe.ReadBandwidth(threads, TimeSpan.FromMilliseconds(100));
            output.WriteLine($"{threads} threads: {bandwidth / 1e9:F1} GB/s");
            bandwidth.ShouldBeGreaterThan(0);
            double.IsFinite(bandwidth).ShouldBeTrue();
        }
    }

    [Fact]
    public void What_cannot_be_measured_is_refused()
    {
        Should.Throw<ArgumentOutOfRangeException>(() => HardwareProbe.ReadBandwidth(1, TimeSpan.Zero, 1 << 20));
        Should.Throw<ArgumentOutOfRangeException>(() => HardwareProbe.PeakFlops(KernelTier.Choose("portable"), 0, TimeSpan.Zero));
        var lacking = new KernelTier("quantum", "superposed lanes", "qubit", "the processor is classical", _ => throw new NotSupportedException());
        Should.Throw<InvalidDataException>(() => HardwareProbe.PeakFlops(lacking, 1, TimeSpan.Zero));
    }

    [Fact]
    public void The_processor_has_a_name() => HardwareProbe.ProcessorName.ShouldNotBeNullOrWhiteSpace();

    [Fact]
    public void The_name_is_found_among_the_lines_of_linux()
    {
        ProcessorName.Model(["processor\t: 0", "model name\t: AMD EPYC 9654 ", "model name\t: other"]).ShouldBe("AMD EPYC 9654");
        ProcessorName.Model(["processor : 0", "Hardware : BCM2835", "Model : Raspberry Pi"]).ShouldBe("BCM2835");
        ProcessorName.Model(["processor : 0", "no colon"]).ShouldBeNull();
    }
}
