using System.Runtime.Intrinsics.X86;

namespace Puna.Tensors;

/// <summary>
/// What the processor and the system allow beyond the runtime's own <c>IsSupported</c>, from CPUID (Intel Software Developer's Manual, volume 2A,
/// CPUID leaves 1 and 7). The properties give the reason why something is missing, or null.
/// </summary>
/// <param name="cpuId">EAX, EBX, ECX and EDX for a leaf and a subleaf; null where the process does not run x86-64 code.</param>
/// <param name="avx512">Whether the runtime uses AVX-512 F and BW.</param>
/// <param name="executableMemory">Tries it; why this process may not run code that it wrote, or null.</param>
/// <param name="tileRegisters">Asks for them; why this process may not use AMX's registers, or null.</param>
internal sealed class ProcessorFeatures(Func<int, int, (int Eax, int Ebx, int Ecx, int Edx)>? cpuId, bool avx512, Func<string?> executableMemory, Func<string?> tileRegisters)
{
    private readonly Lazy<string?> _executableMemory = new(executableMemory);
    private readonly Lazy<string?> _tileRegisters = new(tileRegisters);

    private enum Register
    {
        Eax,
        Ebx,
        Ecx,
        Edx,
    }

    /// <summary>Those of this machine and process.</summary>
    public static ProcessorFeatures Current { get; } = new(X86Base.X64.IsSupported ? X86Base.CpuId : null, Avx512Lanes.IsSupported, () => ExecutableMemory.Problem, TileRegisters.Ask);

    /// <summary>Why the avx512 tier is missing.</summary>
    public string? MissingForAvx512 => avx512 ? null : "the processor lacks AVX-512 F or BW, or the runtime was told not to use it";

    /// <summary>Why functions assembled of AVX2, FMA and F16C are missing.</summary>
    public string? MissingForAvx2Code => !Avx2Lanes.IsSupported ? "the processor lacks AVX2 or FMA" : Lacking("F16C", 0, Register.Ecx, 29, leaf: 1) ?? _executableMemory.Value;

    /// <summary>Why functions assembled of AVX-512 F are missing.</summary>
    public string? MissingForAvx512Code => MissingForAvx512 ?? _executableMemory.Value;

    /// <summary>Why products of bytes with AVX-VNNI, in 256 bits, are missing.</summary>
    public string? MissingForAvxVnni => MissingForAvx2Code ?? Lacking("AVX-VNNI", 1, Register.Eax, 4);

    /// <summary>Why products of bytes with AVX512_VNNI are missing.</summary>
    public string? MissingForVnni => MissingForAvx512 ?? Lacking("AVX512_VNNI", 0, Register.Ecx, 11) ?? _executableMemory.Value;

    /// <summary>Why bf16 products with AVX512_BF16 are missing.</summary>
    public string? MissingForBFloat16 => MissingForAvx512 ?? Lacking("AVX512_BF16", 1, Register.Eax, 5) ?? _executableMemory.Value;

    /// <summary>Why bf16 products with AMX are missing. The rest of its tier is AVX-512.</summary>
    public string? MissingForAmxBFloat16 => MissingForAvx512 ?? Lacking("AMX-BF16", 0, Register.Edx, 22) ?? MissingForTiles;

    /// <summary>Why products of bytes with AMX are missing.</summary>
    public string? MissingForAmxInt8 => MissingForAvx512 ?? Lacking("AMX-INT8", 0, Register.Edx, 25) ?? MissingForTiles;

    private string? MissingForTiles => Lacking("AMX-TILE", 0, Register.Edx, 24) ?? _executableMemory.Value ?? _tileRegisters.Value;

    /// <summary>The sentence for a bit of a CPUID leaf that is not set.</summary>
    private string? Lacking(string name, int subleaf, Register register, int bit, int leaf = 7)
    {
        if (cpuId is not null && cpuId(0, 0).Eax >= leaf && (subleaf == 0 || cpuId(leaf, 0).Eax >= subleaf))
        {
            var (eax, ebx, ecx, edx) = cpuId(leaf, subleaf);
            var value = register switch { Register.Eax => eax, Register.Ebx => ebx, Register.Ecx => ecx, _ => edx };
            if ((value & (1 << bit)) != 0) return null;
        }
        return $"the processor lacks {name}";
    }
}
