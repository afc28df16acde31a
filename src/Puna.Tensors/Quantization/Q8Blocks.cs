using System.Buffers.Binary;

namespace Puna.Tensors;

/// <summary>32 values in 34 bytes: a scale d (half) and signed bytes, value code·d.</summary>
public readonly struct Q8_0 : IBlockQuantizer
{
    /// <inheritdoc/>
    public static string Name => "Q8_0";

    /// <inheritdoc/>
    public static int ElementsPerBlock => 32;

    /// <inheritdoc/>
    public static int BytesPerBlock => 34;

    /// <inheritdoc/>
    public static void Dequantize(ReadOnlySpan<byte> block, Span<float> values)
    {
        var d = BlockBytes.Scale(block, 0);
        for (var j = 0; j < 32; j++) values[j] = (sbyte)block[2 + j] * d;
    }

    /// <summary>The reference's bytes; half steps away from zero. Importance changes nothing: eight bits are enough for every value.</summary>
    public static void Quantize(ReadOnlySpan<float> values, ReadOnlySpan<float> importance, Span<byte> block)
    {
        var largest = 0f;
        foreach (var value in values) largest = MathF.Max(largest, MathF.Abs(value));
        var d = largest / 127;
        var inverse = d == 0 ? 0 : 1 / d;
        BlockBytes.WriteScale(block, 0, d);
        for (var j = 0; j < 32; j++) block[2 + j] = (byte)(sbyte)MathF.Round(values[j] * inverse, MidpointRounding.AwayFromZero);
    }
}

/// <summary>256 values in 292 bytes: a scale d (single), signed bytes, and the sums of 16 codes each, which products with formats that have minima need. Meant for activations.</summary>
public readonly struct Q8_K : IBlockQuantizer
{
    /// <inheritdoc/>
    public static string Name => "Q8_K";

    /// <inheritdoc/>
    public static int ElementsPerBlock => 256;

    /// <inheritdoc/>
    public static int BytesPerBlock => 292;

    /// <inheritdoc/>
    public static void Dequantize(ReadOnlySpan<byte> block, Span<float> values)
    {
        var d = BinaryPrimitives.ReadSingleLittleEndian(block);
        for (var j = 0; j < 256; j++) values[j] = d * (sbyte)block[4 + j];
    }

    /// <summary>The value largest in size becomes −127.</summary>
    public static void Quantize(ReadOnlySpan<float> values, ReadOnlySpan<float> importance, Span<byte> block)
    {
        block.Clear();
        var peak = SymmetricCodes.Peak(values);
        if (peak == 0) return;
        var inverse = -127 / peak;
        BinaryPrimitives.WriteSingleLittleEndian(block, 1 / inverse);
        for (var group = 0; group < 16; group++)
        {
            var sum = 0;
            for (var j = group * 16; j < (group + 1) * 16; j++)
            {
                var code = Math.Min(127, (int)MathF.Round(inverse * values[j]));
                block[4 + j] = (byte)(sbyte)code;
                sum += code;
            }
            BinaryPrimitives.WriteInt16LittleEndian(block[(260 + (2 * group))..], (short)sum);
        }
    }
}
