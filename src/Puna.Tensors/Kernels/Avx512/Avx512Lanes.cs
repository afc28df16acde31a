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
    public static Avx512Lanes MultiplyAdd(Avx512Lanes a, Avx512Lanes b, Avx512Lanes c) => new(Avx512F.FusedMultiplyAdd(a._value, b._value, c._value));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Avx512Lanes Sqrt(Avx512Lanes value) => new(Vector512.Sqrt(value._value));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Avx512Lanes Exp(Avx512Lanes value)
    {
        // e^x = 2^n · e^r with n = round(x / ln 2), |r| ≤ ln 2 / 2; n is read from the low bits of x/ln 2 + 1.5·2^23
        var x = Vector512.Min(Vector512.Max(value._value, Vector512.Create(ExpSeries.Lowest)), Vector512.Create(ExpSeries.Highest));
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
        // 2^n in two factors, so that results near the ends of the range neither overflow nor lose their sign bit
        var exponent = shifted.AsInt32() - Vector512.Create(ExpSeries.Shift).AsInt32();
        var half = Vector512.ShiftRightArithmetic(exponent, 1);
        var first = Vector512.ShiftLeft(half + Vector512.Create(127), 23).AsSingle();
        var second = Vector512.ShiftLeft(exponent - half + Vector512.Create(127), 23).AsSingle();
        return new(p * first * second);
    }

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
