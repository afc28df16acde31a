namespace Puna.Tensors;

/// <summary>
/// A set of instructions that kernels exist for. Tiers are listed best last. Those that C# has no intrinsics for are assembled when they
/// are first used; where processor, system or policy do not allow that, the tier is missing, says why, and the next best is taken.
/// </summary>
/// <param name="Name">As in <c>PUNA_ISA</c>: portable, avx2, avx512, avx512vnni, avx512bf16, amx.</param>
/// <param name="Description">What it uses.</param>
/// <param name="Format">Number format of its fastest products, which its peak is measured in: fp32, bf16, int8.</param>
/// <param name="Missing">Why this machine cannot use it; null where it can.</param>
/// <param name="Create">Makes its kernels for single precision.</param>
public sealed record KernelTier(string Name, string Description, string Format, string? Missing, Func<WorkerPool, Kernels> Create)
{
    /// <summary>The environment variable that forces a tier.</summary>
    public const string Variable = "PUNA_ISA";

    /// <summary>Every tier of this build, slowest first.</summary>
    public static IReadOnlyList<KernelTier> All { get; } = For(ProcessorFeatures.Current);

    /// <summary>The tiers this machine has, slowest first.</summary>
    public static IEnumerable<KernelTier> Available => All.Where(tier => tier.IsSupported);

    /// <summary>Whether this machine can use it.</summary>
    public bool IsSupported => Missing is null;

    /// <summary>Whether products in bf16 are faster than in fp32.</summary>
    public bool HasBFloat16 => Format == "bf16";

    /// <summary>The tier that <c>PUNA_ISA</c> names, or the best one there is.</summary>
    /// <exception cref="InvalidDataException">The variable names a tier that this build or this machine lacks.</exception>
    public static KernelTier Choose() => Choose(Environment.GetEnvironmentVariable(Variable));

    /// <summary>The tier of a name, or the best one for null, "" and "auto".</summary>
    /// <exception cref="InvalidDataException">This build or this machine lacks the tier.</exception>
    public static KernelTier Choose(string? name) => Choose(name, All);

    /// <summary>The tier of a name, or the best one, among these.</summary>
    internal static KernelTier Choose(string? name, IReadOnlyList<KernelTier> tiers)
    {
        var available = tiers.Where(tier => tier.IsSupported);
        if (string.IsNullOrWhiteSpace(name) || name.Equals("auto", StringComparison.OrdinalIgnoreCase)) return available.Last();
        var tier = tiers.FirstOrDefault(tier => tier.Name.Equals(name.Trim(), StringComparison.OrdinalIgnoreCase));
        var present = string.Join(", ", available.Select(t => t.Name));
        if (tier is null) throw new InvalidDataException($"{Variable}={name} names no tier of this build; this machine has {present}");
        if (tier.Missing is { } reason) throw new InvalidDataException($"{Variable}={name}: this machine lacks {tier.Name} ({reason}); it has {present}");
        return tier;
    }

    /// <summary>The tiers of this build as they are on a machine of such features.</summary>
    internal static IReadOnlyList<KernelTier> For(ProcessorFeatures features) =>
    [
        new("portable", "128-bit vectors, any processor", "fp32", null, pool => new CpuKernels<float, PortableLanes>(DType.Float32, "portable", pool)),
        new("avx2", "256-bit vectors with fused multiply-add", "fp32", Avx2Lanes.IsSupported ? null : "the processor lacks AVX2 or FMA",
            pool => new CpuKernels<float, Avx2Lanes>(DType.Float32, "avx2", pool)),
        new("avx512", "512-bit vectors, 32 registers", "fp32", features.MissingForAvx512, pool => new CpuKernels<float, Avx512Lanes>(DType.Float32, "avx512", pool)),
        new("avx512vnni", "avx512, int8 products by VPDPBUSD (assembled)", "int8", features.MissingForVnni,
            pool => new CpuKernels<float, Avx512Lanes>(DType.Float32, "avx512vnni", pool, int8: Int8(features))),
        new("avx512bf16", "avx512, bf16 products by VDPBF16PS (assembled)", "bf16", features.MissingForBFloat16,
            pool => new CpuKernels<float, Avx512Lanes>(DType.Float32, "avx512bf16", pool, Avx512BFloat16Kernel.Shared, Int8(features))),
        new("amx", "avx512, bf16 products by TDPBF16PS in tiles (assembled)", "bf16", features.MissingForAmxBFloat16,
            pool => new CpuKernels<float, Avx512Lanes>(DType.Float32, "amx", pool, AmxBFloat16Kernel.Shared, features.MissingForAmxInt8 is null ? () => AmxInt8Kernel.Shared : Int8(features))),
    ];

    private static Func<Int8Kernel>? Int8(ProcessorFeatures features) => features.MissingForVnni is null ? () => Avx512VnniKernel.Shared : null;
}
