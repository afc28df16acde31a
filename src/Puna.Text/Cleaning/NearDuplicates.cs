namespace Puna.Text;

/// <summary>
/// Finds documents that are nearly the same as one kept before, by locality-sensitive hashing of their <see cref="MinHash"/> signatures: signatures are cut
/// into bands, and documents that share a whole band are compared. Source: Leskovec, Rajaraman, Ullman, «Mining of massive datasets», section 3.4.
/// What is kept of a document is 8 bits of each entry (Li and König, «b-bit minwise hashing», WWW 2010), 128 bytes, and 20 to 40 bytes a band: about
/// 500 to 900 bytes in all at a threshold of 0.8. Not safe for use by several threads.
/// </summary>
public sealed class NearDuplicates
{
    private const int Block = 1 << 12;
    private readonly BandTable[] _bands;
    private readonly List<byte[]> _kept = [];
    private int _count;

    /// <summary>An index without documents.</summary>
    /// <param name="threshold">Jaccard similarity of five-word shingles from which on two documents count as the same, above 0 and at most 1.</param>
    public NearDuplicates(double threshold)
    {
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(threshold);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(threshold, 1);
        Threshold = threshold;
        (Bands, Rows) = Choose(threshold);
        _bands = [.. Enumerable.Range(0, Bands).Select(_ => new BandTable())];
    }

    /// <summary>Similarity from which on a document is dropped.</summary>
    public double Threshold { get; }

    /// <summary>Bands of a signature.</summary>
    public int Bands { get; }

    /// <summary>Entries of a band.</summary>
    public int Rows { get; }

    /// <summary>Keeps a document; false where one kept before is at least as similar as the threshold, and then it is not kept.</summary>
    /// <param name="signature">Of <see cref="MinHash.Signature"/>.</param>
    public bool Add(ReadOnlySpan<uint> signature)
    {
        Span<byte> bits = stackalloc byte[MinHash.Count];
        for (var i = 0; i < bits.Length; i++) bits[i] = (byte)signature[i];
        Span<ulong> keys = stackalloc ulong[Bands];
        for (var band = 0; band < Bands; band++)
        {
            keys[band] = Key(signature.Slice(band * Rows, Rows));
            foreach (var other in _bands[band].Find(keys[band]))
                if (Similarity(bits, Signature(other)) >= Threshold) return false;
        }
        if (_count % Block == 0) _kept.Add(new byte[Block * MinHash.Count]);
        bits.CopyTo(Signature(_count));
        for (var band = 0; band < Bands; band++) _bands[band].Add(keys[band], _count);
        _count++;
        return true;
    }

    private Span<byte> Signature(int document) => _kept[document / Block].AsSpan(document % Block * MinHash.Count, MinHash.Count);

    /// <summary>Entries that differ agree in 8 bits by chance once in 256 times.</summary>
    private static double Similarity(ReadOnlySpan<byte> first, ReadOnlySpan<byte> second)
    {
        var equal = 0;
        for (var i = 0; i < first.Length; i++) equal += first[i] == second[i] ? 1 : 0;
        return ((equal / (double)MinHash.Count) - (1 / 256.0)) / (1 - (1 / 256.0));
    }

    private static ulong Key(ReadOnlySpan<uint> band)
    {
        var key = 0ul;
        foreach (var entry in band) key = WordList.Mix((key * 0x9E3779B97F4A7C15ul) + entry);
        return key;
    }

    /// <summary>
    /// Of all cuts the one whose chance to meet, 1 - (1 - s^rows)^bands, is at least 0.95 where the similarity s is the threshold, with the most rows:
    /// the fewest comparisons for nothing. What meets by chance is compared before it is dropped.
    /// </summary>
    private static (int Bands, int Rows) Choose(double threshold)
    {
        for (var rows = MinHash.Count / 4; rows > 1; rows--)
        {
            var bands = MinHash.Count / rows;
            if (1 - Math.Pow(1 - Math.Pow(threshold, rows), bands) >= 0.95) return (bands, rows);
        }
        return (MinHash.Count, 1);
    }
}

/// <summary>Documents by the hash of a band: a chained table of plain arrays, 20 to 40 bytes an entry. Entries come in the order of their documents.</summary>
internal sealed class BandTable
{
    private int[] _first = Filled(1 << 10);
    private ulong[] _keys = new ulong[1 << 10];
    private int[] _next = new int[1 << 10];
    private int[] _documents = new int[1 << 10];
    private int _count;

    public IEnumerable<int> Find(ulong key)
    {
        for (var entry = _first[Slot(key)]; entry >= 0; entry = _next[entry])
            if (_keys[entry] == key) yield return _documents[entry];
    }

    public void Add(ulong key, int document)
    {
        if (_count == _keys.Length)
        {
            var size = checked(_count * 2);
            Array.Resize(ref _keys, size);
            Array.Resize(ref _next, size);
            Array.Resize(ref _documents, size);
            _first = Filled(size);
            for (var entry = 0; entry < _count; entry++) Link(entry);
        }
        (_keys[_count], _documents[_count]) = (key, document);
        Link(_count++);
    }

    private int Slot(ulong key) => (int)(key & (ulong)(_first.Length - 1));

    private void Link(int entry)
    {
        ref var first = ref _first[Slot(_keys[entry])];
        (_next[entry], first) = (first, entry);
    }

    private static int[] Filled(int size)
    {
        var array = new int[size];
        Array.Fill(array, -1);
        return array;
    }
}
