using System.Buffers.Binary;

namespace Puna.Tensors;

/// <summary>32 values in 18 bytes: a scale d (half) and 4-bit codes of levels that lie closer together near zero.</summary>
public readonly struct IQ4_NL : IBlockFormat
{
    /// <inheritdoc/>
    public static string Name => "IQ4_NL";

    /// <inheritdoc/>
    public static int ElementsPerBlock => 32;

    /// <inheritdoc/>
    public static int BytesPerBlock => 18;

    internal static ReadOnlySpan<sbyte> Levels => [-127, -104, -83, -65, -49, -35, -22, -10, 1, 13, 25, 38, 53, 69, 89, 113];

    /// <inheritdoc/>
    public static void Dequantize(ReadOnlySpan<byte> block, Span<float> values) => Group(BlockBytes.Scale(block, 0), block[2..], values);

    internal static void Group(float d, ReadOnlySpan<byte> nibbles, Span<float> values)
    {
        for (var j = 0; j < 16; j++)
        {
            values[j] = d * Levels[nibbles[j] & 15];
            values[j + 16] = d * Levels[nibbles[j] >> 4];
        }
    }
}

/// <summary>256 values in 136 bytes: 8 groups of <see cref="IQ4_NL"/> codes with 6-bit scales, value d·(scale − 32)·level.</summary>
public readonly struct IQ4_XS : IBlockFormat
{
    /// <inheritdoc/>
    public static string Name => "IQ4_XS";

    /// <inheritdoc/>
    public static int ElementsPerBlock => 256;

    /// <inheritdoc/>
    public static int BytesPerBlock => 136;

    /// <inheritdoc/>
    public static void Dequantize(ReadOnlySpan<byte> block, Span<float> values)
    {
        var d = BlockBytes.Scale(block, 0);
        var high = BinaryPrimitives.ReadUInt16LittleEndian(block[2..]);
        for (var g = 0; g < 8; g++)
        {
            var scale = ((block[4 + (g / 2)] >> (4 * (g % 2))) & 15) | (((high >> (2 * g)) & 3) << 4);
            IQ4_NL.Group(d * (scale - 32), block[(8 + (16 * g))..], values.Slice(32 * g, 32));
        }
    }
}
