using System.Runtime.CompilerServices;

namespace Puna.Tensors;

// The layouts are those of the structs of the same names in Puna.Tensors/Quantization.

/// <summary><see cref="Q8_0"/>: codes are stored with 128 added.</summary>
internal readonly unsafe struct Q8_0Source : ITileSource
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Lay<W>(byte** rows, nint at, in TilePlaces tile)
        where W : unmanaged, IRowWords<W>
    {
        TileParts<W>.Half(rows, at, tile);
        var sign = W.Create(0x80808080);
        TileParts<W>.Plane(rows, at + 2, sign, tile.Low(0));
        TileParts<W>.Plane(rows, at + 18, sign, tile.Low(0) + (4 * WeightTileFormat.QuadBytes));
    }
}

/// <summary><see cref="Q4_0"/> and <see cref="IQ4_NL"/>.</summary>
internal readonly unsafe struct Q4_0Source : ITileSource
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Lay<W>(byte** rows, nint at, in TilePlaces tile)
        where W : unmanaged, IRowWords<W>
    {
        TileParts<W>.Half(rows, at, tile);
        TileParts<W>.NibblePlane(rows, at + 2, tile.Low(0));
    }
}

/// <summary><see cref="Q4_1"/>.</summary>
internal readonly unsafe struct Q4_1Source : ITileSource
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Lay<W>(byte** rows, nint at, in TilePlaces tile)
        where W : unmanaged, IRowWords<W>
    {
        TileParts<W>.TwoHalves(rows, at, tile);
        TileParts<W>.NibblePlane(rows, at + 4, tile.Low(0));
    }
}

/// <summary><see cref="Q5_0"/>.</summary>
internal readonly unsafe struct Q5_0Source : ITileSource
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Lay<W>(byte** rows, nint at, in TilePlaces tile)
        where W : unmanaged, IRowWords<W>
    {
        W.Load(rows, at, out var first, out var second, out _, out _);
        W.StoreHalves(first, tile.Halves(0));
        W.Store(QuadBits.Columns((first >>> 16) | (second << 16)), tile.High(0));
        TileParts<W>.NibblePlane(rows, at + 6, tile.Low(0));
    }
}

/// <summary><see cref="Q5_1"/>.</summary>
internal readonly unsafe struct Q5_1Source : ITileSource
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Lay<W>(byte** rows, nint at, in TilePlaces tile)
        where W : unmanaged, IRowWords<W>
    {
        W.Load(rows, at, out var halves, out var fifth, out _, out _);
        W.StoreHalves(halves, tile.Halves(0));
        W.StoreHalves(halves >>> 16, tile.Halves(1));
        W.Store(QuadBits.Columns(fifth), tile.High(0));
        TileParts<W>.NibblePlane(rows, at + 8, tile.Low(0));
    }
}

/// <summary><see cref="Q2_K"/>.</summary>
internal readonly unsafe struct Q2_KSource : ITileSource
{
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void Lay<W>(byte** rows, nint at, in TilePlaces tile)
        where W : unmanaged, IRowWords<W>
    {
        W.Load(rows, at + 68, out _, out _, out _, out var halves); // the last 16 bytes
        W.StoreHalves(halves, tile.Halves(0));
        W.StoreHalves(halves >>> 16, tile.Halves(1));
        W.Load(rows, at, out var first, out var second, out var third, out var fourth);
        Bytes(first, 0, tile);
        Bytes(second, 2, tile);
        Bytes(third, 4, tile);
        Bytes(fourth, 6, tile);
        TileFields<W>.Pairs(rows, at + 16, tile.Low(0), tile.GroupBytes);
        TileFields<W>.Pairs(rows, at + 48, tile.Low(4), tile.GroupBytes);
    }

    /// <summary>Scales and minima of two groups.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Bytes<W>(W word, int group, in TilePlaces tile)
        where W : unmanaged, IRowWords<W>
    {
        var nibbles = W.Create(QuadBits.Nibbles);
        TileParts<W>.FourBytes(word & nibbles, tile.Bytes(group, 0), tile.Bytes(group, 1), tile.Bytes(group + 1, 0), tile.Bytes(group + 1, 1));
        TileParts<W>.FourBytes((word >>> 4) & nibbles, tile.Bytes(group, 2), tile.Bytes(group, 3), tile.Bytes(group + 1, 2), tile.Bytes(group + 1, 3));
    }
}

/// <summary><see cref="Q3_K"/>.</summary>
internal readonly unsafe struct Q3_KSource : ITileSource
{
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void Lay<W>(byte** rows, nint at, in TilePlaces tile)
        where W : unmanaged, IRowWords<W>
    {
        // the last 16 bytes: two of codes, twelve of scales, d
        W.Load(rows, at + 94, out var first, out var second, out var third, out var fourth);
        W.StoreHalves(fourth >>> 16, tile.Halves(0));
        var (even, odd, high) = ((first >>> 16) | (second << 16), (second >>> 16) | (third << 16), (third >>> 16) | (fourth << 16));
        for (var i = 0; i < 4; i++)
        {
            var four = (((i % 2 == 0 ? even : odd) >>> (i / 2 * 4)) & W.Create(QuadBits.Nibbles)) | (((high >>> (2 * i)) & W.Create(QuadBits.Pairs)) << 4);
            // less 32 in each byte, 0 to 63, which has bits 6 and 7 free: 32 turned over is the sign, which goes there too
            four ^= W.Create(0x20202020);
            var sign = four & W.Create(0x20202020);
            TileParts<W>.FourBytes(four | (sign << 1) | (sign << 2), tile.Bytes(2 * i, 0), tile.Bytes(2 * i, 1), tile.Bytes((2 * i) + 1, 0), tile.Bytes((2 * i) + 1, 1));
        }
        TileFields<W>.Bits(rows, at, tile.High(0), tile.GroupBytes);
        TileFields<W>.Pairs(rows, at + 32, tile.Low(0), tile.GroupBytes);
        TileFields<W>.Pairs(rows, at + 64, tile.Low(4), tile.GroupBytes);
    }
}

/// <summary><see cref="Q4_K"/>.</summary>
internal readonly unsafe struct Q4_KSource : ITileSource
{
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void Lay<W>(byte** rows, nint at, in TilePlaces tile)
        where W : unmanaged, IRowWords<W>
    {
        TileParts<W>.SixBitHeader(rows, at, tile);
        for (var g = 0; g < 8; g += 2) TileFields<W>.Nibbles(rows, at + 16 + (16 * g), tile.Low(g), tile.Low(g + 1));
    }
}

/// <summary><see cref="Q5_K"/>.</summary>
internal readonly unsafe struct Q5_KSource : ITileSource
{
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void Lay<W>(byte** rows, nint at, in TilePlaces tile)
        where W : unmanaged, IRowWords<W>
    {
        TileParts<W>.SixBitHeader(rows, at, tile);
        TileFields<W>.Bits(rows, at + 16, tile.High(0), tile.GroupBytes);
        for (var g = 0; g < 8; g += 2) TileFields<W>.Nibbles(rows, at + 48 + (16 * g), tile.Low(g), tile.Low(g + 1));
    }
}

/// <summary><see cref="Q6_K"/>.</summary>
internal readonly unsafe struct Q6_KSource : ITileSource
{
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void Lay<W>(byte** rows, nint at, in TilePlaces tile)
        where W : unmanaged, IRowWords<W>
    {
        W.Load(rows, at + 194, out _, out _, out _, out var last);
        W.StoreHalves(last >>> 16, tile.Halves(0));
        W.Load(rows, at + 192, out var first, out var second, out var third, out var fourth);
        TileParts<W>.FourBytes(first, tile.Bytes(0, 0), tile.Bytes(0, 1), tile.Bytes(1, 0), tile.Bytes(1, 1));
        TileParts<W>.FourBytes(second, tile.Bytes(2, 0), tile.Bytes(2, 1), tile.Bytes(3, 0), tile.Bytes(3, 1));
        TileParts<W>.FourBytes(third, tile.Bytes(4, 0), tile.Bytes(4, 1), tile.Bytes(5, 0), tile.Bytes(5, 1));
        TileParts<W>.FourBytes(fourth, tile.Bytes(6, 0), tile.Bytes(6, 1), tile.Bytes(7, 0), tile.Bytes(7, 1));
        for (var g = 0; g < 8; g += 4)
        {
            TileFields<W>.Nibbles(rows, at + (16 * g), tile.Low(g), tile.Low(g + 2));
            TileFields<W>.Nibbles(rows, at + (16 * g) + 32, tile.Low(g + 1), tile.Low(g + 3));
            TileFields<W>.Pairs(rows, at + 128 + (8 * g), tile.High(g), tile.GroupBytes);
        }
    }
}

/// <summary><see cref="IQ4_XS"/>.</summary>
internal readonly unsafe struct IQ4_XSSource : ITileSource
{
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void Lay<W>(byte** rows, nint at, in TilePlaces tile)
        where W : unmanaged, IRowWords<W>
    {
        W.Load(rows, at, out var first, out var low, out _, out _);
        W.StoreHalves(first, tile.Halves(0));
        var (high, nibble, pair, minus32) = (first >>> 16, W.Create(15), W.Create(3), W.Create(unchecked((uint)-32)));
        for (var g = 0; g < 8; g++)
        {
            W.StoreBytes((((low >>> (4 * g)) & nibble) | (((high >>> (2 * g)) & pair) << 4)) + minus32, tile.Bytes(g, 0));
            TileParts<W>.NibblePlane(rows, at + 8 + (16 * g), tile.Low(g));
        }
    }
}
