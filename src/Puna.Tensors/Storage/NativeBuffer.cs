using System.Runtime.InteropServices;

namespace Puna.Tensors;

/// <summary>
/// A piece of native memory, zeroed where users make it, aligned to 64 bytes (a cache line, the widest vector), outside the garbage collector's reach.
/// Dispose frees it; a forgotten one is freed by its finalizer.
/// </summary>
public sealed unsafe partial class NativeBuffer : IDisposable
{
    /// <summary>Buffers of this size and more lie on huge pages where the system (Linux) gives them: fewer translations of addresses to look up.</summary>
    private const long HugeFrom = 2L << 20;
    private const nuint HugePage = 2 << 20;
    private const int AdviseHugePages = 14; // MADV_HUGEPAGE

    /// <summary>Alignment of every buffer and of every tensor in an <see cref="Arena"/>, in bytes.</summary>
    public const int Alignment = 64;

    [ThreadStatic] private static long _allocated;
    private void* _pointer;

    /// <summary>Allocates and zeroes.</summary>
    /// <param name="bytes">Size; 0 is allowed.</param>
    /// <exception cref="InsufficientMemoryException">The system refused; the message says how much was asked for.</exception>
    public NativeBuffer(long bytes)
        : this(bytes, isCleared: true)
    {
    }

    /// <summary>Allocates, and zeroes unless whoever asks writes all of it, perhaps on several threads.</summary>
    internal NativeBuffer(long bytes, bool isCleared)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(bytes);
        Bytes = bytes;
        var alignment = bytes >= HugeFrom && OperatingSystem.IsLinux() ? HugePage : Alignment;
        var rounded = (nuint)(bytes + Alignment - 1) / Alignment * Alignment;
        try
        {
            _pointer = NativeMemory.AlignedAlloc(Math.Max(rounded, Alignment), alignment);
            if (alignment == HugePage) _ = madvise(_pointer, rounded, AdviseHugePages); // advice: a refusal changes nothing
        }
        catch (OutOfMemoryException)
        {
            throw new InsufficientMemoryException($"the system has no {bytes:N0} bytes of memory left to give");
        }
        if (isCleared) NativeMemory.Clear(_pointer, Math.Max(rounded, Alignment));
        _allocated += bytes;
    }

    /// <summary>Bytes that the calling thread took in its life, those given back among them: what <see cref="GC.GetAllocatedBytesForCurrentThread"/> is for managed memory.</summary>
    public static long AllocatedOnThisThread => _allocated;

    /// <summary>Frees the memory of a buffer that was never disposed.</summary>
    ~NativeBuffer() => Free();

    /// <summary>Size in bytes as asked for.</summary>
    public long Bytes { get; }

    /// <summary>The first byte.</summary>
    /// <exception cref="ObjectDisposedException">The buffer was disposed.</exception>
    public void* Pointer
    {
        get
        {
            ObjectDisposedException.ThrowIf(_pointer is null, this);
            return _pointer;
        }
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        Free();
        GC.SuppressFinalize(this);
    }

    [LibraryImport("libc")]
    private static partial int madvise(void* address, nuint length, int advice);

    private void Free()
    {
        NativeMemory.AlignedFree(_pointer);
        _pointer = null;
    }
}
