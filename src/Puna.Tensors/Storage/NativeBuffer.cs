using System.Runtime.InteropServices;

namespace Puna.Tensors;

/// <summary>
/// A piece of native memory, zeroed, aligned to 64 bytes (a cache line, the widest vector), outside the garbage collector's reach.
/// Dispose frees it; a forgotten one is freed by its finalizer.
/// </summary>
public sealed unsafe class NativeBuffer : IDisposable
{
    /// <summary>Alignment of every buffer and of every tensor in an <see cref="Arena"/>, in bytes.</summary>
    public const int Alignment = 64;

    private void* _pointer;

    /// <summary>Allocates and zeroes.</summary>
    /// <param name="bytes">Size; 0 is allowed.</param>
    /// <exception cref="InsufficientMemoryException">The system refused; the message says how much was asked for.</exception>
    public NativeBuffer(long bytes)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(bytes);
        Bytes = bytes;
        var rounded = (nuint)(bytes + Alignment - 1) / Alignment * Alignment;
        try
        {
            _pointer = NativeMemory.AlignedAlloc(Math.Max(rounded, Alignment), Alignment);
        }
        catch (OutOfMemoryException)
        {
            throw new InsufficientMemoryException($"the system has no {bytes:N0} bytes of memory left to give");
        }
        NativeMemory.Clear(_pointer, Math.Max(rounded, Alignment));
    }

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

    private void Free()
    {
        NativeMemory.AlignedFree(_pointer);
        _pointer = null;
    }
}
