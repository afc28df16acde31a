using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;

namespace Puna.Tensors;

/// <summary>Eight floats with fused multiply-add.</summary>
internal readonly unsafe struct Avx2Lanes(Vector256<float> value) : ILanes<Avx2Lanes, float>
{
    private readonly Vector256<float> _value = value;

    public static int Count => Vector256<float>.Count;

    public static int TileRows => 4;

    public static bool IsSupported => Avx2.IsSupported && Fma.IsSupported;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Avx2Lanes Load(float* source) => new(Vector256.Load(source));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Store(Avx2Lanes value, float* destination) => value._value.Store(destination);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Avx2Lanes Create(float value) => new(Vector256.Create(value));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Avx2Lanes operator +(Avx2Lanes left, Avx2Lanes right) => new(left._value + right._value);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Avx2Lanes operator -(Avx2Lanes left, Avx2Lanes right) => new(left._value - right._value);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Avx2Lanes operator *(Avx2Lanes left, Avx2Lanes right) => new(left._value * right._value);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Avx2Lanes operator /(Avx2Lanes left, Avx2Lanes right) => new(left._value / right._value);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Avx2Lanes Max(Avx2Lanes left, Avx2Lanes right) => new(Vector256.Max(left._value, right._value));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Avx2Lanes MaxNative(Avx2Lanes left, Avx2Lanes right) => new(Vector256.MaxNative(left._value, right._value));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Avx2Lanes MultiplyAdd(Avx2Lanes a, Avx2Lanes b, Avx2Lanes c) => new(Fma.MultiplyAdd(a._value, b._value, c._value));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Avx2Lanes Sqrt(Avx2Lanes value) => new(Vector256.Sqrt(value._value));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Avx2Lanes Reciprocal(Avx2Lanes value) => new(Vector256<float>.One / value._value);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Avx2Lanes Exp(Avx2Lanes value)
    {
        // e^x = 2^n · e^r with n = round(x / ln 2), |r| ≤ ln 2 / 2; n is read from the low bits of x/ln 2 + 1.5·2^23
        var x = Vector256.Min(Vector256.Max(value._value, Vector256.Create(ExpSeries.Lowest)), Vector256.Create(ExpSeries.Highest));
        var shifted = Fused(x, Vector256.Create(ExpSeries.Log2E), Vector256.Create(ExpSeries.Shift));
        var n = shifted - Vector256.Create(ExpSeries.Shift);
        var r = Fused(n, Vector256.Create(-ExpSeries.Ln2High), x);
        r = Fused(n, Vector256.Create(-ExpSeries.Ln2Low), r);
        var p = Fused(Vector256.Create(ExpSeries.C7), r, Vector256.Create(ExpSeries.C6));
        p = Fused(p, r, Vector256.Create(ExpSeries.C5));
        p = Fused(p, r, Vector256.Create(ExpSeries.C4));
        p = Fused(p, r, Vector256.Create(ExpSeries.C3));
        p = Fused(p, r, Vector256.Create(ExpSeries.C2));
        p = Fused(p, r, Vector256<float>.One);
        p = Fused(p, r, Vector256<float>.One);
        // 2^n in two factors, so that results near the ends of the range neither overflow nor lose their sign bit
        var exponent = shifted.AsInt32() - Vector256.Create(ExpSeries.Shift).AsInt32();
        var half = Vector256.ShiftRightArithmetic(exponent, 1);
        var first = Vector256.ShiftLeft(half + Vector256.Create(127), 23).AsSingle();
        var second = Vector256.ShiftLeft(exponent - half + Vector256.Create(127), 23).AsSingle();
        return new(p * first * second);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Avx2Lanes Log(Avx2Lanes value) => new(Vector256.Log(value._value));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Avx2Lanes RoundToBFloat16(Avx2Lanes value)
    {
        var bits = value._value.AsUInt32();
        var rounded = bits + Vector256.Create(0x7FFFu) + (Vector256.ShiftRightLogical(bits, 16) & Vector256<uint>.One);
        // NaN stays as it is: the carry could make it infinite or zero
        return new(Vector256.ConditionalSelect(Vector256.Equals(value._value, value._value), (rounded & Vector256.Create(0xFFFF0000u)).AsSingle(), value._value));
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void StoreBFloat16(Avx2Lanes value, ushort* destination) =>
        Vector128.Narrow((RoundToBFloat16(value)._value.AsUInt32() >>> 16).GetLower(), (RoundToBFloat16(value)._value.AsUInt32() >>> 16).GetUpper()).Store(destination);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Avx2Lanes LoadBFloat16(ushort* source) =>
        new((Avx2.ConvertToVector256Int32(source) << 16).AsSingle());

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void StoreHalf(Avx2Lanes value, ushort* destination)
    {
        var halves = HalfBits.FromSingle(value._value);
        Vector128.Narrow(halves.GetLower(), halves.GetUpper()).Store(destination);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Avx2Lanes LoadHalf(ushort* source) => new(HalfBits.ToSingle(Avx2.ConvertToVector256Int32(source).AsUInt32()));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Avx2Lanes LoadSByte(sbyte* source) => new(Avx.ConvertToVector256Single(Avx2.ConvertToVector256Int32(source)));

    public static void Transpose(float* source, nint row, int rows, float* destination, nint destinationRow)
    {
        var (a0, a1, a2, a3) = Four(source, row, rows, 0);
        var (b0, b1, b2, b3) = Four(source, row, rows, 4);
        Halves(a0, b0, destination, destinationRow);
        Halves(a1, b1, destination + destinationRow, destinationRow);
        Halves(a2, b2, destination + (2 * destinationRow), destinationRow);
        Halves(a3, b3, destination + (3 * destinationRow), destinationRow);
    }

    /// <summary>Four rows, each half of the registers transposed: the first has columns 0 and 4.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static (Vector256<float> First, Vector256<float> Second, Vector256<float> Third, Vector256<float> Fourth) Four(float* source, nint row, int rows, int i)
    {
        var last = rows - 1;
        var r0 = Vector256.Load(source + (Math.Min(i, last) * row));
        var r1 = Vector256.Load(source + (Math.Min(i + 1, last) * row));
        var r2 = Vector256.Load(source + (Math.Min(i + 2, last) * row));
        var r3 = Vector256.Load(source + (Math.Min(i + 3, last) * row));
        Vector256<double> low = Avx.UnpackLow(r0, r1).AsDouble(), high = Avx.UnpackHigh(r0, r1).AsDouble();
        Vector256<double> low2 = Avx.UnpackLow(r2, r3).AsDouble(), high2 = Avx.UnpackHigh(r2, r3).AsDouble();
        return (Avx.UnpackLow(low, low2).AsSingle(), Avx.UnpackHigh(low, low2).AsSingle(), Avx.UnpackLow(high, high2).AsSingle(), Avx.UnpackHigh(high, high2).AsSingle());
    }

    /// <summary>Half i of the two becomes row 4·i.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Halves(Vector256<float> a, Vector256<float> b, float* destination, nint row)
    {
        Avx.Permute2x128(a, b, 0x20).Store(destination);
        Avx.Permute2x128(a, b, 0x31).Store(destination + (4 * row));
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static float Sum(Avx2Lanes value) => Vector256.Sum(value._value);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static float Largest(Avx2Lanes value) => PortableLanes.Largest(Vector128.Max(value._value.GetLower(), value._value.GetUpper()));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector256<float> Fused(Vector256<float> a, Vector256<float> b, Vector256<float> c) => Fma.MultiplyAdd(a, b, c);
}
