namespace Puna.Tensors;

/// <summary>256 values in 210 bytes: 16 groups of 6-bit codes with signed 8-bit scales s, value d·s·(code − 32) (d a half).</summary>
public readonly struct Q6_K : IBlockQuantizer
{
    private const int High = 128, Scales = 192, Factor = 208;

    /// <inheritdoc/>
    public static string Name => "Q6_K";

    /// <inheritdoc/>
    public static int ElementsPerBlock => 256;

    /// <inheritdoc/>
    public static int BytesPerBlock => 210;

    /// <inheritdoc/>
    public static void Dequantize(ReadOnlySpan<byte> block, Span<float> values)
    {
        var d = BlockBytes.Scale(block, Factor);
        for (var g = 0; g < 16; g++)
        {
            var scale = d * (sbyte)block[Scales + g];
            var (low, high) = Places(g);
            var (nibble, pair) = (g % 8 / 4 * 4, g % 8 / 2 * 2);
            for (var l = 0; l < 16; l++) values[(g * 16) + l] = scale * (((block[low + l] >> nibble) & 15) + (((block[high + l] >> pair) & 3) << 4) - 32);
        }
    }

    /// <inheritdoc/>
    public static void Quantize(ReadOnlySpan<float> values, ReadOnlySpan<float> importance, Span<byte> block)
    {
        Span<sbyte> scales = stackalloc sbyte[16];
        Span<byte> codes = stackalloc byte[256];
        var d = SymmetricSuperBlock.Fill(values, importance, WeightRule.Size, -32, 31, -128, 127, scales, codes);
        block.Clear();
        for (var g = 0; g < 16; g++)
        {
            var (low, high) = Places(g);
            var (nibble, pair) = (g % 8 / 4 * 4, g % 8 / 2 * 2);
            for (var l = 0; l < 16; l++)
            {
                block[low + l] |= (byte)((codes[(g * 16) + l] & 15) << nibble);
                block[high + l] |= (byte)(codes[(g * 16) + l] >> 4 << pair);
            }
            block[Scales + g] = (byte)scales[g];
        }
        BlockBytes.WriteScale(block, Factor, d);
    }

    /// <summary>Where the low nibbles and the high bit pairs of a group begin: per 128 values 64 bytes of nibbles, 32 of pairs.</summary>
    private static (int Low, int High) Places(int group) => ((group / 8 * 64) + (group % 4 * 16), High + (group / 8 * 32) + (group % 2 * 16));
}
