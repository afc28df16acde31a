namespace Puna.Tensors;

// The layouts are those of the structs of the same names in Puna.Tensors/Quantization.

/// <summary><see cref="Q8_0"/>: codes are stored with 128 added.</summary>
internal readonly unsafe struct Q8_0Source : ITileSource
{
    public static void Lay<W>(byte** rows, nint at, in TilePlaces tile, W* words)
        where W : unmanaged, IRowWords<W>
    {
        TileParts<W>.Halves(rows, at, tile.Halves(0));
        var (to, sign) = ((nint)tile.Low(0), W.Create(0x80808080));
        for (var half = 0; half < 2; half++, to += 4 * WeightTileFormat.QuadBytes)
        {
            W.Load(rows, at + 2 + (16 * half), words);
            for (var i = 0; i < 4; i++) W.Store(words[i] ^ sign, (byte*)to + (i * WeightTileFormat.QuadBytes));
        }
    }
}

/// <summary><see cref="Q4_0"/> and <see cref="IQ4_NL"/>.</summary>
internal readonly unsafe struct Q4_0Source : ITileSource
{
    public static void Lay<W>(byte** rows, nint at, in TilePlaces tile, W* words)
        where W : unmanaged, IRowWords<W>
    {
        TileParts<W>.Halves(rows, at, tile.Halves(0));
        TileParts<W>.NibblePlane(rows, at + 2, tile.Low(0), words);
    }
}

/// <summary><see cref="Q4_1"/>.</summary>
internal readonly unsafe struct Q4_1Source : ITileSource
{
    public static void Lay<W>(byte** rows, nint at, in TilePlaces tile, W* words)
        where W : unmanaged, IRowWords<W>
    {
        TileParts<W>.Halves(rows, at, tile.Halves(0));
        TileParts<W>.Halves(rows, at + 2, tile.Halves(1));
        TileParts<W>.NibblePlane(rows, at + 4, tile.Low(0), words);
    }
}

/// <summary><see cref="Q5_0"/>.</summary>
internal readonly unsafe struct Q5_0Source : ITileSource
{
    public static void Lay<W>(byte** rows, nint at, in TilePlaces tile, W* words)
        where W : unmanaged, IRowWords<W>
    {
        W.Load(rows, at, words);
        W.StoreHalves(words[0], tile.Halves(0));
        W.Store(QuadBits.Columns((words[0] >>> 16) | (words[1] << 16)), tile.High(0));
        TileParts<W>.NibblePlane(rows, at + 6, tile.Low(0), words);
    }
}

/// <summary><see cref="Q5_1"/>.</summary>
internal readonly unsafe struct Q5_1Source : ITileSource
{
    public static void Lay<W>(byte** rows, nint at, in TilePlaces tile, W* words)
        where W : unmanaged, IRowWords<W>
    {
        W.Load(rows, at, words);
        W.StoreHalves(words[0], tile.Halves(0));
        W.StoreHalves(words[0] >>> 16, tile.Halves(1));
        W.Store(QuadBits.Columns(words[1]), tile.High(0));
        TileParts<W>.NibblePlane(rows, at + 8, tile.Low(0), words);
    }
}

/// <summary><see cref="Q2_K"/>.</summary>
internal readonly unsafe struct Q2_KSource : ITileSource
{
    public static void Lay<W>(byte** rows, nint at, in TilePlaces tile, W* words)
        where W : unmanaged, IRowWords<W>
    {
        TileParts<W>.Halves(rows, at + 80, tile.Halves(0));
        TileParts<W>.Halves(rows, at + 82, tile.Halves(1));
        W.Load(rows, at, words);
        var nibbles = W.Create(QuadBits.Nibbles);
        for (var i = 0; i < 4; i++)
        {
            TileParts<W>.FourBytes(words[i] & nibbles, tile.Bytes(2 * i, 0), tile.Bytes(2 * i, 1), tile.Bytes((2 * i) + 1, 0), tile.Bytes((2 * i) + 1, 1));
            TileParts<W>.FourBytes((words[i] >>> 4) & nibbles, tile.Bytes(2 * i, 2), tile.Bytes(2 * i, 3), tile.Bytes((2 * i) + 1, 2), tile.Bytes((2 * i) + 1, 3));
        }
        for (var half = 0; half < 2; half++)
        {
            TileParts<W>.Fields(rows, at + 16 + (32 * half), 2, words);
            for (var g = 0; g < 4; g++) TileParts<W>.Plane(words + (2 * g), 2, tile.Low((4 * half) + g));
        }
    }
}

/// <summary><see cref="Q3_K"/>.</summary>
internal readonly unsafe struct Q3_KSource : ITileSource
{
    public static void Lay<W>(byte** rows, nint at, in TilePlaces tile, W* words)
        where W : unmanaged, IRowWords<W>
    {
        // the last 16 bytes: two of codes, twelve of scales, d
        W.Load(rows, at + 94, words);
        W.StoreHalves(words[3] >>> 16, tile.Halves(0));
        var (even, odd, high) = ((words[0] >>> 16) | (words[1] << 16), (words[1] >>> 16) | (words[2] << 16), (words[2] >>> 16) | (words[3] << 16));
        var (nibbles, pairs, minus32) = (W.Create(QuadBits.Nibbles), W.Create(QuadBits.Pairs), W.Create(unchecked((uint)-32)));
        for (var i = 0; i < 4; i++)
        {
            var four = (((i % 2 == 0 ? even : odd) >>> (i / 2 * 4)) & nibbles) | (((high >>> (2 * i)) & pairs) << 4);
            W.StoreBytes(four + minus32, tile.Bytes(2 * i, 0)); // what carries into the higher bytes is not stored
            W.StoreBytes((four >>> 8) + minus32, tile.Bytes(2 * i, 1));
            W.StoreBytes((four >>> 16) + minus32, tile.Bytes((2 * i) + 1, 0));
            W.StoreBytes((four >>> 24) + minus32, tile.Bytes((2 * i) + 1, 1));
        }
        TileParts<W>.Fields(rows, at, 1, words);
        for (var g = 0; g < 8; g++) W.Store(words[g], tile.High(g));
        for (var half = 0; half < 2; half++)
        {
            TileParts<W>.Fields(rows, at + 32 + (32 * half), 2, words);
            for (var g = 0; g < 4; g++) TileParts<W>.Plane(words + (2 * g), 2, tile.Low((4 * half) + g));
        }
    }
}

/// <summary><see cref="Q4_K"/>.</summary>
internal readonly unsafe struct Q4_KSource : ITileSource
{
    public static void Lay<W>(byte** rows, nint at, in TilePlaces tile, W* words)
        where W : unmanaged, IRowWords<W>
    {
        TileParts<W>.SixBitHeader(rows, at, tile, words);
        for (var g = 0; g < 8; g += 2) TileParts<W>.SharedNibbles(rows, at + 16 + (16 * g), tile.Low(g), tile.Low(g + 1), words);
    }
}

/// <summary><see cref="Q5_K"/>.</summary>
internal readonly unsafe struct Q5_KSource : ITileSource
{
    public static void Lay<W>(byte** rows, nint at, in TilePlaces tile, W* words)
        where W : unmanaged, IRowWords<W>
    {
        TileParts<W>.SixBitHeader(rows, at, tile, words);
        TileParts<W>.Fields(rows, at + 16, 1, words);
        for (var g = 0; g < 8; g++) W.Store(words[g], tile.High(g));
        for (var g = 0; g < 8; g += 2) TileParts<W>.SharedNibbles(rows, at + 48 + (16 * g), tile.Low(g), tile.Low(g + 1), words);
    }
}

/// <summary><see cref="Q6_K"/>.</summary>
internal readonly unsafe struct Q6_KSource : ITileSource
{
    public static void Lay<W>(byte** rows, nint at, in TilePlaces tile, W* words)
        where W : unmanaged, IRowWords<W>
    {
        TileParts<W>.Halves(rows, at + 208, tile.Halves(0));
        W.Load(rows, at + 192, words);
        for (var i = 0; i < 4; i++) TileParts<W>.FourBytes(words[i], tile.Bytes(2 * i, 0), tile.Bytes(2 * i, 1), tile.Bytes((2 * i) + 1, 0), tile.Bytes((2 * i) + 1, 1));
        for (var g = 0; g < 8; g += 4)
        {
            TileParts<W>.SharedNibbles(rows, at + (16 * g), tile.Low(g), tile.Low(g + 2), words);
            TileParts<W>.SharedNibbles(rows, at + (16 * g) + 32, tile.Low(g + 1), tile.Low(g + 3), words);
            TileParts<W>.Fields(rows, at + 128 + (8 * g), 2, words);
            for (var i = 0; i < 4; i++) TileParts<W>.Plane(words + (2 * i), 2, tile.High(g + i));
        }
    }
}

/// <summary><see cref="IQ4_XS"/>.</summary>
internal readonly unsafe struct IQ4_XSSource : ITileSource
{
    public static void Lay<W>(byte** rows, nint at, in TilePlaces tile, W* words)
        where W : unmanaged, IRowWords<W>
    {
        W.Load(rows, at, words);
        W.StoreHalves(words[0], tile.Halves(0));
        var (low, high) = (words[1], words[0] >>> 16);
        var (nibble, pair, minus32) = (W.Create(15), W.Create(3), W.Create(unchecked((uint)-32)));
        for (var g = 0; g < 8; g++)
        {
            W.StoreBytes((((low >>> (4 * g)) & nibble) | (((high >>> (2 * g)) & pair) << 4)) + minus32, tile.Bytes(g, 0));
            TileParts<W>.NibblePlane(rows, at + 8 + (16 * g), tile.Low(g), words);
        }
    }
}
