namespace Puna.Tensors;

/// <summary>
/// Memory for activations: handed out by moving a pointer, given back all at once by <see cref="Reset"/>, or back to a mark by
/// <see cref="Release"/>. Tensor objects are pooled too, so a step that allocates what the last one did touches neither the
/// managed heap nor the system. Grows by whole chunks when a step needs more; after a reset the chunks are joined into one.
/// Not safe for use by several threads.
/// </summary>
public sealed unsafe class Arena : IDisposable
{
    private const long SmallestChunk = 1 << 20;
    private readonly List<NativeBuffer> _chunks = [];
    private readonly List<Tensor> _tensors = [];
    private int _chunk;
    private int _tensor;
    private long _offset;

    /// <summary>An arena.</summary>
    /// <param name="bytes">Taken from the system at once; a step that needs no more finds one piece and nothing is taken twice.</param>
    /// <exception cref="InsufficientMemoryException">The system refused.</exception>
    public Arena(long bytes = 0)
    {
        if (bytes > 0) _chunks.Add(new NativeBuffer(bytes));
    }

    /// <summary>Bytes in use now.</summary>
    public long UsedBytes { get; private set; }

    /// <summary>The most bytes that were in use at once.</summary>
    public long PeakBytes { get; private set; }

    /// <summary>Bytes taken from the system.</summary>
    public long CapacityBytes
    {
        get
        {
            var total = 0L;
            foreach (var chunk in _chunks) total += chunk.Bytes;
            return total;
        }
    }

    /// <summary>A place to come back to.</summary>
    public readonly record struct Mark(int Chunk, int Tensor, long Offset, long Used);

    /// <summary>A tensor whose elements are not set; it lives until the arena is reset or released past it.</summary>
    /// <exception cref="OutOfMemoryException">The system has no more memory.</exception>
    public Tensor Allocate(DType type, Shape shape)
    {
        var bytes = (DTypeLayout.Of(type).Bytes(shape.Count) + NativeBuffer.Alignment - 1) / NativeBuffer.Alignment * NativeBuffer.Alignment;
        var tensor = Pooled();
        tensor.Assign(Take(bytes), type, shape, this);
        return tensor;
    }

    /// <summary>Another shape for the memory of a tensor, without an object of its own on the managed heap.</summary>
    public Tensor View(Tensor source, Shape shape)
    {
        if (shape.Count != source.Count) throw new ArgumentException($"{source.Shape} has {source.Count} elements, {shape} needs {shape.Count}");
        var tensor = Pooled();
        tensor.Assign((byte*)source.Data, source.DType, shape, source);
        return tensor;
    }

    /// <summary>Remembers the present state.</summary>
    public Mark Set() => new(_chunk, _tensor, _offset, UsedBytes);

    /// <summary>Gives back everything allocated after the mark.</summary>
    public void Release(Mark mark) => (_chunk, _tensor, _offset, UsedBytes) = (mark.Chunk, mark.Tensor, mark.Offset, mark.Used);

    /// <summary>Gives back everything, and joins the chunks so that the next step finds one piece.</summary>
    public void Reset()
    {
        Release(default);
        if (_chunks.Count <= 1) return;
        var total = CapacityBytes;
        Free();
        _chunks.Add(new NativeBuffer(total));
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        Free();
        Release(default);
    }

    private Tensor Pooled()
    {
        if (_tensor == _tensors.Count) _tensors.Add(new Tensor());
        return _tensors[_tensor++];
    }

    private byte* Take(long bytes)
    {
        while (_chunk < _chunks.Count && _offset + bytes > _chunks[_chunk].Bytes)
        {
            _chunk++;
            _offset = 0;
        }
        if (_chunk == _chunks.Count) _chunks.Add(new NativeBuffer(Math.Max(bytes, Math.Max(SmallestChunk, CapacityBytes))));
        var pointer = (byte*)_chunks[_chunk].Pointer + _offset;
        _offset += bytes;
        UsedBytes += bytes;
        PeakBytes = Math.Max(PeakBytes, UsedBytes);
        return pointer;
    }

    private void Free()
    {
        foreach (var chunk in _chunks) chunk.Dispose();
        _chunks.Clear();
    }
}
