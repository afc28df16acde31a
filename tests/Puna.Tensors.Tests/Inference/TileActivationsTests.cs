using Puna.Tensors;

namespace Puna.Tests.Tensors;

/// <summary>Activations become the bytes, scales and sums that <see cref="TileActivations"/> promises, wherever a group of 32 lies in its row.</summary>
public unsafe class TileActivationsTests
{
    [Theory]
    [InlineData(32)]
    [InlineData(128)]
    [InlineData(288)]
    [InlineData(512)]
    public void Codes_scales_and_sums_are_those_of_the_formula(int columns)
    {
        const int Tokens = 3;
        var random = new CounterRandom(11);
        var x = new float[Tokens * columns];
        foreach (ref var value in x.AsSpan()) value = (float)(random.NextNormal() * Math.Pow(10, random.Next(7) - 3));
        x.AsSpan(32 * (columns / 64), 32).Clear(); // a group of zeros
        for (var k = 0; k < 32; k++) x[columns + k] = 1e-39f * (k - 16); // too small for a scale
        x[(2 * columns) + columns - 1] = -1000; // the largest at a row's end
        using var panel = new NativeBuffer(TileActivations.Bytes(Tokens, columns));
        new Span<byte>(panel.Pointer, (int)panel.Bytes).Fill(0xAB);
        fixed (float* from = x)
            for (var t = 0; t < Tokens; t++) TileActivations.Quantize(from + (t * columns), columns, (byte*)panel.Pointer, Tokens, t);
        for (var t = 0; t < Tokens; t++)
            for (var g = 0; g < columns / 32; g++) CheckGroup(x.AsSpan((t * columns) + (32 * g), 32), (byte*)panel.Pointer + (g * Tokens * TileActivations.TokenGroupBytes), Tokens, t, $"token {t}, group {g}");
    }

    /// <summary>Codes cannot say it, so the scale must: a product with such a group is no number either.</summary>
    [Theory]
    [InlineData(float.NaN)]
    [InlineData(float.PositiveInfinity)]
    [InlineData(float.NegativeInfinity)]
    public void What_is_no_number_stays_none(float value)
    {
        const int Columns = 160;
        using var panel = new NativeBuffer(TileActivations.Bytes(1, Columns));
        for (var at = 0; at < Columns; at += 13)
        {
            var x = Enumerable.Repeat(2f, Columns).ToArray();
            x[at] = value;
            fixed (float* from = x) TileActivations.Quantize(from, Columns, (byte*)panel.Pointer, 1, 0);
            for (var g = 0; g < Columns / 32; g++)
                float.IsFinite(*(float*)((byte*)panel.Pointer + (g * TileActivations.TokenGroupBytes) + 32)).ShouldBe(g != at / 32, $"{value} at {at}, group {g}");
        }
    }

    private static void CheckGroup(ReadOnlySpan<float> x, byte* group, int tokens, int token, string where)
    {
        var d = x.ToArray().Max(Math.Abs) / 127;
        var inverse = d < 1e-37f ? 0 : 1 / d;
        var sums = new int[2];
        for (var k = 0; k < 32; k++)
        {
            var code = (int)MathF.Round(x[k] * inverse, MidpointRounding.ToEven);
            ((sbyte*)group)[(32 * token) + k].ShouldBe((sbyte)code, $"{where}, column {k}");
            sums[k / 16] += code;
        }
        var floats = (float*)(group + (32 * tokens)) + token;
        var ints = (int*)floats;
        floats[TileActivations.Scale * tokens].ShouldBe(d, where);
        ints[TileActivations.Sum * tokens].ShouldBe(-(sums[0] + sums[1]), where);
        ints[TileActivations.HalfSums * tokens].ShouldBe(-sums[0], where);
        ints[(TileActivations.HalfSums + 1) * tokens].ShouldBe(-sums[1], where);
        floats[TileActivations.ScaledSum * tokens].ShouldBe(d * (sums[0] + sums[1]), where);
        floats[TileActivations.ScaledHalfSums * tokens].ShouldBe(d * sums[0], where);
        floats[(TileActivations.ScaledHalfSums + 1) * tokens].ShouldBe(d * sums[1], where);
    }
}
