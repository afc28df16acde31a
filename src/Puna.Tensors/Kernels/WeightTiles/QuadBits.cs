using System.Runtime.CompilerServices;

namespace Puna.Tensors;

/// <summary>Bit fields of four bytes at once. They move between words, so that fields of several groups in one byte of a file become fields of one group in one byte of a tile.</summary>
internal static unsafe class QuadBits
{
    /// <summary>Bits 0 to 3 of every byte.</summary>
    public const uint Nibbles = 0x0F0F0F0F;

    /// <summary>Bits 0 and 1 of every byte.</summary>
    public const uint Pairs = 0x03030303;

    /// <summary>
    /// Transposes fields of 4, 2 or 1 bits in bytes of eight words, as a matrix is transposed. Before: word i has columns 4·i to 4·i + 3, field g of a byte belongs to group g.
    /// After, as the planes of <see cref="WeightTileFormat"/> are: 4 bits: group g in words 4·g to 4·g + 3, word q of them with quads q and q + 4;
    /// 2 bits: in words 2·g and 2·g + 1, word p of them with quads p, p + 2, p + 4, p + 6; 1 bit: in word g, with all quads.
    /// </summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Exchange<W>(W* words, int bits)
        where W : unmanaged, IRowWords<W>
    {
        var (w0, w1, w2, w3, w4, w5, w6, w7) = (words[0], words[1], words[2], words[3], words[4], words[5], words[6], words[7]);
        var mask = W.Create(0x0F0F0F0F);
        Swap(ref w0, ref w4, 4, mask);
        Swap(ref w1, ref w5, 4, mask);
        Swap(ref w2, ref w6, 4, mask);
        Swap(ref w3, ref w7, 4, mask);
        if (bits <= 2)
        {
            mask = W.Create(0x33333333);
            Swap(ref w0, ref w2, 2, mask);
            Swap(ref w1, ref w3, 2, mask);
            Swap(ref w4, ref w6, 2, mask);
            Swap(ref w5, ref w7, 2, mask);
        }
        if (bits == 1)
        {
            mask = W.Create(0x55555555);
            Swap(ref w0, ref w1, 1, mask);
            Swap(ref w2, ref w3, 1, mask);
            Swap(ref w4, ref w5, 1, mask);
            Swap(ref w6, ref w7, 1, mask);
        }
        (words[0], words[1], words[2], words[3], words[4], words[5], words[6], words[7]) = (w0, w1, w2, w3, w4, w5, w6, w7);
    }

    /// <summary>Bit 4·q + b of a word, that of column 4·q + b, moves to bit q of byte b: four exchanges of two bits of the five-bit number of a bit.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static W Columns<W>(W word)
        where W : unmanaged, IRowWords<W> => Swap(Swap(Swap(Swap(word, 14, 0x0000CCCC), 7, 0x00AA00AA), 2, 0x0C0C0C0C), 1, 0x22222222);

    /// <summary>Exchanges the bits of one word that a mask, moved up, covers for those of another that it covers.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Swap<W>(ref W upper, ref W lower, int shift, W mask)
        where W : unmanaged, IRowWords<W>
    {
        var difference = ((upper >>> shift) ^ lower) & mask;
        lower ^= difference;
        upper ^= difference << shift;
    }

    /// <summary>The same within a word.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static W Swap<W>(W word, int shift, uint mask)
        where W : unmanaged, IRowWords<W>
    {
        var difference = ((word >>> shift) ^ word) & W.Create(mask);
        return word ^ difference ^ (difference << shift);
    }
}
