namespace Puna.Tensors;

/// <summary>The processor: a tier of kernels and a pool of threads.</summary>
public sealed class CpuDevice : Device
{
    private readonly WorkerPool _pool;
    private readonly Kernels _single;
    private Kernels? _double;

    /// <summary>Starts the threads.</summary>
    /// <param name="threads">How many; 0 for <see cref="ProcessorLimits.DefaultThreads"/>.</param>
    /// <param name="tier">The tier; null for <see cref="KernelTier.Choose()"/>.</param>
    /// <exception cref="InvalidDataException">A tier that the machine lacks, or a thread count out of range.</exception>
    public CpuDevice(int threads = 0, KernelTier? tier = null)
    {
        if (threads < 0 || threads > ProcessorLimits.MostThreads) throw new InvalidDataException($"--threads {threads}: use 1 to {ProcessorLimits.MostThreads}");
        Tier = tier ?? KernelTier.Choose();
        if (!Tier.IsSupported) throw new InvalidDataException($"this machine lacks {Tier.Name}: {Tier.Missing}");
        _pool = new WorkerPool(threads == 0 ? ProcessorLimits.DefaultThreads() : threads);
        _single = Tier.Create(_pool);
    }

    /// <summary>The tier in use.</summary>
    public KernelTier Tier { get; }

    /// <summary>Threads that compute.</summary>
    public int ThreadCount => _pool.ThreadCount;

    /// <inheritdoc/>
    public override string Name => "cpu";

    /// <inheritdoc/>
    public override string Description => $"{Tier.Name}, {ThreadCount} {(ThreadCount == 1 ? "thread" : "threads")}";

    internal WorkerPool Pool => _pool;

    /// <inheritdoc/>
    public override Kernels KernelsFor(DType type) => type switch
    {
        DType.Float32 or DType.BFloat16 => _single, // bf16: what products read
        DType.Float64 => _double ??= new CpuKernels<double, PortableDoubleLanes>(DType.Float64, "portable", _pool),
        _ => throw new NotSupportedException($"the processor computes in Float32 and Float64, not in {type}"),
    };

    /// <inheritdoc/>
    public override InferenceKernels CreateInferenceKernels() => Tier.Name switch
    {
        "portable" => new CpuInferenceKernels<PortableLanes>(Tier, _pool),
        "avx2" => new CpuInferenceKernels<Avx2Lanes>(Tier, _pool),
        _ => new CpuInferenceKernels<Avx512Lanes>(Tier, _pool),
    };

    /// <inheritdoc/>
    protected override void Dispose(bool disposing)
    {
        if (disposing) _pool.Dispose();
    }
}
