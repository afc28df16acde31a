using System.Runtime.CompilerServices;

namespace Puna.Tensors;

/// <summary>Bit fields of four bytes at once.</summary>
internal static class QuadBits
{
    public const uint Nibbles = 0x0F0F0F0F;
    public const uint Pairs = 0x03030303;

    /// <summary>Bit 4·q + b of a word, that of column 4·q + b, moves to bit q of byte b: four exchanges of two bits of the five-bit number of a bit.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static W Columns<W>(W word)
        where W : unmanaged, IRowWords<W> => Swap(Swap(Swap(Swap(word, 14, 0x0000CCCC), 7, 0x00AA00AA), 2, 0x0C0C0C0C), 1, 0x22222222);

    /// <summary>Exchanges the bits of one word that a mask, moved up, covers for those of another that it covers.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Swap<W>(ref W upper, ref W lower, int shift, W mask)
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
