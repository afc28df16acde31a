using System.Numerics;

namespace Puna.Text;

/// <summary>Which two tokens may become one, and in which order: a pair's rank (lowest first) and the token that it becomes. A table with open addressing.</summary>
internal sealed class MergeTable
{
    /// <summary>The rank of a pair that is not in the table.</summary>
    public const int None = int.MaxValue;

    private Entry[] entries;
    private int mask;

    /// <param name="expected">How many pairs will come, roughly.</param>
    public MergeTable(int expected)
    {
        entries = new Entry[1 << (BitOperations.Log2((uint)Math.Max(expected, 8)) + 2)];
        mask = entries.Length - 1;
    }

    // Key 0 is an empty entry, so the left id is stored plus one.
    private record struct Entry(ulong Key, int Rank, int Id);

    public int Count { get; private set; }

    /// <summary>Adds a pair; one that is there already gets the new rank.</summary>
    public void Set(int left, int right, int rank, int id)
    {
        if ((Count + 1) * 2 > entries.Length) Grow();
        ref var entry = ref entries[Slot(Key(left, right))];
        if (entry.Key == 0) Count++;
        entry = new Entry(Key(left, right), rank, id);
    }

    /// <summary>Rank of a pair, <see cref="None"/> where it is not in the table, and the token it becomes.</summary>
    public int Find(int left, int right, out int id)
    {
        if ((left | right) >= 0)
        {
            ref var entry = ref entries[Slot(Key(left, right))];
            if (entry.Key != 0)
            {
                id = entry.Id;
                return entry.Rank;
            }
        }
        id = -1;
        return None;
    }

    /// <summary>All pairs, lowest rank first, then by the ids.</summary>
    public IEnumerable<(int Left, int Right, int Rank, int Id)> InOrder() => entries.Where(entry => entry.Key != 0)
        .Select(entry => (Left: (int)(entry.Key >> 32) - 1, Right: (int)(uint)entry.Key, entry.Rank, entry.Id))
        .OrderBy(pair => pair.Rank).ThenBy(pair => pair.Left).ThenBy(pair => pair.Right);

    private static ulong Key(int left, int right) => ((ulong)(uint)(left + 1) << 32) | (uint)right;

    private int Slot(ulong key)
    {
        var slot = (int)((key * BpeVocabulary.Factor) >> 40) & mask;
        while (entries[slot].Key != 0 && entries[slot].Key != key) slot = (slot + 1) & mask;
        return slot;
    }

    private void Grow()
    {
        var old = entries;
        entries = new Entry[old.Length * 2];
        mask = entries.Length - 1;
        foreach (var entry in old)
            if (entry.Key != 0) entries[Slot(entry.Key)] = entry;
    }
}
