using System.Runtime.Intrinsics.X86;

namespace Puna.Tensors;

/// <summary>
/// What the processor and the system allow beyond the runtime's own <c>IsSupported</c>, from CPUID (Intel Software Developer's Manual, volume 2A,
/// CPUID leaf 7). The properties give the reason why something is missing, or null.
/// </summary>
internal static class ProcessorFeatures
{
    /// <summary>Why the avx512 tier is missing.</summary>
    public static string? MissingForAvx512 { get; } = Avx512Lanes.IsSupported ? null : "the processor lacks AVX-512 F or BW, or the runtime was told not to use it";

    /// <summary>Why the avx512bf16 tier is missing.</summary>
    public static string? MissingForBFloat16 { get; } = MissingForAvx512 ?? (Bit(subleaf: 1, Register.Eax, 5) ? ExecutableMemory.Problem : "the processor lacks AVX512_BF16");

    private enum Register
    {
        Eax,
        Ebx,
        Ecx,
        Edx,
    }

    /// <summary>A bit of CPUID leaf 7.</summary>
    private static bool Bit(int subleaf, Register register, int bit)
    {
        if (!X86Base.IsSupported || X86Base.CpuId(0, 0).Eax < 7 || X86Base.CpuId(7, 0).Eax < subleaf) return false;
        var (eax, ebx, ecx, edx) = X86Base.CpuId(7, subleaf);
        var value = register switch { Register.Eax => eax, Register.Ebx => ebx, Register.Ecx => ecx, _ => edx };
        return (value & (1 << bit)) != 0;
    }
}
