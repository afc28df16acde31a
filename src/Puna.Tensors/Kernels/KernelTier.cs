namespace Puna.Tensors;

/// <summary>
/// A set of instructions that kernels exist for. Tiers are listed best last. Those that C# has no intrinsics for are assembled when they
/// are first used; where processor, system or policy do not allow that, the tier is missing, says why, and the next best is taken.
/// </summary>
/// <param name="Name">As in <c>PUNA_ISA</c>: portable, avx2, avx512, avx512bf16.</param>
/// <param name="Description">What it uses.</param>
/// <param name="Format">Number format of its fastest products, which its peak is measured in: fp32, bf16, int8.</param>
/// <param name="Missing">Why this machine cannot use it; null where it can.</param>
/// <param name="Create">Makes its kernels for single precision.</param>
public sealed record KernelTier(string Name, string Description, string Format, string? Missing, Func<WorkerPool, Kernels> Create)
{
    /// <summary>The environment variable that forces a tier.</summary>
    public const string Variable = "PUNA_ISA";

    /// <summary>Every tier of this build, slowest first.</summary>
    public static IReadOnlyList<KernelTier> All { get; } =
    [
        new("portable", "128-bit vectors, any processor", "fp32", null, pool => new CpuKernels<float, PortableLanes>(DType.Float32, "portable", pool)),
        new("avx2", "256-bit vectors with fused multiply-add", "fp32", Avx2Lanes.IsSupported ? null : "the processor lacks AVX2 or FMA",
            pool => new CpuKernels<float, Avx2Lanes>(DType.Float32, "avx2", pool)),
        new("avx512", "512-bit vectors, 32 registers", "fp32", ProcessorFeatures.MissingForAvx512, pool => new CpuKernels<float, Avx512Lanes>(DType.Float32, "avx512", pool)),
        new("avx512bf16", "avx512, bf16 products by VDPBF16PS (assembled)", "bf16", ProcessorFeatures.MissingForBFloat16,
            pool => new CpuKernels<float, Avx512Lanes>(DType.Float32, "avx512bf16", pool, Avx512BFloat16Kernel.Shared)),
    ];

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
    public static KernelTier Choose(string? name)
    {
        if (string.IsNullOrWhiteSpace(name) || name.Equals("auto", StringComparison.OrdinalIgnoreCase)) return Available.Last();
        var tier = All.FirstOrDefault(tier => tier.Name.Equals(name.Trim(), StringComparison.OrdinalIgnoreCase));
        var present = string.Join(", ", Available.Select(t => t.Name));
        if (tier is null) throw new InvalidDataException($"{Variable}={name} names no tier of this build; this machine has {present}");
        if (tier.Missing is { } reason) throw new InvalidDataException($"{Variable}={name}: this machine lacks {tier.Name} ({reason}); it has {present}");
        return tier;
    }
}
