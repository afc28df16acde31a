using System.IO.MemoryMappedFiles;
using System.Runtime.InteropServices;

namespace Puna.Models;

/// <summary>A read-only mapping of a whole file.</summary>
internal sealed unsafe partial class MappedView : IDisposable
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

    /// <summary>
    /// Tells the system that these bytes will hardly be read again, so that a large file read once does not fill the process' memory: it may take the pages
    /// back, and reads them anew from the file if it must. Windows takes pages back only when it needs them; there nothing is done.
    /// </summary>
    public void Forget(long offset, long count)
    {
        if (OperatingSystem.IsWindows() || offset < 0 || count <= 0 || offset > _length - count) return;
        const int DontNeed = 4; // Linux and macOS
        var page = (ulong)Environment.SystemPageSize;
        var (first, end) = (((ulong)Pointer + (ulong)offset) / page * page, (ulong)Pointer + (ulong)offset + (ulong)count);
        if (offset + count < _length) end = end / page * page; // the rest of the last page belongs to what follows
        if (end > first) _ = madvise((void*)first, (nuint)(end - first), DontNeed);
    }

    public void Dispose()
    {
        if (_disposed) return;
        _disposed = true;
        _accessor.SafeMemoryMappedViewHandle.ReleasePointer();
        _accessor.Dispose();
    }

    [LibraryImport("libc")]
    private static partial int madvise(void* address, nuint length, int advice);
}
