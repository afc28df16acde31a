using System.Numerics;
using System.Runtime.CompilerServices;

namespace Puna.Text;

/// <summary>
/// Remembers what short words became. A fixed table without chains: a word takes the place of the one before it, so nothing is allocated
/// after it is made, whatever the text. One cache serves one thread.
/// </summary>
internal sealed class WordCache
{
    /// <summary>The longest word, in bytes, and the most ids of one.</summary>
    public const int LongestWord = 15, MostIds = 11;

    private const int Size = 1 << 13;
    private readonly Entry[] entries = new Entry[Size];

    [InlineArray(MostIds)]
    private struct Ids
    {
        private int first;
    }

    private struct Entry
    {
        public ulong Low, High;
        public int Count;
        public Ids Ids;
    }

    /// <summary>Looks a word up.</summary>
    /// <param name="word">1 to <see cref="LongestWord"/> bytes.</param>
    /// <param name="ids">Its ids, valid until the next call of <see cref="Set(ReadOnlySpan{byte}, ReadOnlySpan{int})"/>.</param>
    public bool TryGet(ReadOnlySpan<byte> word, out ReadOnlySpan<int> ids)
    {
        var (low, high) = Key(word);
        return TryGet(low, high, out ids);
    }

    /// <summary>The same for a word's bytes as two numbers, the last byte its length.</summary>
    public bool TryGet(ulong low, ulong high, out ReadOnlySpan<int> ids)
    {
        ref var entry = ref entries[Slot(low, high)];
        var found = entry.Low == low && entry.High == high;
        ids = found ? ((ReadOnlySpan<int>)entry.Ids)[..entry.Count] : [];
        return found;
    }

    public void Set(ReadOnlySpan<byte> word, ReadOnlySpan<int> ids)
    {
        var (low, high) = Key(word);
        Set(low, high, ids);
    }

    public void Set(ulong low, ulong high, ReadOnlySpan<int> ids)
    {
        if (ids.Length > MostIds) return;
        ref var entry = ref entries[Slot(low, high)];
        (entry.Low, entry.High, entry.Count) = (low, high, ids.Length);
        ids.CopyTo(entry.Ids);
    }

    // The length is the last byte of the key, so no word has the key of an empty entry.
    private static (ulong Low, ulong High) Key(ReadOnlySpan<byte> word)
    {
        ulong low = 0, high = (ulong)word.Length << 56;
        for (var i = 0; i < Math.Min(word.Length, 8); i++) low |= (ulong)word[i] << (8 * i);
        for (var i = 8; i < word.Length; i++) high |= (ulong)word[i] << (8 * (i - 8));
        return (low, high);
    }

    private static int Slot(ulong low, ulong high) => (int)(((low ^ BitOperations.RotateLeft(high, 31)) * 0x9E37_79B9_7F4A_7C15) >> 51);
}
