using System.Runtime.CompilerServices;

namespace Puna.Tensors;

/// <summary>Parts that the blocks of several formats have in common, on their way from rows into tiles.</summary>
internal static unsafe class TileParts<W>
    where W : unmanaged, IRowWords<W>
{
    /// <summary>A half of each row.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Halves(byte** rows, nint at, byte* to)
    {
        for (var r = 0; r < W.Rows; r++) ((ushort*)to)[r] = *(ushort*)(rows[r] + at);
    }

    /// <summary>Registers into a plane.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Plane(W* words, int count, byte* to)
    {
        for (var i = 0; i < count; i++) W.Store(words[i], to + (i * WeightTileFormat.QuadBytes));
    }

    /// <summary>16 bytes of nibbles, byte j with column j below and column j + 16 above, as tiles have them too.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void NibblePlane(byte** rows, nint at, byte* to, W* words)
    {
        W.Load(rows, at, words);
        Plane(words, 4, to);
    }

    /// <summary>32 bytes of each row in eight registers, their fields exchanged.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Fields(byte** rows, nint at, int bits, W* words)
    {
        W.Load(rows, at, words);
        W.Load(rows, at + 16, words + 4);
        QuadBits.Exchange(words, bits);
    }

    /// <summary>32 bytes of nibbles that two groups share.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void SharedNibbles(byte** rows, nint at, byte* below, byte* above, W* words)
    {
        Fields(rows, at, 4, words);
        Plane(words, 4, below);
        Plane(words + 4, 4, above);
    }

    /// <summary>The four bytes of a word, each to a place of its own.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void FourBytes(W word, byte* first, byte* second, byte* third, byte* fourth)
    {
        W.StoreBytes(word, first);
        W.StoreBytes(word >>> 8, second);
        W.StoreBytes(word >>> 16, third);
        W.StoreBytes(word >>> 24, fourth);
    }

    /// <summary>The 16 bytes that begin Q4_K and Q5_K: halves d and m, then scales and minima of six bits of eight groups.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void SixBitHeader(byte** rows, nint at, in TilePlaces tile, W* words)
    {
        W.Load(rows, at, words);
        W.StoreHalves(words[0], tile.Halves(0));
        W.StoreHalves(words[0] >>> 16, tile.Halves(1));
        var (scales, minima, rest) = (words[1], words[2], words[3]);
        var six = W.Create(0x3F3F3F3F);
        var (nibbles, pairs) = (W.Create(QuadBits.Nibbles), W.Create(QuadBits.Pairs));
        FourBytes(scales & six, tile.Bytes(0, 0), tile.Bytes(1, 0), tile.Bytes(2, 0), tile.Bytes(3, 0));
        FourBytes(minima & six, tile.Bytes(0, 1), tile.Bytes(1, 1), tile.Bytes(2, 1), tile.Bytes(3, 1));
        FourBytes((rest & nibbles) | (((scales >>> 6) & pairs) << 4), tile.Bytes(4, 0), tile.Bytes(5, 0), tile.Bytes(6, 0), tile.Bytes(7, 0));
        FourBytes(((rest >>> 4) & nibbles) | (((minima >>> 6) & pairs) << 4), tile.Bytes(4, 1), tile.Bytes(5, 1), tile.Bytes(6, 1), tile.Bytes(7, 1));
    }
}
