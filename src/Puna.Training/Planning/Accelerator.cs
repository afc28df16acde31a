namespace Puna.Training;

/// <summary>A best rate of an accelerator and the number format it is quoted for: a utilisation means something only with this name.</summary>
/// <param name="Format">For example «bf16 dense».</param>
/// <param name="Flops">Operations a second, a multiply-add counting as two.</param>
public readonly record struct PeakRate(string Format, double Flops);

/// <summary>
/// What a device can do at best and hold. The first peak is the one training in 16 bits is held to; the others are those that press
/// and data sheets quote beside it, and that no dense 16-bit training can reach.
/// </summary>
/// <param name="Name">What <c>--gpu</c> calls it.</param>
/// <param name="Description">The product, and where the figures are from.</param>
/// <param name="Peaks">At least one; the first is dense and of the training's format.</param>
/// <param name="MemoryBytes">Memory of one device.</param>
/// <param name="PricePerHour">US dollars an hour and device. An assumption of this program, about what is asked for on demand; not a quotation.</param>
public sealed record Accelerator(string Name, string Description, IReadOnlyList<PeakRate> Peaks, double MemoryBytes, double PricePerHour)
{
    /// <summary>The name that stands for this machine's processor, which has to be measured.</summary>
    public const string Cpu = "cpu";

    /// <summary>Operations a second that a utilisation is a share of.</summary>
    public double PeakFlops => Peaks[0].Flops;

    /// <summary>
    /// The devices known by name. A100 SXM 80 GB: NVIDIA A100 data sheet (312 TFLOP/s bf16 dense, 624 sparse). H100 SXM and H200 SXM:
    /// NVIDIA H100 and H200 data sheets, which print the sparse figures 1,979 (bf16) and 3,958 (fp8); dense is half of each, 989.4 as
    /// Llama 3's utilisation counts. T4: NVIDIA T4 data sheet (65 TFLOP/s fp16; it has no bf16).
    /// </summary>
    public static IReadOnlyList<Accelerator> All { get; } =
    [
        new("a100", "NVIDIA A100 SXM 80 GB", [new("bf16 dense", 312e12), new("bf16 sparse", 624e12)], 80e9, 2.0),
        new("h100", "NVIDIA H100 SXM 80 GB", [new("bf16 dense", 989.4e12), new("bf16 sparse, or fp8 dense", 1978.8e12), new("fp8 sparse", 3957.6e12)], 80e9, 3.0),
        new("h200", "NVIDIA H200 SXM 141 GB", [new("bf16 dense", 989.4e12), new("bf16 sparse, or fp8 dense", 1978.8e12), new("fp8 sparse", 3957.6e12)], 141e9, 4.0),
        new("t4", "NVIDIA T4 16 GB", [new("fp16 dense", 65e12)], 16e9, 0.35),
    ];

    /// <summary>The device of that name, not counting <see cref="Cpu"/>.</summary>
    /// <param name="name">In any case.</param>
    /// <exception cref="InvalidDataException">There is none.</exception>
    public static Accelerator Find(string name) =>
        All.FirstOrDefault(device => device.Name.Equals(name, StringComparison.OrdinalIgnoreCase))
        ?? throw new InvalidDataException($"there is no accelerator '{name}' to plan with; use {string.Join(", ", All.Select(device => device.Name))} or {Cpu}");

    /// <summary>This machine's processor.</summary>
    /// <param name="description">Its name.</param>
    /// <param name="peakFlops">fp32 operations a second, measured.</param>
    /// <param name="memoryBytes">Bytes that may be used.</param>
    public static Accelerator Processor(string description, double peakFlops, double memoryBytes) =>
        new(Cpu, description, [new("fp32, measured", peakFlops)], memoryBytes, 0.1);
}
