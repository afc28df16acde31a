namespace Puna.Tensors;

/// <summary>
/// Where tensors live and who computes on them. The processor is the only device of this build. One computation at a time: its kernels
/// share scratch memory, so several threads need a device each or a lock.
/// </summary>
public abstract class Device : IDisposable
{
    /// <summary>As in <c>--device</c>: cpu.</summary>
    public abstract string Name { get; }

    /// <summary>One line about it: tier and threads.</summary>
    public abstract string Description { get; }

    /// <summary>The kernels for an element type.</summary>
    /// <exception cref="NotSupportedException">The device does not compute in this type.</exception>
    public abstract Kernels KernelsFor(DType type);

    /// <summary>Kernels for an engine that answers, with scratch memory of their own; they use the device's threads and must not outlive it.</summary>
    public abstract InferenceKernels CreateInferenceKernels();

    /// <summary>Whether, with products of this precision, activations and gradients that nothing but products read are kept in bf16.</summary>
    public bool KeepsBFloat16(Precision precision) => precision == Precision.BFloat16 && KernelsFor(DType.Float32).ReadsBFloat16;

    /// <summary>Opens the device that a user asked for.</summary>
    /// <param name="name">auto, cpu or cuda.</param>
    /// <param name="threads">Threads, 0 for <see cref="ProcessorLimits.DefaultThreads"/>.</param>
    /// <returns>The device and a sentence that says what was chosen and why.</returns>
    /// <exception cref="InvalidDataException">A device that this build lacks, an unknown name, or a thread count that cannot be.</exception>
    public static (Device Device, string Reason) Open(string? name, int threads = 0)
    {
        switch (name?.ToLowerInvariant())
        {
            case null or "" or "auto":
                var best = new CpuDevice(threads);
                return (best, $"device cpu ({best.Description}): the only device of this build");
            case "cpu":
                var cpu = new CpuDevice(threads);
                return (cpu, $"device cpu ({cpu.Description}): as asked");
            case "cuda":
                throw new InvalidDataException("--device cuda: this build has no CUDA device; use --device cpu or auto");
            default:
                throw new InvalidDataException($"--device {name}: unknown; use auto, cpu or cuda");
        }
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        Dispose(true);
        GC.SuppressFinalize(this);
    }

    /// <summary>Stops threads and frees memory.</summary>
    protected abstract void Dispose(bool disposing);
}
