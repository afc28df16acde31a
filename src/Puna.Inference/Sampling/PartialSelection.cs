namespace Puna.Inference;

/// <summary>Brings the best few of many candidates to the front, in place, without sorting the rest.</summary>
internal static class PartialSelection
{
    /// <summary>
    /// Permutes <paramref name="items"/> so that the best <paramref name="count"/> come first, in no particular order. The front is a
    /// heap with its worst member at the root: most candidates cost one comparison with it, about count·ln(n/count) enter in random order.
    /// </summary>
    public static void BestToFront(Span<Candidate> items, int count)
    {
        var heap = items[..count];
        for (var parent = count / 2 - 1; parent >= 0; parent--) SiftDown(heap, parent);
        for (var i = count; i < items.Length; i++)
        {
            if (!items[i].IsBetterThan(heap[0])) continue;
            (items[i], heap[0]) = (heap[0], items[i]);
            SiftDown(heap, 0);
        }
    }

    private static void SiftDown(Span<Candidate> heap, int parent)
    {
        var moving = heap[parent];
        while (2 * parent + 1 < heap.Length)
        {
            var child = 2 * parent + 1;
            if (child + 1 < heap.Length && heap[child].IsBetterThan(heap[child + 1])) child++;
            if (!moving.IsBetterThan(heap[child])) break;
            heap[parent] = heap[child];
            parent = child;
        }
        heap[parent] = moving;
    }
}
