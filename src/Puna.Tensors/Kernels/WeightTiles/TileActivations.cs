using System.Numerics;
using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;

namespace Puna.Tensors;

/// <summary>
/// Activations as bytes, for products with <see cref="WeightTileFormat"/>: each 32 neighbours of a token share a scale d = largest/127 and become
/// round(x/d) (half to even), as Q8_0 with a scale in single precision. Tokens lie in panels of up to 12 (16 for <see cref="AmxTileKernel"/>): for each group of 32 columns, with T tokens
/// in the panel, 32·T bytes of codes token by token, then seven rows of T numbers: d; −Σ of the codes; −Σ of the first and of the last 16; d·Σ; d·Σ of the first and the last 16.
/// </summary>
internal static unsafe class TileActivations
{
    /// <summary>The most tokens of a panel that vector registers have room for.</summary>
    public const int PanelTokens = 12;

    /// <summary>Rows of numbers behind the codes.</summary>
    public const int Scale = 0, Sum = 1, HalfSums = 2, ScaledSum = 4, ScaledHalfSums = 5, Numbers = 7;

    /// <summary>Bytes that a token takes in a group.</summary>
    public const int TokenGroupBytes = WeightTileFormat.GroupColumns + (Numbers * sizeof(float));

    /// <summary>Bytes of all panels.</summary>
    public static long Bytes(int tokens, int columns) => (long)tokens * (columns / WeightTileFormat.GroupColumns) * TokenGroupBytes;

    /// <summary>Writes one token into its panel.</summary>
    /// <param name="x">[columns].</param>
    /// <param name="columns">A multiple of 32.</param>
    /// <param name="panel">The panel's first byte.</param>
    /// <param name="tokens">Tokens of the panel.</param>
    /// <param name="token">Which of them.</param>
    public static void Quantize(float* x, int columns, byte* panel, int tokens, int token)
    {
        var k = 0;
        if (Vector512.IsHardwareAccelerated)
            for (; k <= columns - 128; k += 128, panel += 4 * tokens * TokenGroupBytes) FourGroups(x + k, panel, tokens, token);
        for (; k < columns; k += 32, panel += tokens * TokenGroupBytes)
        {
            var codes = (sbyte*)panel + (token * 32);
            var (sum0, sum1, d) = Vector512.IsHardwareAccelerated ? Group512(x + k, codes) : Vector256.IsHardwareAccelerated ? Group256(x + k, codes) : Group128(x + k, codes);
            var floats = (float*)(panel + (tokens * 32)) + token;
            var ints = (int*)floats;
            floats[Scale * tokens] = d;
            ints[Sum * tokens] = -(sum0 + sum1);
            ints[HalfSums * tokens] = -sum0;
            ints[(HalfSums + 1) * tokens] = -sum1;
            floats[ScaledSum * tokens] = d * (sum0 + sum1);
            floats[ScaledHalfSums * tokens] = d * sum0;
            floats[(ScaledHalfSums + 1) * tokens] = d * sum1;
        }
    }

    /// <summary>Four neighbouring groups, whose largest numbers, scales and sums are found side by side. Sizes are compared as integers, which orders them, and what is no number above all.</summary>
    private static void FourGroups(float* x, byte* panel, int tokens, int token)
    {
        var (m0, m1, m2, m3) = (Sizes(x), Sizes(x + 32), Sizes(x + 64), Sizes(x + 96));
        var (low, high) = (Vector512.Max(Avx512F.UnpackLow(m0, m1), Avx512F.UnpackHigh(m0, m1)).AsInt64(), Vector512.Max(Avx512F.UnpackLow(m2, m3), Avx512F.UnpackHigh(m2, m3)).AsInt64());
        var four = Vector512.Max(Avx512F.UnpackLow(low, high).AsInt32(), Avx512F.UnpackHigh(low, high).AsInt32()); // in each lane of 16 bytes the groups one after the other
        var two = Vector256.Max(four.GetLower(), four.GetUpper());
        var d = Vector128.Max(two.GetLower(), two.GetUpper()).AsSingle() / 127;
        var inverse = Vector128.AndNot(Vector128<float>.One / d, Vector128.LessThan(d, Vector128.Create(SmallestScale)));
        var step = tokens * TokenGroupBytes;
        var codes = (sbyte*)panel + (token * 32);
        var (s0, s1) = (Codes(x, inverse.GetElement(0), codes), Codes(x + 32, inverse.GetElement(1), codes + step));
        var (s2, s3) = (Codes(x + 64, inverse.GetElement(2), codes + (2 * step)), Codes(x + 96, inverse.GetElement(3), codes + (3 * step)));
        var sums = Avx2.HorizontalAdd(Avx2.HorizontalAdd(s0, s1), Avx2.HorizontalAdd(s2, s3)); // of the first 16 of each group, then of the last
        var (first, last) = (sums.GetLower(), sums.GetUpper());
        var both = first + last;
        var place = panel + (tokens * 32) + (token * sizeof(float));
        var row = (nint)tokens * sizeof(float);
        Write(place + (Scale * row), step, d.AsInt32());
        Write(place + (Sum * row), step, -both);
        Write(place + (HalfSums * row), step, -first);
        Write(place + ((HalfSums + 1) * row), step, -last);
        Write(place + (ScaledSum * row), step, (d * Vector128.ConvertToSingle(both)).AsInt32());
        Write(place + (ScaledHalfSums * row), step, (d * Vector128.ConvertToSingle(first)).AsInt32());
        Write(place + ((ScaledHalfSums + 1) * row), step, (d * Vector128.ConvertToSingle(last)).AsInt32());
    }

    /// <summary>A number of each of four groups.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Write(byte* to, nint step, Vector128<int> numbers)
    {
        *(int*)to = numbers.GetElement(0);
        *(int*)(to + step) = numbers.GetElement(1);
        *(int*)(to + (2 * step)) = numbers.GetElement(2);
        *(int*)(to + (3 * step)) = numbers.GetElement(3);
    }

    /// <summary>The larger ones of each two of 32 sizes.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector512<int> Sizes(float* x) => Vector512.Max(Vector512.Abs(Vector512.Load(x)).AsInt32(), Vector512.Abs(Vector512.Load(x + 16)).AsInt32());

    /// <summary>Writes the codes of a group; returns sums of four.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector256<int> Codes(float* x, float inverse, sbyte* codes)
    {
        var shift = Vector512.Create(RoundingShift);
        var factor = Vector512.Create(inverse);
        var a = Avx512F.ConvertToVector128SByte(((Vector512.Load(x) * factor) + shift).AsInt32() - shift.AsInt32());
        var b = Avx512F.ConvertToVector128SByte(((Vector512.Load(x + 16) * factor) + shift).AsInt32() - shift.AsInt32());
        var all = Vector256.Create(a, b);
        all.Store(codes);
        return Avx2.MultiplyAddAdjacent(Avx2.MultiplyAddAdjacent(Vector256<byte>.One, all), Vector256<short>.One);
    }

    private static (int First, int Last, float Scale) Group512(float* x, sbyte* codes)
    {
        var (a, b) = (Vector512.Load(x), Vector512.Load(x + 16));
        var d = Largest(Vector512.Max(Vector512.Abs(a), Vector512.Abs(b))) / 127;
        var inverse = Vector512.Create(Inverse(d));
        var shift = Vector512.Create(RoundingShift);
        var (p, q) = (((a * inverse) + shift).AsInt32() - shift.AsInt32(), ((b * inverse) + shift).AsInt32() - shift.AsInt32());
        Vector256.Narrow(Vector256.Narrow(p.GetLower(), p.GetUpper()), Vector256.Narrow(q.GetLower(), q.GetUpper())).Store(codes);
        return (Vector512.Sum(p), Vector512.Sum(q), d);
    }

    private static float Largest(Vector512<float> v)
    {
        var eight = Vector256.Max(v.GetLower(), v.GetUpper());
        return Largest(Vector128.Max(eight.GetLower(), eight.GetUpper()));
    }

    private static float Largest(Vector128<float> v)
    {
        var two = Vector128.Max(v, Vector128.Shuffle(v, Vector128.Create(2, 3, 0, 1)));
        return MathF.Max(two.GetElement(0), two.GetElement(1));
    }

    private static (int First, int Last, float Scale) Group256(float* x, sbyte* codes)
    {
        var (a, b, c, e) = (Vector256.Load(x), Vector256.Load(x + 8), Vector256.Load(x + 16), Vector256.Load(x + 24));
        var largest = Vector256.Max(Vector256.Max(Vector256.Abs(a), Vector256.Abs(b)), Vector256.Max(Vector256.Abs(c), Vector256.Abs(e)));
        var d = Largest(Vector128.Max(largest.GetLower(), largest.GetUpper())) / 127;
        var inverse = Vector256.Create(Inverse(d));
        var shift = Vector256.Create(RoundingShift);
        var (p, q) = (((a * inverse) + shift).AsInt32() - shift.AsInt32(), ((b * inverse) + shift).AsInt32() - shift.AsInt32());
        var (r, s) = (((c * inverse) + shift).AsInt32() - shift.AsInt32(), ((e * inverse) + shift).AsInt32() - shift.AsInt32());
        Vector256.Narrow(Vector256.Narrow(p, q), Vector256.Narrow(r, s)).Store(codes);
        return (Vector256.Sum(p + q), Vector256.Sum(r + s), d);
    }

    private static (int First, int Last, float Scale) Group128(float* x, sbyte* codes)
    {
        var largest = Vector128<float>.Zero;
        for (var i = 0; i < 32; i += 4) largest = Vector128.Max(largest, Vector128.Abs(Vector128.Load(x + i)));
        var d = Largest(largest) / 127;
        var inverse = Vector128.Create(Inverse(d));
        var first = Half128(x, inverse, codes);
        return (first, Half128(x + 16, inverse, codes + 16), d);
    }

    private static int Half128(float* x, Vector128<float> inverse, sbyte* codes)
    {
        var shift = Vector128.Create(RoundingShift);
        var (p, q) = (((Vector128.Load(x) * inverse) + shift).AsInt32() - shift.AsInt32(), ((Vector128.Load(x + 4) * inverse) + shift).AsInt32() - shift.AsInt32());
        var (r, s) = (((Vector128.Load(x + 8) * inverse) + shift).AsInt32() - shift.AsInt32(), ((Vector128.Load(x + 12) * inverse) + shift).AsInt32() - shift.AsInt32());
        Vector128.Narrow(Vector128.Narrow(p, q), Vector128.Narrow(r, s)).Store(codes);
        return Vector128.Sum(p + q + r + s);
    }

    /// <summary>1/d; 0 where that is no finite number, so that a group of zeros has codes of 0.</summary>
    private static float Inverse(float d) => d < SmallestScale ? 0 : 1 / d;

    private const float SmallestScale = 1e-37f;

    /// <summary>1.5·2^23: added to a small number it leaves it rounded in the last bits.</summary>
    private const float RoundingShift = 12582912f;
}
