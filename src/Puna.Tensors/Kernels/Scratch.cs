namespace Puna.Tensors;

/// <summary>Memory that kernels use within one call: pieces that all threads share and one piece per thread. It grows to what was ever needed and stays.</summary>
internal sealed unsafe class Scratch(int workers)
{
    private NativeBuffer? _shared, _second, _perWorker;

    /// <summary>Memory that all threads of the present call may use; the next request invalidates it.</summary>
    public void* Shared(long bytes) => Grow(ref _shared, bytes);

    /// <summary>A second such piece.</summary>
    public void* Second(long bytes) => Grow(ref _second, bytes);

    /// <summary>A piece for each thread; ask before the threads start.</summary>
    public WorkerScratch PerWorker(long bytes)
    {
        var stride = (bytes + NativeBuffer.Alignment - 1) / NativeBuffer.Alignment * NativeBuffer.Alignment;
        return new WorkerScratch((byte*)Grow(ref _perWorker, stride * workers), stride);
    }

    /// <summary>Bytes held.</summary>
    public long Bytes => (_shared?.Bytes ?? 0) + (_second?.Bytes ?? 0) + (_perWorker?.Bytes ?? 0);

    /// <summary>Gives it back now.</summary>
    public void Free()
    {
        _shared?.Dispose();
        _second?.Dispose();
        _perWorker?.Dispose();
    }

    private static void* Grow(ref NativeBuffer? buffer, long bytes)
    {
        if (buffer is null || buffer.Bytes < bytes)
        {
            // half as much again as before, so that a cache growing token by token does not ask the system each time
            var grown = buffer is null ? bytes : Math.Max(bytes, buffer.Bytes + (buffer.Bytes / 2));
            buffer?.Dispose();
            buffer = null;
            buffer = new NativeBuffer(grown);
        }
        return buffer.Pointer;
    }
}

/// <summary>Equal pieces of scratch memory, one per thread.</summary>
internal readonly unsafe struct WorkerScratch(byte* memory, long stride)
{
    /// <summary>The piece of a thread.</summary>
    public void* Of(int worker) => memory + (worker * stride);
}
