using System.Buffers.Binary;

namespace Puna.Tensors;

/// <summary>32 values in 22 bytes: as <see cref="Q4_0"/> with a fifth bit each, value (code − 16)·d.</summary>
public readonly struct Q5_0 : IBlockQuantizer
{
    /// <inheritdoc/>
    public static string Name => "Q5_0";

    /// <inheritdoc/>
    public static int ElementsPerBlock => 32;

    /// <inheritdoc/>
    public static int BytesPerBlock => 22;

    /// <inheritdoc/>
    public static void Dequantize(ReadOnlySpan<byte> block, Span<float> values)
    {
        var d = BlockBytes.Scale(block, 0);
        var fifth = BinaryPrimitives.ReadUInt32LittleEndian(block[2..]);
        for (var j = 0; j < 16; j++)
        {
            values[j] = ((block[6 + j] & 15) + (int)(((fifth >> j) & 1) << 4) - 16) * d;
            values[j + 16] = ((block[6 + j] >> 4) + (int)(((fifth >> (j + 16)) & 1) << 4) - 16) * d;
        }
    }

    /// <summary>Without importance the reference's bytes; with it the scale is searched.</summary>
    public static void Quantize(ReadOnlySpan<float> values, ReadOnlySpan<float> importance, Span<byte> block)
    {
        Span<byte> codes = stackalloc byte[32];
        BlockBytes.WriteScale(block, 0, SymmetricCodes.Fill(values, importance, 16, codes));
        BlockBytes.PackFifthBits(codes, block[2..]);
        BlockBytes.PackNibbles(codes, block[6..]);
    }
}

/// <summary>32 values in 24 bytes: as <see cref="Q4_1"/> with a fifth bit each.</summary>
public readonly struct Q5_1 : IBlockQuantizer
{
    /// <inheritdoc/>
    public static string Name => "Q5_1";

    /// <inheritdoc/>
    public static int ElementsPerBlock => 32;

    /// <inheritdoc/>
    public static int BytesPerBlock => 24;

    /// <inheritdoc/>
    public static void Dequantize(ReadOnlySpan<byte> block, Span<float> values)
    {
        var (d, m) = (BlockBytes.Scale(block, 0), BlockBytes.Scale(block, 2));
        var fifth = BinaryPrimitives.ReadUInt32LittleEndian(block[4..]);
        for (var j = 0; j < 16; j++)
        {
            values[j] = (((block[8 + j] & 15) + (int)(((fifth >> j) & 1) << 4)) * d) + m;
            values[j + 16] = (((block[8 + j] >> 4) + (int)(((fifth >> (j + 16)) & 1) << 4)) * d) + m;
        }
    }

    /// <summary>Without importance the reference's bytes; with it scale and minimum are searched.</summary>
    public static void Quantize(ReadOnlySpan<float> values, ReadOnlySpan<float> importance, Span<byte> block)
    {
        Span<byte> codes = stackalloc byte[32];
        var (d, m) = AffineCodes.Fill(values, importance, 31, codes);
        BlockBytes.WriteScale(block, 0, d);
        BlockBytes.WriteScale(block, 2, m);
        BlockBytes.PackFifthBits(codes, block[4..]);
        BlockBytes.PackNibbles(codes, block[8..]);
    }
}
