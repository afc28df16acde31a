using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;

namespace Puna.Tensors;

/// <summary>Sixteen floats, 32 registers.</summary>
internal readonly unsafe struct Avx512Lanes(Vector512<float> value) : ILanes<Avx512Lanes, float>
{
    private readonly Vector512<float> _value = value;

    public static int Count => Vector512<float>.Count;

    public static int TileRows => 8;

    public static bool IsSupported => Avx512F.IsSupported && Avx512BW.IsSupported && Avx512DQ.IsSupported;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Avx512Lanes Load(float* source) => new(Vector512.Load(source));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Store(Avx512Lanes value, float* destination) => value._value.Store(destination);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Avx512Lanes Create(float value) => new(Vector512.Create(value));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Avx512Lanes operator +(Avx512Lanes left, Avx512Lanes right) => new(left._value + right._value);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Avx512Lanes operator -(Avx512Lanes left, Avx512Lanes right) => new(left._value - right._value);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Avx512Lanes operator *(Avx512Lanes left, Avx512Lanes right) => new(left._value * right._value);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Avx512Lanes operator /(Avx512Lanes left, Avx512Lanes right) => new(left._value / right._value);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Avx512Lanes Max(Avx512Lanes left, Avx512Lanes right) => new(Vector512.Max(left._value, right._value));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Avx512Lanes MaxNative(Avx512Lanes left, Avx512Lanes right) => new(Vector512.MaxNative(left._value, right._value));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Avx512Lanes MultiplyAdd(Avx512Lanes a, Avx512Lanes b, Avx512Lanes c) => new(Avx512F.FusedMultiplyAdd(a._value, b._value, c._value));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Avx512Lanes Sqrt(Avx512Lanes value) => new(Vector512.Sqrt(value._value));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Avx512Lanes Reciprocal(Avx512Lanes value)
    {
        // an estimate of 14 bits and a step of Newton's: half the time of a division
        var x = Avx512F.Min(Vector512.Create(float.MaxValue), value._value);
        var estimate = Avx512F.Reciprocal14(x);
        return new(Fused(Avx512F.FusedMultiplyAddNegated(estimate, x, Vector512<float>.One), estimate, estimate));
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Avx512Lanes Exp(Avx512Lanes value)
    {
        // e^x = 2^n · e^r with n = round(x / ln 2), |r| ≤ ln 2 / 2; adding 1.5·2^23 rounds
        var x = Avx512F.Min(Vector512.Create(ExpSeries.Highest), Avx512F.Max(Vector512.Create(ExpSeries.Lowest), value._value)); // in this order, what is no number stays none
        var shifted = Fused(x, Vector512.Create(ExpSeries.Log2E), Vector512.Create(ExpSeries.Shift));
        var n = shifted - Vector512.Create(ExpSeries.Shift);
        var r = Fused(n, Vector512.Create(-ExpSeries.Ln2High), x);
        r = Fused(n, Vector512.Create(-ExpSeries.Ln2Low), r);
        var p = Fused(Vector512.Create(ExpSeries.C7), r, Vector512.Create(ExpSeries.C6));
        p = Fused(p, r, Vector512.Create(ExpSeries.C5));
        p = Fused(p, r, Vector512.Create(ExpSeries.C4));
        p = Fused(p, r, Vector512.Create(ExpSeries.C3));
        p = Fused(p, r, Vector512.Create(ExpSeries.C2));
        p = Fused(p, r, Vector512<float>.One);
        p = Fused(p, r, Vector512<float>.One);
        return new(Avx512F.Scale(p, n)); // p · 2^n
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Avx512Lanes Log(Avx512Lanes value) => new(Vector512.Log(value._value));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Avx512Lanes RoundToBFloat16(Avx512Lanes value)
    {
        var bits = value._value.AsUInt32();
        var rounded = bits + Vector512.Create(0x7FFFu) + (Vector512.ShiftRightLogical(bits, 16) & Vector512<uint>.One);
        // NaN stays as it is: the carry could make it infinite or zero
        return new(Vector512.ConditionalSelect(Vector512.Equals(value._value, value._value), (rounded & Vector512.Create(0xFFFF0000u)).AsSingle(), value._value));
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void StoreBFloat16(Avx512Lanes value, ushort* destination) =>
        Avx512F.ConvertToVector256UInt16(RoundToBFloat16(value)._value.AsUInt32() >>> 16).Store(destination);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Avx512Lanes LoadBFloat16(ushort* source) =>
        new((Avx512F.ConvertToVector512UInt32(Vector256.Load(source)) << 16).AsSingle());

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void StoreHalf(Avx512Lanes value, ushort* destination)
    {
        var halves = HalfBits.FromSingle(value._value);
        Avx512F.ConvertToVector256UInt16(halves).Store(destination);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Avx512Lanes LoadHalf(ushort* source) => new(HalfBits.ToSingle(Avx512F.ConvertToVector512UInt32(Vector256.Load(source))));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Avx512Lanes LoadSByte(sbyte* source) => new(Avx512F.ConvertToVector512Single(Avx512F.ConvertToVector512Int32(Vector128.Load(source))));

    public static void Transpose(float* source, nint row, int rows, float* destination, nint destinationRow)
    {
        var (a0, a1, a2, a3) = Four(source, row, rows, 0);
        var (b0, b1, b2, b3) = Four(source, row, rows, 4);
        var (c0, c1, c2, c3) = Four(source, row, rows, 8);
        var (d0, d1, d2, d3) = Four(source, row, rows, 12);
        Quarters(a0, b0, c0, d0, destination, destinationRow);
        Quarters(a1, b1, c1, d1, destination + destinationRow, destinationRow);
        Quarters(a2, b2, c2, d2, destination + (2 * destinationRow), destinationRow);
        Quarters(a3, b3, c3, d3, destination + (3 * destinationRow), destinationRow);
    }

    /// <summary>Four rows, each quarter of the registers transposed: the first has columns 0, 4, 8 and 12.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static (Vector512<float> First, Vector512<float> Second, Vector512<float> Third, Vector512<float> Fourth) Four(float* source, nint row, int rows, int i)
    {
        var last = rows - 1;
        var r0 = Vector512.Load(source + (Math.Min(i, last) * row));
        var r1 = Vector512.Load(source + (Math.Min(i + 1, last) * row));
        var r2 = Vector512.Load(source + (Math.Min(i + 2, last) * row));
        var r3 = Vector512.Load(source + (Math.Min(i + 3, last) * row));
        Vector512<double> low = Avx512F.UnpackLow(r0, r1).AsDouble(), high = Avx512F.UnpackHigh(r0, r1).AsDouble();
        Vector512<double> low2 = Avx512F.UnpackLow(r2, r3).AsDouble(), high2 = Avx512F.UnpackHigh(r2, r3).AsDouble();
        return (Avx512F.UnpackLow(low, low2).AsSingle(), Avx512F.UnpackHigh(low, low2).AsSingle(), Avx512F.UnpackLow(high, high2).AsSingle(), Avx512F.UnpackHigh(high, high2).AsSingle());
    }

    /// <summary>Quarter i of the four becomes row 4·i.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Quarters(Vector512<float> a, Vector512<float> b, Vector512<float> c, Vector512<float> d, float* destination, nint row)
    {
        Vector512<float> low = Avx512F.Shuffle4x128(a, b, 0x44), high = Avx512F.Shuffle4x128(a, b, 0xEE);
        Vector512<float> low2 = Avx512F.Shuffle4x128(c, d, 0x44), high2 = Avx512F.Shuffle4x128(c, d, 0xEE);
        Avx512F.Shuffle4x128(low, low2, 0x88).Store(destination);
        Avx512F.Shuffle4x128(low, low2, 0xDD).Store(destination + (4 * row));
        Avx512F.Shuffle4x128(high, high2, 0x88).Store(destination + (8 * row));
        Avx512F.Shuffle4x128(high, high2, 0xDD).Store(destination + (12 * row));
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static float Sum(Avx512Lanes value) => Vector512.Sum(value._value);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static float Largest(Avx512Lanes value)
    {
        var half = Vector256.Max(value._value.GetLower(), value._value.GetUpper());
        return PortableLanes.Largest(Vector128.Max(half.GetLower(), half.GetUpper()));
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector512<float> Fused(Vector512<float> a, Vector512<float> b, Vector512<float> c) => Avx512F.FusedMultiplyAdd(a, b, c);
}
