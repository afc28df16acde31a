namespace Puna.Tensors;

/// <summary>
/// A set of instructions that kernels exist for. Tiers are listed best last; a tier assembled at run time joins the list with
/// its own name, test of the machine and factory.
/// </summary>
/// <param name="Name">As in <c>PUNA_ISA</c>: portable, avx2, avx512.</param>
/// <param name="Description">What it uses.</param>
/// <param name="IsSupported">Whether this machine has it.</param>
/// <param name="Create">Makes its kernels for single precision.</param>
public sealed record KernelTier(string Name, string Description, bool IsSupported, Func<WorkerPool, Kernels> Create)
{
    /// <summary>The environment variable that forces a tier.</summary>
    public const string Variable = "PUNA_ISA";

    /// <summary>Every tier of this build, slowest first.</summary>
    public static IReadOnlyList<KernelTier> All { get; } =
    [
        new("portable", "128-bit vectors, any processor", true, pool => new CpuKernels<float, PortableLanes>(DType.Float32, "portable", pool)),
        new("avx2", "256-bit vectors with fused multiply-add", Avx2Lanes.IsSupported, pool => new CpuKernels<float, Avx2Lanes>(DType.Float32, "avx2", pool)),
        new("avx512", "512-bit vectors, 32 registers", Avx512Lanes.IsSupported, pool => new CpuKernels<float, Avx512Lanes>(DType.Float32, "avx512", pool)),
    ];

    /// <summary>The tiers this machine has, slowest first.</summary>
    public static IEnumerable<KernelTier> Available => All.Where(tier => tier.IsSupported);

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
        if (!tier.IsSupported) throw new InvalidDataException($"{Variable}={name}: this machine lacks {tier.Name}; it has {present}");
        return tier;
    }
}
