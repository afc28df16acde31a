namespace Puna.Tensors;

/// <summary>256 values in 84 bytes: 16 groups of 2-bit codes with 4-bit scales s and minima m, value d·s·code − e·m (d, e halves).</summary>
public readonly struct Q2_K : IBlockQuantizer
{
    /// <inheritdoc/>
    public static string Name => "Q2_K";

    /// <inheritdoc/>
    public static int ElementsPerBlock => 256;

    /// <inheritdoc/>
    public static int BytesPerBlock => 84;

    /// <inheritdoc/>
    public static void Dequantize(ReadOnlySpan<byte> block, Span<float> values)
    {
        var (d, e) = (BlockBytes.Scale(block, 80), BlockBytes.Scale(block, 82));
        for (var g = 0; g < 16; g++)
        {
            var (scale, minimum) = (d * (block[g] & 15), e * (block[g] >> 4));
            var codes = block.Slice(16 + (g / 8 * 32) + (g % 2 * 16), 16);
            var shift = g % 8 / 2 * 2;
            for (var l = 0; l < 16; l++) values[(g * 16) + l] = (scale * ((codes[l] >> shift) & 3)) - minimum;
        }
    }

    /// <inheritdoc/>
    public static void Quantize(ReadOnlySpan<float> values, ReadOnlySpan<float> importance, Span<byte> block)
    {
        Span<byte> scales = stackalloc byte[16], minima = stackalloc byte[16], codes = stackalloc byte[256];
        var (d, e) = AffineSuperBlock.Fill(values, importance, WeightRule.Size, 16, 3, 15, scales, minima, codes);
        for (var g = 0; g < 16; g++) block[g] = (byte)(scales[g] | (minima[g] << 4));
        BlockBytes.PackPairs(codes, block[16..]);
        BlockBytes.WriteScale(block, 80, d);
        BlockBytes.WriteScale(block, 82, e);
    }
}

/// <summary>256 values in 110 bytes: 16 groups of 3-bit codes −4 … 3 with 6-bit scales s, value d·(s − 32)·code (d a half).</summary>
public readonly struct Q3_K : IBlockQuantizer
{
    private const int Pairs = 32, Scales = 96, Factor = 108;

    /// <inheritdoc/>
    public static string Name => "Q3_K";

    /// <inheritdoc/>
    public static int ElementsPerBlock => 256;

    /// <inheritdoc/>
    public static int BytesPerBlock => 110;

    /// <inheritdoc/>
    public static void Dequantize(ReadOnlySpan<byte> block, Span<float> values)
    {
        var d = BlockBytes.Scale(block, Factor);
        for (var g = 0; g < 16; g++)
        {
            var low = (block[Scales + (g % 8)] >> (g / 8 * 4)) & 15;
            var scale = d * ((low | (((block[Scales + 8 + (g % 4)] >> (g / 4 * 2)) & 3) << 4)) - 32);
            var codes = block.Slice(Pairs + (g / 8 * 32) + (g % 2 * 16), 16);
            var high = block.Slice(g % 2 * 16, 16);
            var (shift, bit) = (g % 8 / 2 * 2, g / 2);
            for (var l = 0; l < 16; l++) values[(g * 16) + l] = scale * (((codes[l] >> shift) & 3) - (((high[l] >> bit) & 1) == 0 ? 4 : 0));
        }
    }

    /// <inheritdoc/>
    public static void Quantize(ReadOnlySpan<float> values, ReadOnlySpan<float> importance, Span<byte> block)
    {
        Span<sbyte> scales = stackalloc sbyte[16];
        Span<byte> codes = stackalloc byte[256];
        var d = SymmetricSuperBlock.Fill(values, importance, WeightRule.Size, -4, 3, -32, 31, scales, codes);
        block.Clear();
        for (var e = 0; e < 256; e++) block[e % 32] |= (byte)(codes[e] >> 2 << (e / 32));
        BlockBytes.PackPairs(codes, block[Pairs..]);
        for (var g = 0; g < 16; g++)
        {
            var scale = scales[g] + 32;
            block[Scales + (g % 8)] |= (byte)((scale & 15) << (g / 8 * 4));
            block[Scales + 8 + (g % 4)] |= (byte)(scale >> 4 << (g / 4 * 2));
        }
        BlockBytes.WriteScale(block, Factor, d);
    }
}
