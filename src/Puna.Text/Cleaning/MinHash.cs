namespace Puna.Text;

/// <summary>
/// A short signature from which the Jaccard similarity of two documents can be told: for each of <see cref="Count"/> random orders the first of the
/// document's shingles, runs of five words in lower case. The share of equal entries of two signatures estimates the share of equal shingles.
/// Source: Broder, «On the resemblance and containment of documents», SEQUENCES 1997, section 4; five words as in Rae et al., «Scaling language models»
/// (Gopher), 2021, appendix A1.1.
/// </summary>
public static class MinHash
{
    /// <summary>Entries of a signature.</summary>
    public const int Count = 128;

    /// <summary>Words of a shingle; a shorter document is one shingle.</summary>
    public const int ShingleWords = 5;

    private static readonly (ulong[] Factors, ulong[] Summands) Orders = MakeOrders();

    /// <summary>The signature of a text: 128 numbers of 32 bits. The same on every machine.</summary>
    public static uint[] Signature(ReadOnlySpan<char> text)
    {
        var words = WordList.Split(text);
        var hashes = new ulong[words.Count];
        for (var i = 0; i < hashes.Length; i++) hashes[i] = WordList.Hash(text[words[i]]);
        var shingles = new HashSet<ulong>();
        for (var i = 0; i + ShingleWords <= hashes.Length; i++) shingles.Add(Combine(hashes.AsSpan(i, ShingleWords)));
        if (shingles.Count == 0) shingles.Add(Combine(hashes));
        var signature = new uint[Count];
        Array.Fill(signature, uint.MaxValue);
        foreach (var shingle in shingles)
            for (var i = 0; i < Count; i++)
            {
                // multiply-add, high bits: an order of its own for each pair of factor and summand
                var place = (uint)(((Orders.Factors[i] * shingle) + Orders.Summands[i]) >> 32);
                if (place < signature[i]) signature[i] = place;
            }
        return signature;
    }

    /// <summary>The estimate of the Jaccard similarity, 0 to 1; its standard deviation is at most 0.045.</summary>
    public static double Similarity(ReadOnlySpan<uint> first, ReadOnlySpan<uint> second)
    {
        var equal = 0;
        for (var i = 0; i < Count; i++) equal += first[i] == second[i] ? 1 : 0;
        return equal / (double)Count;
    }

    private static ulong Combine(ReadOnlySpan<ulong> hashes)
    {
        var hash = (ulong)hashes.Length;
        foreach (var word in hashes) hash = WordList.Mix((hash * 0x9E3779B97F4A7C15ul) + word);
        return hash;
    }

    private static (ulong[] Factors, ulong[] Summands) MakeOrders()
    {
        var (factors, summands) = (new ulong[Count], new ulong[Count]);
        for (var i = 0; i < Count; i++) (factors[i], summands[i]) = (WordList.Mix((ulong)((2 * i) + 1)) | 1, WordList.Mix((ulong)((2 * i) + 2)));
        return (factors, summands);
    }
}
