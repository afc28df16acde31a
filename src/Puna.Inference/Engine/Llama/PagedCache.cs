using Puna.Tensors;

namespace Puna.Inference;

/// <summary>Pages of keys and values that sequences share: a page is copied when one that others read too is written. Pages that nobody holds are kept for the next.</summary>
internal sealed unsafe class PagedCache(CacheLayout layout, long limitBytes) : IDisposable
{
    private const int Slack = 64; // the last register of a row may reach beyond it
    private readonly Stack<Page> _free = new();
    private readonly List<Page> _all = [];

    /// <summary>How a page lies in memory.</summary>
    public CacheLayout Layout => layout;

    /// <summary>Bytes taken from the system.</summary>
    public long Bytes => _all.Count * layout.PageBytes;

    /// <summary>Pages that can still be had.</summary>
    public long Available => _free.Count + Math.Max(0, (limitBytes / layout.PageBytes) - _all.Count);

    /// <summary>A page, with one reference.</summary>
    /// <exception cref="InsufficientMemoryException">The limit is reached, or the system has no memory.</exception>
    public Page Take()
    {
        if (_free.TryPop(out var page))
        {
            page.References = 1;
            return page;
        }
        if (Bytes + layout.PageBytes > limitBytes) throw new InsufficientMemoryException($"the cache of {limitBytes:N0} bytes is full: all of its {_all.Count:N0} pages of {CacheLayout.PagePositions} positions are in use");
        page = new Page(new NativeBuffer(layout.PageBytes + Slack)) { References = 1 };
        _all.Add(page);
        return page;
    }

    /// <summary>Lets go of a page.</summary>
    public void Release(Page page)
    {
        if (--page.References == 0) _free.Push(page);
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        foreach (var page in _all) page.Memory.Dispose();
        _all.Clear();
        _free.Clear();
    }

    /// <summary>A page of the cache.</summary>
    internal sealed class Page(NativeBuffer memory)
    {
        /// <summary>Its memory.</summary>
        public NativeBuffer Memory => memory;

        /// <summary>Sequences that hold it.</summary>
        public int References { get; set; }

        /// <summary>Its first byte.</summary>
        public byte* Data => (byte*)memory.Pointer;
    }
}
