using System.Numerics;
using System.Runtime.InteropServices;

namespace Puna.Text;

/// <summary>
/// Counts words in bounded memory. Where a new word finds no room, the rarest words are dropped, of equals those that a hash of the word chooses, until half of the room is
/// free; what was dropped is counted too. So with little room the counts of rare words are too low, by less than what a word needs to stay. All of it is a function of the
/// words and their order.
/// </summary>
internal sealed class WordCounter
{
    /// <summary>A word stood before another one, or at the end of a line.</summary>
    public const byte BeforeWord = 1, AtLineEnd = 2;

    private const int PageSize = 1 << 12, PageOverhead = 32, EntryBytes = 24, SlotBytes = 4, BytesPerKept = 72;
    private readonly long most;
    private readonly List<char[]> pages = [];
    private Entry[] entries = new Entry[16];
    private int[] slots = new int[32];
    private int inPage = PageSize;
    private long pageBytes;

    /// <param name="most">Bytes that the counts may take.</param>
    public WordCounter(long most) => (this.most, PeakBytes) = (most, TableBytes(entries.Length));

    private struct Entry
    {
        public long Count;
        public int Page, Length;
        public uint Hash;
        public ushort Start;
        public byte Marks;
    }

    /// <summary>Words that are counted.</summary>
    public int Count { get; private set; }

    /// <summary>The most bytes that were taken at any time, while a table moved to a larger one too.</summary>
    public long PeakBytes { get; private set; }

    /// <summary>How often a word was dropped, and how often those words had been counted.</summary>
    public (long Words, long Occurrences) Dropped { get; private set; }

    /// <summary>Of a trainer's memory, what the counts may take: the trainer needs the rest for what it makes of them.</summary>
    public static WordCounter Within(long trainerMemory) => new(trainerMemory / 10);

    public void Add(ReadOnlySpan<char> word, long times = 1, byte marks = 0)
    {
        var hash = Hash(word);
        var slot = Find(word, hash);
        if (slots[slot] == 0)
        {
            if (!HasRoom(word.Length)) Drop();
            if (Count == entries.Length) Grow(entries.Length * 2);
            slot = Find(word, hash);
            slots[slot] = Count + 1;
            entries[Count++] = Store(word, hash);
        }
        ref var entry = ref entries[slots[slot] - 1];
        entry.Count += times;
        entry.Marks |= marks;
    }

    /// <summary>Adds what another counter has, in the order in which it met the words.</summary>
    public void Add(WordCounter other)
    {
        for (var i = 0; i < other.Count; i++) Add(other.Word(i), other.entries[i].Count, other.entries[i].Marks);
    }

    /// <summary>The words in the order in which they came.</summary>
    public IEnumerable<(string Word, long Count, byte Marks)> All()
    {
        for (var i = 0; i < Count; i++) yield return (Word(i).ToString(), entries[i].Count, entries[i].Marks);
    }

    private ReadOnlySpan<char> Word(int entry) => pages[entries[entry].Page].AsSpan(entries[entry].Start, entries[entry].Length);

    private bool HasRoom(int length)
    {
        var more = inPage + length > PageSize ? PageBytes(length) : 0;
        if (Count == entries.Length) more += TableBytes(entries.Length * 2);
        return pageBytes + TableBytes(entries.Length) + more <= most / 10 * 6;
    }

    private Entry Store(ReadOnlySpan<char> word, uint hash)
    {
        if (inPage + word.Length > PageSize)
        {
            pages.Add(new char[Math.Max(PageSize, word.Length)]);
            pageBytes += PageBytes(word.Length);
            inPage = 0;
        }
        word.CopyTo(pages[^1].AsSpan(inPage));
        var entry = new Entry { Hash = hash, Page = pages.Count - 1, Start = (ushort)inPage, Length = word.Length };
        inPage += word.Length;
        Note(0);
        return entry;
    }

    private void Grow(int capacity)
    {
        Note(TableBytes(capacity));
        Array.Resize(ref entries, capacity);
        slots = new int[capacity * 2];
        for (var i = 0; i < Count; i++)
        {
            var slot = (int)entries[i].Hash & (slots.Length - 1);
            while (slots[slot] != 0) slot = (slot + 1) & (slots.Length - 1);
            slots[slot] = i + 1;
        }
    }

    private void Drop()
    {
        var order = new int[Count];
        for (var i = 0; i < order.Length; i++) order[i] = i;
        Array.Sort(order, (one, other) => entries[one].Count != entries[other].Count ? entries[other].Count.CompareTo(entries[one].Count)
            : entries[one].Hash != entries[other].Hash ? entries[one].Hash.CompareTo(entries[other].Hash) : Word(one).SequenceCompareTo(Word(other)));
        var kept = 0;
        for (long bytes = 0; kept < order.Length; kept++)
        {
            bytes += BytesPerKept + (2L * entries[order[kept]].Length);
            if (bytes > most / 10 * 3) break;
        }
        var (words, occurrences) = Dropped;
        foreach (var entry in order.AsSpan(kept)) (words, occurrences) = (words + 1, occurrences + entries[entry].Count);
        Dropped = (words, occurrences);
        var smaller = new WordCounter(most);
        smaller.Grow((int)BitOperations.RoundUpToPowerOf2((uint)Math.Max(16, kept)));
        foreach (var entry in order.AsSpan(0, kept)) smaller.Add(Word(entry), entries[entry].Count, entries[entry].Marks);
        Note(smaller.PeakBytes + (4L * order.Length));
        (entries, slots, Count, inPage, pageBytes) = (smaller.entries, smaller.slots, smaller.Count, smaller.inPage, smaller.pageBytes);
        pages.Clear();
        pages.AddRange(smaller.pages);
    }

    private void Note(long more) => PeakBytes = Math.Max(PeakBytes, pageBytes + TableBytes(entries.Length) + more);

    private static long TableBytes(int capacity) => (long)capacity * (EntryBytes + (2 * SlotBytes));

    private static long PageBytes(int length) => (2L * Math.Max(PageSize, length)) + PageOverhead;

    private int Find(ReadOnlySpan<char> word, uint hash)
    {
        var slot = (int)hash & (slots.Length - 1);
        while (slots[slot] != 0 && !(entries[slots[slot] - 1].Hash == hash && Word(slots[slot] - 1).SequenceEqual(word))) slot = (slot + 1) & (slots.Length - 1);
        return slot;
    }

    // The same in every process, unlike the runtime's, because it decides which words are dropped.
    private static uint Hash(ReadOnlySpan<char> word)
    {
        const ulong Factor = 0x9E37_79B9_7F4A_7C15;
        var hash = (ulong)word.Length * Factor;
        var bytes = MemoryMarshal.AsBytes(word);
        while (bytes.Length >= 8)
        {
            hash = (hash ^ MemoryMarshal.Read<ulong>(bytes)) * Factor;
            hash ^= hash >> 29;
            bytes = bytes[8..];
        }
        for (; bytes.Length >= 2; bytes = bytes[2..]) hash = ((hash << 16) | (hash >> 48)) ^ MemoryMarshal.Read<ushort>(bytes);
        hash *= Factor;
        return (uint)((hash ^ (hash >> 29)) * Factor >> 32);
    }
}
