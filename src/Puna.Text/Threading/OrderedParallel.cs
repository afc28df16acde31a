namespace Puna.Text;

/// <summary>Work on a sequence by several threads whose results come in the order of the sequence, with only a few items in memory.</summary>
public static class OrderedParallel
{
    /// <summary>The results in order. Items are taken while the results are enumerated, at most two a thread ahead. An exception of the work is thrown where its result would come.</summary>
    /// <param name="items">Enumerated by the caller's thread.</param>
    /// <param name="threads">How many items are worked on at once; with one the caller does it all.</param>
    /// <param name="work">Must be safe for use by several threads, and its result must depend on the item alone.</param>
    public static IEnumerable<TResult> Select<TItem, TResult>(IEnumerable<TItem> items, int threads, Func<TItem, TResult> work)
    {
        if (threads <= 1)
        {
            foreach (var item in items) yield return work(item);
            yield break;
        }
        var pending = new Queue<Task<TResult>>();
        using var room = new SemaphoreSlim(threads);
        try
        {
            foreach (var item in items)
            {
                pending.Enqueue(Task.Run(() =>
                {
                    room.Wait();
                    try
                    {
                        return work(item);
                    }
                    finally
                    {
                        room.Release();
                    }
                }));
                if (pending.Count >= 2 * threads) yield return pending.Dequeue().GetAwaiter().GetResult();
            }
            while (pending.Count > 0) yield return pending.Dequeue().GetAwaiter().GetResult();
        }
        finally
        {
            // whoever stops early waits for what was begun, so that nothing of it runs on
            foreach (var task in pending)
            {
                try
                {
                    task.Wait();
                }
                catch (AggregateException)
                {
                }
            }
        }
    }
}
