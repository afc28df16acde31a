using Puna.Tensors;

namespace Puna.Inference;

/// <summary>A sequence of a <see cref="LlamaEngine"/>: the pages of its keys and values, in order.</summary>
internal sealed unsafe class LlamaSequence(PagedCache cache) : EngineSequence
{
    private const int Page = CacheLayout.PagePositions;
    private readonly List<PagedCache.Page> _pages = [];
    private NativeBuffer? _table;
    private int _length;
    private bool _isDisposed;

    /// <inheritdoc/>
    public override int Length => _length;

    /// <summary>Where the pages lie, in order.</summary>
    public byte** Table => _table is null ? null : (byte**)_table.Pointer;

    /// <summary>Pages that so many more positions would need from the cache.</summary>
    public int Missing(int added)
    {
        var needed = ((_length + added + Page - 1) / Page) - _pages.Count;
        return needed + (IsLastShared ? 1 : 0);
    }

    /// <inheritdoc/>
    public override void Truncate(int length)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(length);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(length, _length);
        _length = length;
        Trim();
    }

    /// <inheritdoc/>
    public override EngineSequence Fork()
    {
        ObjectDisposedException.ThrowIf(_isDisposed, this);
        var copy = new LlamaSequence(cache) { _length = _length };
        foreach (var page in Filled)
        {
            page.References++;
            copy.Append(page);
        }
        return copy;
    }

    /// <inheritdoc/>
    public override void Save(Stream stream)
    {
        ObjectDisposedException.ThrowIf(_isDisposed, this);
        cache.RequireOpen();
        var bytes = checked((int)cache.Layout.PageBytes);
        var (whole, filled) = (_length / Page, _length % Page);
        foreach (var page in _pages.Take(whole)) stream.Write(new ReadOnlySpan<byte>(page.Data, bytes));
        if (filled == 0) return;
        // what was taken back, or stood in the page before, is nobody's business; others may read the page itself
        using var last = new NativeBuffer(bytes);
        Buffer.MemoryCopy(_pages[whole].Data, last.Pointer, bytes, bytes);
        cache.Layout.ClearFrom((byte*)last.Pointer, filled);
        stream.Write(new ReadOnlySpan<byte>(last.Pointer, bytes));
    }

    /// <summary>Fills an empty sequence with what <see cref="Save"/> wrote.</summary>
    public void Load(Stream stream, int length)
    {
        Reserve(length);
        foreach (var page in _pages) stream.ReadExactly(new Span<byte>(page.Data, checked((int)cache.Layout.PageBytes)));
        Advance(length);
    }

    /// <summary>Makes room for more positions that this sequence alone writes.</summary>
    /// <exception cref="InsufficientMemoryException">The cache is full; what was taken is given back by <see cref="Trim"/>.</exception>
    public void Reserve(int added)
    {
        ObjectDisposedException.ThrowIf(_isDisposed, this);
        cache.RequireOpen();
        Trim();
        if (IsLastShared)
        {
            var own = cache.Take();
            var shared = _pages[^1];
            Buffer.MemoryCopy(shared.Data, own.Data, cache.Layout.PageBytes, cache.Layout.PageBytes);
            cache.Release(shared);
            _pages[^1] = own;
            Table[_pages.Count - 1] = own.Data;
        }
        while (_pages.Count * Page < _length + added) Append(cache.Take());
    }

    /// <summary>Counts positions that were computed.</summary>
    public void Advance(int added) => _length += added;

    /// <summary>Gives back pages beyond the length.</summary>
    public void Trim()
    {
        while ((_pages.Count - 1) * Page >= _length && _pages.Count > 0)
        {
            cache.Release(_pages[^1]);
            _pages.RemoveAt(_pages.Count - 1);
        }
    }

    /// <inheritdoc/>
    protected override void Dispose(bool disposing)
    {
        if (!disposing || _isDisposed) return;
        _length = 0;
        Trim();
        _table?.Dispose();
        _isDisposed = true;
    }

    /// <summary>Pages with positions in them.</summary>
    private IEnumerable<PagedCache.Page> Filled => _pages.Take((_length + Page - 1) / Page);

    /// <summary>Whether the page that is written next has other readers.</summary>
    private bool IsLastShared => _length % Page != 0 && _pages[_length / Page].References > 1;

    private void Append(PagedCache.Page page)
    {
        _pages.Add(page);
        if (_table is null || _table.Bytes < _pages.Count * sizeof(byte*))
        {
            var grown = new NativeBuffer(Math.Max(64, 2 * (_table?.Bytes ?? 0)));
            for (var i = 0; i + 1 < _pages.Count; i++) ((byte**)grown.Pointer)[i] = _pages[i].Data;
            _table?.Dispose();
            _table = grown;
        }
        Table[_pages.Count - 1] = page.Data;
    }
}
