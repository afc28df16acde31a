using Puna.Tensors;

namespace Puna.Tests.Tensors;

/// <summary>Which tiers a machine has, and what is said of the others: processors and policies that are not here, by what they would answer.</summary>
public class ProcessorFeaturesTests
{
    private const int Vnni = 1 << 11, BFloat16 = 1 << 5, AmxBFloat16 = 1 << 22, AmxTiles = 1 << 24, AmxInt8 = 1 << 25;
    private const string Policy = "the system refused executable memory (mprotect: Permission denied)";
    private const string NoTiles = "the system refused tile registers (arch_prctl: Invalid argument)";

    [Theory]
    [InlineData("Cascade Lake", Vnni, 0, 0, "avx512vnni")]
    [InlineData("Zen 4", Vnni, 0, BFloat16, "avx512bf16")]
    [InlineData("Sapphire Rapids", Vnni, AmxBFloat16 | AmxTiles | AmxInt8, BFloat16, "amx")]
    [InlineData("Skylake", 0, 0, 0, "avx512")]
    public void The_best_tier_of_a_processor_is_taken(string processor, int ecx, int edx, int eax1, string best)
    {
        var tiers = KernelTier.For(Features(ecx, edx, eax1));
        KernelTier.Choose(null, tiers).Name.ShouldBe(best, processor);
        tiers.SkipWhile(tier => tier.Name != best).Skip(1).ShouldAllBe(tier => tier.Missing!.StartsWith("the processor lacks ", StringComparison.Ordinal));
    }

    [Fact]
    public void Each_missing_instruction_is_named()
    {
        Features(0, 0, 0).MissingForVnni.ShouldBe("the processor lacks AVX512_VNNI");
        Features(0, 0, 0).MissingForBFloat16.ShouldBe("the processor lacks AVX512_BF16");
        Features(0, AmxTiles, 0).MissingForAmxBFloat16.ShouldBe("the processor lacks AMX-BF16");
        Features(0, AmxBFloat16, 0).MissingForAmxBFloat16.ShouldBe("the processor lacks AMX-TILE");
        Features(0, AmxTiles | AmxBFloat16, 0).MissingForAmxInt8.ShouldBe("the processor lacks AMX-INT8");
        Features(0, AmxTiles | AmxBFloat16, 0).MissingForAmxBFloat16.ShouldBeNull();
        new ProcessorFeatures(null, true, () => null, () => null).MissingForVnni.ShouldBe("the processor lacks AVX512_VNNI");
        new ProcessorFeatures((leaf, _) => (leaf == 0 ? 6 : -1, -1, -1, -1), true, () => null, () => null).MissingForVnni.ShouldBe("the processor lacks AVX512_VNNI");
        new ProcessorFeatures((leaf, sub) => (leaf == 0 ? 7 : sub == 0 ? 0 : -1, -1, -1, -1), true, () => null, () => null).MissingForBFloat16.ShouldBe("the processor lacks AVX512_BF16");
    }

    [SkippableFact]
    public void Functions_of_AVX2_need_F16C_and_executable_memory()
    {
        Skip.IfNot(Avx2Lanes.IsSupported, "this machine lacks AVX2");
        const int F16C = 1 << 29, AvxVnni = 1 << 4;
        ProcessorFeatures Leaves(int ecx1, int eax71, string? policy = null) =>
            new((leaf, sub) => leaf == 0 ? (7, 0, 0, 0) : leaf == 1 ? (0, 0, ecx1, 0) : sub == 0 ? (1, 0, 0, 0) : (eax71, 0, 0, 0), false, () => policy, () => null);
        Leaves(0, -1).MissingForAvx2Code.ShouldBe("the processor lacks F16C");
        Leaves(F16C, AvxVnni, Policy).MissingForAvx2Code.ShouldBe(Policy);
        Leaves(F16C, ~AvxVnni).MissingForAvx2Code.ShouldBeNull();
        Leaves(F16C, ~AvxVnni).MissingForAvxVnni.ShouldBe("the processor lacks AVX-VNNI");
        Leaves(F16C, AvxVnni).MissingForAvxVnni.ShouldBeNull();
        Features(0, 0, 0, executableMemory: Policy).MissingForAvx512Code.ShouldBe(Policy);
        Features(0, 0, 0).MissingForAvx512Code.ShouldBeNull();
    }

    [Fact]
    public void A_policy_against_executable_memory_leaves_the_tiers_that_need_none()
    {
        var tiers = KernelTier.For(Features(-1, -1, -1, executableMemory: Policy));
        KernelTier.Choose(null, tiers).Name.ShouldBe("avx512");
        tiers.Skip(3).Select(tier => tier.Missing).ShouldBe([Policy, Policy, Policy]);
        Should.Throw<InvalidDataException>(() => KernelTier.Choose("avx512bf16", tiers)).Message
            .ShouldBe($"PUNA_ISA=avx512bf16: this machine lacks avx512bf16 ({Policy}); it has {string.Join(", ", tiers.Where(t => t.IsSupported).Select(t => t.Name))}");
    }

    [Fact]
    public void A_system_without_tile_registers_leaves_the_tiers_that_need_none()
    {
        var tiers = KernelTier.For(Features(-1, -1, -1, tileRegisters: NoTiles));
        KernelTier.Choose(null, tiers).Name.ShouldBe("avx512bf16");
        Should.Throw<InvalidDataException>(() => KernelTier.Choose("amx", tiers)).Message.ShouldContain(NoTiles);
    }

    [Fact]
    public void Without_AVX_512_nothing_is_tried()
    {
        var features = new ProcessorFeatures((_, _) => throw new InvalidOperationException(), false, () => throw new InvalidOperationException(), () => throw new InvalidOperationException());
        foreach (var reason in new[] { features.MissingForAvx512, features.MissingForVnni, features.MissingForBFloat16, features.MissingForAmxBFloat16, features.MissingForAmxInt8 }) reason.ShouldNotBeNull().ShouldContain("AVX-512");
        KernelTier.Choose(null, KernelTier.For(features)).Name.ShouldBeOneOf("avx2", "portable");
    }

    [Fact]
    public void The_system_is_asked_for_tile_registers_only_where_the_processor_has_them()
    {
        new ProcessorFeatures((_, _) => (7, 0, -1, 0), true, () => null, () => throw new InvalidOperationException("asked")).MissingForAmxBFloat16.ShouldBe("the processor lacks AMX-BF16");
        if (ProcessorFeatures.Current.MissingForVnni is null && TileRegisters.Ask() is { } reason) reason.ShouldContain("tile registers");
    }

    private static ProcessorFeatures Features(int ecx, int edx, int eax1, string? executableMemory = null, string? tileRegisters = null) =>
        new((leaf, sub) => leaf == 0 ? (7, 0, 0, 0) : sub == 0 ? (1, 0, ecx, edx) : (eax1, 0, 0, 0), true, () => executableMemory, () => tileRegisters);
}
