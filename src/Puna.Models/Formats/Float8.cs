namespace Puna.Models;

/// <summary>
/// Numbers of eight bits: E4M3 (bias 7, no infinities, NaN is all ones) and E5M2 (bias 15, as IEEE). Every one is a float exactly.
/// Source: Micikevicius et al. 2209.05433, table 1.
/// </summary>
internal static class Float8
{
    /// <summary>The number that four bits of exponent and three of fraction mean.</summary>
    public static float FromE4M3(byte bits)
    {
        if ((bits & 0x7F) == 0x7F) return float.NaN;
        var (exponent, fraction) = ((bits >> 3) & 15, bits & 7);
        var size = exponent == 0 ? MathF.ScaleB(fraction, -9) : MathF.ScaleB(8 + fraction, exponent - 10);
        return (bits & 0x80) != 0 ? -size : size;
    }

    /// <summary>The number that five bits of exponent and two of fraction mean: the upper half of an IEEE half.</summary>
    public static float FromE5M2(byte bits) => (float)BitConverter.UInt16BitsToHalf((ushort)(bits << 8));
}
