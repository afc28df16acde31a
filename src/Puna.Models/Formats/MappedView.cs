using System.IO.MemoryMappedFiles;

namespace Puna.Models;

/// <summary>A read-only mapping of a whole file.</summary>
internal sealed unsafe class MappedView : IDisposable
{
    private readonly MemoryMappedViewAccessor _accessor;
    private readonly long _length;
    private bool _disposed;

    public MappedView(MemoryMappedFile file, long length)
    {
        _accessor = file.CreateViewAccessor(0, length, MemoryMappedFileAccess.Read);
        _length = length;
        byte* pointer = null;
        _accessor.SafeMemoryMappedViewHandle.AcquirePointer(ref pointer);
        Pointer = pointer + _accessor.PointerOffset;
    }

    public byte* Pointer { get; }

    public ReadOnlySpan<byte> Bytes(long offset, int count)
    {
        if (offset < 0 || count < 0 || offset > _length - count) throw new ArgumentOutOfRangeException(nameof(offset));
        return new ReadOnlySpan<byte>(Pointer + offset, count);
    }

    public void Dispose()
    {
        if (_disposed) return;
        _disposed = true;
        _accessor.SafeMemoryMappedViewHandle.ReleasePointer();
        _accessor.Dispose();
    }
}
