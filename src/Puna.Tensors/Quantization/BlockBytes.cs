using System.Buffers.Binary;

namespace Puna.Tensors;

/// <summary>Scales and packed bits that several block layouts share.</summary>
internal static class BlockBytes
{
    public static float Scale(ReadOnlySpan<byte> block, int offset) => (float)BinaryPrimitives.ReadHalfLittleEndian(block[offset..]);

    public static void WriteScale(Span<byte> block, int offset, float scale) => BinaryPrimitives.WriteHalfLittleEndian(block[offset..], (Half)scale);

    /// <summary>A scale as a block can hold it.</summary>
    public static float Rounded(float scale) => (float)(Half)scale;

    /// <summary>As <see cref="Rounded"/>, but the smallest half there is instead of 0 for a scale that is not: whole scales of groups can make up for it.</summary>
    public static float RoundedFromZero(float scale) => Rounded(scale) is var half && half == 0 && scale != 0 ? MathF.CopySign((float)Half.Epsilon, scale) : half;

    /// <summary>A nibble and, where given, the fifth bits of 32 values: byte j has value j below and value j + 16 above.</summary>
    public static void PackNibbles(ReadOnlySpan<byte> codes, Span<byte> nibbles)
    {
        for (var j = 0; j < 16; j++) nibbles[j] = (byte)((codes[j] & 15) | (codes[j + 16] << 4));
    }

    /// <summary>Bit j is the fifth bit of value j.</summary>
    public static void PackFifthBits(ReadOnlySpan<byte> codes, Span<byte> bits)
    {
        var all = 0u;
        for (var j = 0; j < 32; j++) all |= (uint)(codes[j] >> 4) << j;
        BinaryPrimitives.WriteUInt32LittleEndian(bits, all);
    }

    /// <summary>The 6-bit scale and minimum of group j of 8 in the 12 bytes of Q4_K and Q5_K.</summary>
    public static (int Scale, int Minimum) SixBits(ReadOnlySpan<byte> packed, int j) => j < 4
        ? (packed[j] & 63, packed[j + 4] & 63)
        : ((packed[j + 4] & 15) | (packed[j - 4] >> 6 << 4), (packed[j + 4] >> 4) | (packed[j] >> 6 << 4));

    public static void PackSixBits(ReadOnlySpan<byte> scales, ReadOnlySpan<byte> minima, Span<byte> packed)
    {
        packed[..12].Clear();
        for (var j = 0; j < 4; j++)
        {
            packed[j] = (byte)(scales[j] | (scales[j + 4] >> 4 << 6));
            packed[j + 4] = (byte)(minima[j] | (minima[j + 4] >> 4 << 6));
            packed[j + 8] = (byte)((scales[j + 4] & 15) | (minima[j + 4] << 4));
        }
    }

    /// <summary>2-bit codes of 256 values: per 128, 32 bytes whose four bit pairs belong to values 32 apart.</summary>
    public static void PackPairs(ReadOnlySpan<byte> codes, Span<byte> pairs)
    {
        for (var half = 0; half < 2; half++)
            for (var l = 0; l < 32; l++)
            {
                var at = (half * 128) + l;
                pairs[(half * 32) + l] = (byte)((codes[at] & 3) | ((codes[at + 32] & 3) << 2) | ((codes[at + 64] & 3) << 4) | ((codes[at + 96] & 3) << 6));
            }
    }
}
