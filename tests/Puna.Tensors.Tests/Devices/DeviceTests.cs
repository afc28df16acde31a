using System.Runtime.Intrinsics.X86;
using Puna.Tensors;

namespace Puna.Tests.Tensors;

/// <summary>What a user may ask for, and the sentences that answer what cannot be.</summary>
public class DeviceTests
{
    [Theory]
    [InlineData(null)]
    [InlineData("")]
    [InlineData("auto")]
    [InlineData("cpu")]
    [InlineData("CPU")]
    public void The_processor_is_opened_and_the_reason_given(string? name)
    {
        var (device, reason) = Device.Open(name, 2);
        using (device)
        {
            device.Name.ShouldBe("cpu");
            reason.ShouldContain(device.Description);
            device.Description.ShouldContain("2 threads");
        }
    }

    [Fact]
    public void Cuda_and_unknown_devices_are_refused_with_what_to_use_instead()
    {
        Should.Throw<InvalidDataException>(() => Device.Open("cuda")).Message.ShouldBe("--device cuda: this build has no CUDA device; use --device cpu or auto");
        Should.Throw<InvalidDataException>(() => Device.Open("tpu")).Message.ShouldBe("--device tpu: unknown; use auto, cpu or cuda");
        Should.Throw<InvalidDataException>(() => Device.Open("cpu", -1)).Message.ShouldContain("1 to 1024");
        Should.Throw<InvalidDataException>(() => Device.Open("cpu", 1025));
    }

    [Fact]
    public void The_best_tier_is_the_expected_one()
    {
        var features = ProcessorFeatures.Current;
        var expected = features.MissingForAmxBFloat16 is null ? "amx"
            : features.MissingForBFloat16 is null ? "avx512bf16"
            : features.MissingForVnni is null ? "avx512vnni"
            : Avx512F.IsSupported && Avx512BW.IsSupported && Avx512DQ.IsSupported ? "avx512"
            : Avx2.IsSupported && Fma.IsSupported ? "avx2" : "portable";
        foreach (var name in new[] { null, "", " ", "auto", "Auto" }) KernelTier.Choose(name).Name.ShouldBe(expected);
        KernelTier.All.Select(tier => tier.Name).ShouldBe(["portable", "avx2", "avx512", "avx512vnni", "avx512bf16", "amx"]);
    }

    [Fact]
    public void Every_tier_of_this_machine_makes_kernels_of_its_own_name()
    {
        using var pool = new WorkerPool(1);
        foreach (var tier in KernelTier.Available)
        {
            KernelTier.Choose(tier.Name.ToUpperInvariant()).Create(pool).Tier.ShouldBe(tier.Name);
            using var device = new CpuDevice(1, tier);
            device.KernelsFor(DType.Float32).Tier.ShouldBe(tier.Name);
            device.KernelsFor(DType.Float64).Tier.ShouldBe("portable");
            device.Description.ShouldBe($"{tier.Name}, 1 thread");
            Should.Throw<NotSupportedException>(() => device.KernelsFor(DType.Int32));
        }
    }

    [Fact]
    public void An_unknown_tier_is_answered_with_those_present()
    {
        var message = Should.Throw<InvalidDataException>(() => KernelTier.Choose("sse9")).Message;
        message.ShouldContain("PUNA_ISA=sse9");
        foreach (var tier in KernelTier.Available) message.ShouldContain(tier.Name);
    }

    [SkippableFact]
    public void A_tier_that_the_machine_lacks_is_answered_with_the_reason_and_those_present()
    {
        var lacking = KernelTier.All.FirstOrDefault(tier => !tier.IsSupported);
        Skip.If(lacking is null, "this machine has every tier");
        Should.Throw<InvalidDataException>(() => KernelTier.Choose(lacking!.Name)).Message
            .ShouldBe($"PUNA_ISA={lacking!.Name}: this machine lacks {lacking.Name} ({lacking.Missing}); it has {string.Join(", ", KernelTier.Available.Select(tier => tier.Name))}");
    }

    [Fact]
    public void A_device_is_not_made_with_a_tier_that_the_machine_lacks()
    {
        var lacking = new KernelTier("quantum", "superposed lanes", "qubit", "the processor is classical", _ => throw new NotSupportedException());
        Should.Throw<InvalidDataException>(() => new CpuDevice(1, lacking)).Message.ShouldBe("this machine lacks quantum: the processor is classical");
    }

    [Fact]
    public void The_environment_sets_tier_and_threads()
    {
        foreach (var tier in KernelTier.Available) With(KernelTier.Variable, tier.Name, () => KernelTier.Choose().Name.ShouldBe(tier.Name));
        With(KernelTier.Variable, "none", () => Should.Throw<InvalidDataException>(() => Device.Open("cpu", 1)));
        With(ProcessorLimits.ThreadsVariable, "3", () =>
        {
            ProcessorLimits.DefaultThreads().ShouldBe(3);
            using var device = new CpuDevice();
            device.ThreadCount.ShouldBe(3);
        });
        With(ProcessorLimits.ThreadsVariable, null, () => ProcessorLimits.DefaultThreads().ShouldBe(Environment.ProcessorCount));
        foreach (var wrong in new[] { "0", "-1", "1025", "two", "1.5" })
            With(ProcessorLimits.ThreadsVariable, wrong, () => Should.Throw<InvalidDataException>(() => ProcessorLimits.DefaultThreads()).Message.ShouldContain($"PUNA_THREADS={wrong}"));
        ProcessorLimits.TotalMemoryBytes.ShouldBeGreaterThan(1 << 20);
    }

    private static void With(string variable, string? value, Action action)
    {
        var before = Environment.GetEnvironmentVariable(variable);
        Environment.SetEnvironmentVariable(variable, value);
        try
        {
            action();
        }
        finally
        {
            Environment.SetEnvironmentVariable(variable, before);
        }
    }
}
