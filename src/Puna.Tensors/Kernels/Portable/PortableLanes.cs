using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace Puna.Tensors;

/// <summary>Four floats: what every machine that .NET runs on can do (SSE, AdvSimd, or plain scalars).</summary>
internal readonly unsafe struct PortableLanes(Vector128<float> value) : ILanes<PortableLanes, float>
{
    private readonly Vector128<float> _value = value;

    public static int Count => Vector128<float>.Count;

    public static int TileRows => 4;

    public static bool IsSupported => true;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static PortableLanes Load(float* source) => new(Vector128.Load(source));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Store(PortableLanes value, float* destination) => value._value.Store(destination);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static PortableLanes Create(float value) => new(Vector128.Create(value));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static PortableLanes operator +(PortableLanes left, PortableLanes right) => new(left._value + right._value);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static PortableLanes operator -(PortableLanes left, PortableLanes right) => new(left._value - right._value);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static PortableLanes operator *(PortableLanes left, PortableLanes right) => new(left._value * right._value);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static PortableLanes operator /(PortableLanes left, PortableLanes right) => new(left._value / right._value);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static PortableLanes Max(PortableLanes left, PortableLanes right) => new(Vector128.Max(left._value, right._value));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static PortableLanes MaxNative(PortableLanes left, PortableLanes right) => new(Vector128.MaxNative(left._value, right._value));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static PortableLanes MultiplyAdd(PortableLanes a, PortableLanes b, PortableLanes c) => new(Vector128.MultiplyAddEstimate(a._value, b._value, c._value));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static PortableLanes Sqrt(PortableLanes value) => new(Vector128.Sqrt(value._value));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static PortableLanes Reciprocal(PortableLanes value) => new(Vector128<float>.One / value._value);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static PortableLanes Exp(PortableLanes value)
    {
        // e^x = 2^n · e^r with n = round(x / ln 2), |r| ≤ ln 2 / 2; n is read from the low bits of x/ln 2 + 1.5·2^23
        var x = Vector128.Min(Vector128.Max(value._value, Vector128.Create(ExpSeries.Lowest)), Vector128.Create(ExpSeries.Highest));
        var shifted = Fused(x, Vector128.Create(ExpSeries.Log2E), Vector128.Create(ExpSeries.Shift));
        var n = shifted - Vector128.Create(ExpSeries.Shift);
        var r = Fused(n, Vector128.Create(-ExpSeries.Ln2High), x);
        r = Fused(n, Vector128.Create(-ExpSeries.Ln2Low), r);
        var p = Fused(Vector128.Create(ExpSeries.C7), r, Vector128.Create(ExpSeries.C6));
        p = Fused(p, r, Vector128.Create(ExpSeries.C5));
        p = Fused(p, r, Vector128.Create(ExpSeries.C4));
        p = Fused(p, r, Vector128.Create(ExpSeries.C3));
        p = Fused(p, r, Vector128.Create(ExpSeries.C2));
        p = Fused(p, r, Vector128<float>.One);
        p = Fused(p, r, Vector128<float>.One);
        // 2^n in two factors, so that results near the ends of the range neither overflow nor lose their sign bit
        var exponent = shifted.AsInt32() - Vector128.Create(ExpSeries.Shift).AsInt32();
        var half = Vector128.ShiftRightArithmetic(exponent, 1);
        var first = Vector128.ShiftLeft(half + Vector128.Create(127), 23).AsSingle();
        var second = Vector128.ShiftLeft(exponent - half + Vector128.Create(127), 23).AsSingle();
        return new(p * first * second);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static PortableLanes Log(PortableLanes value) => new(Vector128.Log(value._value));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static PortableLanes RoundToBFloat16(PortableLanes value)
    {
        var bits = value._value.AsUInt32();
        var rounded = bits + Vector128.Create(0x7FFFu) + (Vector128.ShiftRightLogical(bits, 16) & Vector128<uint>.One);
        // NaN stays as it is: the carry could make it infinite or zero
        return new(Vector128.ConditionalSelect(Vector128.Equals(value._value, value._value), (rounded & Vector128.Create(0xFFFF0000u)).AsSingle(), value._value));
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void StoreBFloat16(PortableLanes value, ushort* destination) =>
        Vector64.Narrow((RoundToBFloat16(value)._value.AsUInt32() >>> 16).GetLower(), (RoundToBFloat16(value)._value.AsUInt32() >>> 16).GetUpper()).Store(destination);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static PortableLanes LoadBFloat16(ushort* source) =>
        new((Vector128.WidenLower(Vector64.Load(source).ToVector128Unsafe()) << 16).AsSingle());

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void StoreHalf(PortableLanes value, ushort* destination)
    {
        var halves = HalfBits.FromSingle(value._value);
        for (var i = 0; i < Count; i++) destination[i] = (ushort)halves.GetElement(i);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static PortableLanes LoadHalf(ushort* source) => new(HalfBits.ToSingle(Vector128.WidenLower(Vector64.Load(source).ToVector128Unsafe())));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static PortableLanes LoadSByte(sbyte* source) => new(Vector128.ConvertToSingle(Vector128.Create((int)source[0], source[1], source[2], source[3])));

    public static void Transpose(float* source, nint row, int rows, float* destination, nint destinationRow)
    {
        for (var i = 0; i < Count; i++)
        {
            var from = source + (Math.Min(i, rows - 1) * row);
            for (var j = 0; j < Count; j++) destination[(j * destinationRow) + i] = from[j];
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static float Sum(PortableLanes value) => Vector128.Sum(value._value);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static float Largest(PortableLanes value) => Largest(value._value);

    /// <summary>The largest of four.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    internal static float Largest(Vector128<float> value)
    {
        value = Vector128.Max(value, Vector128.Shuffle(value, Vector128.Create(2, 3, 0, 1)));
        return Math.Max(value.ToScalar(), value[1]);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector128<float> Fused(Vector128<float> a, Vector128<float> b, Vector128<float> c) => Vector128.MultiplyAddEstimate(a, b, c);
}
