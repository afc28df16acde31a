namespace Puna.Text;

/// <summary>
/// Merges the symbols of one word: always the adjacent pair of lowest rank, the leftmost of equals, until none is in the table. Short words by
/// looking at all pairs each time; long ones through a heap, so that n symbols take n log n. The buffers are kept from word to word.
/// One merger serves one thread.
/// </summary>
internal sealed class PairMerger(MergeTable merges)
{
    // Above this many symbols the heap is quicker; above the second the buffers are given back after use.
    private const int Short = 48, MostKept = 1 << 18;
    private int[] ranks = [], next = [], previous = [];
    private ulong[] heap = [];
    private int heapCount;

    /// <summary>Merges in place.</summary>
    /// <param name="ids">The symbols; the result stands at the start. -1 is a symbol that never merges.</param>
    /// <returns>How many are left.</returns>
    public int Merge(Span<int> ids) => ids.Length < 2 ? ids.Length : ids.Length <= Short ? MergeShort(ids) : MergeLong(ids);

    private int MergeShort(Span<int> ids)
    {
        Span<int> rank = stackalloc int[Short];
        var count = ids.Length;
        for (var i = 0; i + 1 < count; i++) rank[i] = merges.Find(ids[i], ids[i + 1], out _);
        while (true)
        {
            var (best, at) = (MergeTable.None, -1);
            for (var i = 0; i + 1 < count; i++)
                if (rank[i] < best) (best, at) = (rank[i], i);
            if (at < 0) return count;
            merges.Find(ids[at], ids[at + 1], out ids[at]);
            count--;
            ids[(at + 2)..(count + 1)].CopyTo(ids[(at + 1)..]);
            if (at + 1 < count) rank[(at + 1)..count].CopyTo(rank[at..]);
            if (at > 0) rank[at - 1] = merges.Find(ids[at - 1], ids[at], out _);
            if (at + 1 < count) rank[at] = merges.Find(ids[at], ids[at + 1], out _);
        }
    }

    private int MergeLong(Span<int> ids)
    {
        Reserve(ids.Length);
        heapCount = 0;
        for (var i = 0; i < ids.Length; i++) (previous[i], next[i]) = (i - 1, i + 1 < ids.Length ? i + 1 : -1);
        for (var i = 0; i < ids.Length; i++) Propose(ids, i);
        while (heapCount > 0)
        {
            var best = Pop();
            var at = (int)(uint)best;
            // A proposal is out of date where the pair has another rank by now.
            if (ranks[at] != (int)(best >> 32)) continue;
            var right = next[at];
            merges.Find(ids[at], ids[right], out ids[at]);
            next[at] = next[right];
            if (next[right] >= 0) previous[next[right]] = at;
            ranks[right] = MergeTable.None;
            Propose(ids, at);
            if (previous[at] >= 0) Propose(ids, previous[at]);
        }
        var count = 0;
        for (var i = 0; i >= 0; i = next[i]) ids[count++] = ids[i];
        if (ids.Length > MostKept) (ranks, next, previous, heap) = ([], [], [], []);
        return count;
    }

    private void Propose(Span<int> ids, int at)
    {
        ranks[at] = next[at] < 0 ? MergeTable.None : merges.Find(ids[at], ids[next[at]], out _);
        if (ranks[at] != MergeTable.None) Push(((ulong)(uint)ranks[at] << 32) | (uint)at);
    }

    private void Reserve(int count)
    {
        if (ranks.Length >= count) return;
        (ranks, next, previous) = (new int[count], new int[count], new int[count]);
    }

    private void Push(ulong value)
    {
        if (heapCount == heap.Length) Array.Resize(ref heap, Math.Max(256, heap.Length * 2));
        var at = heapCount++;
        while (at > 0 && heap[(at - 1) / 2] > value)
        {
            heap[at] = heap[(at - 1) / 2];
            at = (at - 1) / 2;
        }
        heap[at] = value;
    }

    private ulong Pop()
    {
        var (top, value) = (heap[0], heap[--heapCount]);
        var at = 0;
        for (var child = 1; child < heapCount; child = (2 * at) + 1)
        {
            if (child + 1 < heapCount && heap[child + 1] < heap[child]) child++;
            if (heap[child] >= value) break;
            heap[at] = heap[child];
            at = child;
        }
        heap[at] = value;
        return top;
    }
}
