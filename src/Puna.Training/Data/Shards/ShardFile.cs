using System.IO.MemoryMappedFiles;

namespace Puna.Training;

/// <summary>A shard mapped into memory: the system reads and drops its pages as they are used. Safe for use by several threads.</summary>
public sealed unsafe class ShardFile : IDisposable
{
    private readonly MemoryMappedFile _file;
    private readonly MemoryMappedViewAccessor _view;
    private readonly byte* _bytes;
    private readonly long* _offsets;

    /// <summary>Opens a shard; its payload is not read yet, see <see cref="Verify"/>.</summary>
    /// <param name="path">The file.</param>
    /// <exception cref="InvalidDataException">Missing, no shard, or damaged in its header.</exception>
    public ShardFile(string path)
    {
        (Path, Header) = (path, ShardHeader.Read(path));
        _file = MemoryMappedFile.CreateFromFile(path, FileMode.Open, null, 0, MemoryMappedFileAccess.Read);
        _view = _file.CreateViewAccessor(0, Header.FileBytes, MemoryMappedFileAccess.Read);
        byte* start = null;
        _view.SafeMemoryMappedViewHandle.AcquirePointer(ref start);
        _bytes = start + _view.PointerOffset;
        _offsets = (long*)(_bytes + Header.OffsetsAt);
    }

    /// <summary>The file.</summary>
    public string Path { get; }

    /// <summary>Its header.</summary>
    public ShardHeader Header { get; }

    /// <summary>Copies tokens.</summary>
    /// <param name="start">First token of the shard.</param>
    /// <param name="target">Receives as many as it has room for.</param>
    public void Copy(long start, Span<int> target)
    {
        ArgumentOutOfRangeException.ThrowIfGreaterThan(start + target.Length, Header.TokenCount);
        if (Header.TokenBytes == 2)
        {
            var from = (ushort*)(_bytes + ShardHeader.Size) + start;
            for (var i = 0; i < target.Length; i++) target[i] = from[i];
        }
        else new ReadOnlySpan<int>((int*)(_bytes + ShardHeader.Size) + start, target.Length).CopyTo(target);
    }

    /// <summary>First token of a document; the count of tokens for the document after the last.</summary>
    public long DocumentStart(long document)
    {
        ArgumentOutOfRangeException.ThrowIfGreaterThan((ulong)document, (ulong)Header.DocumentCount);
        return _offsets[document];
    }

    /// <summary>The document that holds a token, by halving.</summary>
    public long FindDocument(long token)
    {
        var (low, high) = (0L, Header.DocumentCount - 1);
        while (low < high)
        {
            var middle = (low + high + 1) / 2;
            if (_offsets[middle] <= token) low = middle;
            else high = middle - 1;
        }
        return low;
    }

    /// <summary>Reads the whole payload and compares its checksum.</summary>
    /// <param name="read">Receives the bytes of each piece.</param>
    /// <param name="cancellation">Stops the reading.</param>
    /// <exception cref="InvalidDataException">The payload is damaged.</exception>
    public void Verify(Action<long>? read = null, CancellationToken cancellation = default)
    {
        const int Piece = 1 << 24;
        var crc = new Crc32C();
        for (var at = (long)ShardHeader.Size; at < Header.FileBytes; at += Piece)
        {
            cancellation.ThrowIfCancellationRequested();
            var count = (int)Math.Min(Piece, Header.FileBytes - at);
            crc.Add(new ReadOnlySpan<byte>(_bytes + at, count));
            read?.Invoke(count);
        }
        if (crc.Value != Header.PayloadChecksum) throw ShardHeader.Damaged(Path, "its tokens do not agree with their checksum");
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _view.SafeMemoryMappedViewHandle.ReleasePointer();
        _view.Dispose();
        _file.Dispose();
    }
}
