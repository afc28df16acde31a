using System.Runtime.CompilerServices;

namespace Puna.Tensors;

/// <summary>Parts that the blocks of several formats have in common, on their way from rows into tiles.</summary>
internal static unsafe class TileParts<W>
    where W : unmanaged, IRowWords<W>
{
    /// <summary>The half d that a block begins with.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Half(byte** rows, nint at, in TilePlaces tile)
    {
        W.Load(rows, at, out var first, out _, out _, out _);
        W.StoreHalves(first, tile.Halves(0));
    }

    /// <summary>The halves d and m that a block begins with.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void TwoHalves(byte** rows, nint at, in TilePlaces tile)
    {
        W.Load(rows, at, out var first, out _, out _, out _);
        W.StoreHalves(first, tile.Halves(0));
        W.StoreHalves(first >>> 16, tile.Halves(1));
    }

    /// <summary>16 bytes of nibbles, byte j with column j below and column j + 16 above, as tiles have them too.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void NibblePlane(byte** rows, nint at, byte* to) => Plane(rows, at, W.Create(0), to);

    /// <summary>16 bytes, some bits turned over, into four registers of a plane.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Plane(byte** rows, nint at, W turned, byte* to)
    {
        W.Load(rows, at, out var first, out var second, out var third, out var fourth);
        W.Store(first ^ turned, to);
        W.Store(second ^ turned, to + WeightTileFormat.QuadBytes);
        W.Store(third ^ turned, to + (2 * WeightTileFormat.QuadBytes));
        W.Store(fourth ^ turned, to + (3 * WeightTileFormat.QuadBytes));
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
    [MethodImpl(MethodImplOptions.NoInlining | MethodImplOptions.AggressiveOptimization)]
    public static void SixBitHeader(byte** rows, nint at, in TilePlaces tile)
    {
        W.Load(rows, at, out var halves, out var scales, out var minima, out var rest);
        W.StoreHalves(halves, tile.Halves(0));
        W.StoreHalves(halves >>> 16, tile.Halves(1));
        var six = W.Create(0x3F3F3F3F);
        var (nibbles, pairs) = (W.Create(QuadBits.Nibbles), W.Create(QuadBits.Pairs));
        FourBytes(scales & six, tile.Bytes(0, 0), tile.Bytes(1, 0), tile.Bytes(2, 0), tile.Bytes(3, 0));
        FourBytes(minima & six, tile.Bytes(0, 1), tile.Bytes(1, 1), tile.Bytes(2, 1), tile.Bytes(3, 1));
        FourBytes((rest & nibbles) | (((scales >>> 6) & pairs) << 4), tile.Bytes(4, 0), tile.Bytes(5, 0), tile.Bytes(6, 0), tile.Bytes(7, 0));
        FourBytes(((rest >>> 4) & nibbles) | (((minima >>> 6) & pairs) << 4), tile.Bytes(4, 1), tile.Bytes(5, 1), tile.Bytes(6, 1), tile.Bytes(7, 1));
    }
}
