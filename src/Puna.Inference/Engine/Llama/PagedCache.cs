using Puna.Tensors;

namespace Puna.Inference;

/// <summary>Pages of keys and values that sequences share: a page is copied when one that others read too is written. Pages that nobody holds are kept for the next.</summary>
internal sealed unsafe class PagedCache(CacheLayout layout, long limitBytes) : IDisposable
{
    private const int Slack = 64; // the last register of a row may reach beyond it
    private const long MostBlockBytes = 16L << 20;
    private readonly Stack<Page> _free = new();
    private readonly List<NativeBuffer> _blocks = [];
    private long _pages;
    private bool _isDisposed;

    /// <summary>How a page lies in memory.</summary>
    public CacheLayout Layout => layout;

    /// <summary>Bytes taken from the system.</summary>
    public long Bytes => _pages * layout.PageBytes;

    /// <summary>Pages that can still be had.</summary>
    public long Available => _free.Count + Math.Max(0, (limitBytes / layout.PageBytes) - _pages);

    /// <summary>A page, with one reference.</summary>
    /// <exception cref="InsufficientMemoryException">The limit is reached, or the system has no memory.</exception>
    public Page Take()
    {
        RequireOpen();
        if (_free.Count == 0) Grow();
        var page = _free.Pop();
        page.References = 1;
        return page;
    }

    /// <summary>Says no once its memory was given back.</summary>
    public void RequireOpen() => ObjectDisposedException.ThrowIf(_isDisposed, typeof(LlamaEngine));

    /// <summary>Lets go of a page.</summary>
    public void Release(Page page)
    {
        if (--page.References == 0) _free.Push(page);
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _isDisposed = true;
        foreach (var block in _blocks) block.Dispose();
        _blocks.Clear();
        _free.Clear();
    }

    /// <summary>Takes memory for as many pages as there are, up to a limit: large pieces lie on huge pages.</summary>
    private void Grow()
    {
        var room = (limitBytes / layout.PageBytes) - _pages;
        if (room <= 0) throw new InsufficientMemoryException($"the cache of {limitBytes:N0} bytes is full: all of its {_pages:N0} pages of {CacheLayout.PagePositions} positions are in use");
        var count = (int)Math.Clamp(Math.Min(_pages, MostBlockBytes / layout.PageBytes), 1, room);
        NativeBuffer block;
        try
        {
            block = new NativeBuffer((count * layout.PageBytes) + Slack);
        }
        catch (InsufficientMemoryException) when (count > 1)
        {
            count = 1; // perhaps there is room for what is needed now
            block = new NativeBuffer(layout.PageBytes + Slack);
        }
        _blocks.Add(block);
        _pages += count;
        for (var i = count - 1; i >= 0; i--) _free.Push(new Page((byte*)block.Pointer + (i * layout.PageBytes)));
    }

    /// <summary>A page of the cache.</summary>
    internal sealed class Page(byte* data)
    {
        /// <summary>Its first byte.</summary>
        public byte* Data => data;

        /// <summary>Sequences that hold it.</summary>
        public int References { get; set; }
    }
}
