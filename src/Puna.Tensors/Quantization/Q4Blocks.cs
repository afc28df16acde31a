namespace Puna.Tensors;

/// <summary>32 values in 18 bytes: a scale d (half) and 4-bit codes, value (code − 8)·d. The value largest in size becomes code 0.</summary>
public readonly struct Q4_0 : IBlockQuantizer
{
    /// <inheritdoc/>
    public static string Name => "Q4_0";

    /// <inheritdoc/>
    public static int ElementsPerBlock => 32;

    /// <inheritdoc/>
    public static int BytesPerBlock => 18;

    /// <inheritdoc/>
    public static void Dequantize(ReadOnlySpan<byte> block, Span<float> values)
    {
        var d = BlockBytes.Scale(block, 0);
        for (var j = 0; j < 16; j++)
        {
            values[j] = ((block[2 + j] & 15) - 8) * d;
            values[j + 16] = ((block[2 + j] >> 4) - 8) * d;
        }
    }

    /// <summary>Without importance the reference's bytes; with it the scale is searched.</summary>
    public static void Quantize(ReadOnlySpan<float> values, ReadOnlySpan<float> importance, Span<byte> block)
    {
        Span<byte> codes = stackalloc byte[32];
        BlockBytes.WriteScale(block, 0, SymmetricCodes.Fill(values, importance, 8, codes));
        BlockBytes.PackNibbles(codes, block[2..]);
    }
}

/// <summary>32 values in 20 bytes: a scale d and a minimum m (halves) and 4-bit codes, value code·d + m.</summary>
public readonly struct Q4_1 : IBlockQuantizer
{
    /// <inheritdoc/>
    public static string Name => "Q4_1";

    /// <inheritdoc/>
    public static int ElementsPerBlock => 32;

    /// <inheritdoc/>
    public static int BytesPerBlock => 20;

    /// <inheritdoc/>
    public static void Dequantize(ReadOnlySpan<byte> block, Span<float> values)
    {
        var (d, m) = (BlockBytes.Scale(block, 0), BlockBytes.Scale(block, 2));
        for (var j = 0; j < 16; j++)
        {
            values[j] = ((block[4 + j] & 15) * d) + m;
            values[j + 16] = ((block[4 + j] >> 4) * d) + m;
        }
    }

    /// <summary>Without importance the reference's bytes; with it scale and minimum are searched.</summary>
    public static void Quantize(ReadOnlySpan<float> values, ReadOnlySpan<float> importance, Span<byte> block)
    {
        Span<byte> codes = stackalloc byte[32];
        var (d, m) = AffineCodes.Fill(values, importance, 15, codes);
        BlockBytes.WriteScale(block, 0, d);
        BlockBytes.WriteScale(block, 2, m);
        BlockBytes.PackNibbles(codes, block[4..]);
    }
}
