namespace Puna.Tensors;

/// <summary>256 values in 144 bytes: 8 groups of 4-bit codes with 6-bit scales s and minima m, value d·s·code − e·m (d, e halves).</summary>
public readonly struct Q4_K : IBlockQuantizer
{
    /// <inheritdoc/>
    public static string Name => "Q4_K";

    /// <inheritdoc/>
    public static int ElementsPerBlock => 256;

    /// <inheritdoc/>
    public static int BytesPerBlock => 144;

    /// <inheritdoc/>
    public static void Dequantize(ReadOnlySpan<byte> block, Span<float> values)
    {
        var (d, e) = (BlockBytes.Scale(block, 0), BlockBytes.Scale(block, 2));
        for (var g = 0; g < 8; g++)
        {
            var (s, m) = BlockBytes.SixBits(block[4..], g);
            var (scale, minimum) = (d * s, e * m);
            var nibbles = block.Slice(16 + (g / 2 * 32), 32);
            var shift = g % 2 * 4;
            for (var l = 0; l < 32; l++) values[(g * 32) + l] = (scale * ((nibbles[l] >> shift) & 15)) - minimum;
        }
    }

    /// <inheritdoc/>
    public static void Quantize(ReadOnlySpan<float> values, ReadOnlySpan<float> importance, Span<byte> block)
    {
        Span<byte> codes = stackalloc byte[256];
        Pack(values, importance, 15, block, codes);
        PackNibbles(codes, block[16..]);
    }

    /// <summary>The first 16 bytes, which Q5_K has too, and the codes.</summary>
    internal static void Pack(ReadOnlySpan<float> values, ReadOnlySpan<float> importance, int levels, Span<byte> block, Span<byte> codes)
    {
        Span<byte> scales = stackalloc byte[8], minima = stackalloc byte[8];
        var (d, e) = AffineSuperBlock.Fill(values, importance, WeightRule.Level, 32, levels, 63, scales, minima, codes);
        BlockBytes.WriteScale(block, 0, d);
        BlockBytes.WriteScale(block, 2, e);
        BlockBytes.PackSixBits(scales, minima, block[4..]);
    }

    /// <summary>Per 64 values 32 bytes: the first 32 below, the next above.</summary>
    internal static void PackNibbles(ReadOnlySpan<byte> codes, Span<byte> nibbles)
    {
        for (var chunk = 0; chunk < 4; chunk++)
            for (var l = 0; l < 32; l++) nibbles[(chunk * 32) + l] = (byte)((codes[(chunk * 64) + l] & 15) | (codes[(chunk * 64) + 32 + l] << 4));
    }
}

/// <summary>256 values in 176 bytes: as <see cref="Q4_K"/> with a fifth bit each.</summary>
public readonly struct Q5_K : IBlockQuantizer
{
    /// <inheritdoc/>
    public static string Name => "Q5_K";

    /// <inheritdoc/>
    public static int ElementsPerBlock => 256;

    /// <inheritdoc/>
    public static int BytesPerBlock => 176;

    /// <inheritdoc/>
    public static void Dequantize(ReadOnlySpan<byte> block, Span<float> values)
    {
        var (d, e) = (BlockBytes.Scale(block, 0), BlockBytes.Scale(block, 2));
        var fifth = block.Slice(16, 32);
        for (var g = 0; g < 8; g++)
        {
            var (s, m) = BlockBytes.SixBits(block[4..], g);
            var (scale, minimum) = (d * s, e * m);
            var nibbles = block.Slice(48 + (g / 2 * 32), 32);
            var shift = g % 2 * 4;
            for (var l = 0; l < 32; l++) values[(g * 32) + l] = (scale * (((nibbles[l] >> shift) & 15) + (((fifth[l] >> g) & 1) << 4))) - minimum;
        }
    }

    /// <inheritdoc/>
    public static void Quantize(ReadOnlySpan<float> values, ReadOnlySpan<float> importance, Span<byte> block)
    {
        Span<byte> codes = stackalloc byte[256];
        Q4_K.Pack(values, importance, 31, block, codes);
        block.Slice(16, 32).Clear();
        for (var e = 0; e < 256; e++) block[16 + (e % 32)] |= (byte)(codes[e] >> 4 << (e / 32));
        Q4_K.PackNibbles(codes, block[48..]);
    }
}
