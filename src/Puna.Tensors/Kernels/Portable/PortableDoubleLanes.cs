using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace Puna.Tensors;

/// <summary>Two doubles: the reference arithmetic that golden numbers and finite differences are checked in.</summary>
internal readonly unsafe struct PortableDoubleLanes(Vector128<double> value) : ILanes<PortableDoubleLanes, double>
{
    private readonly Vector128<double> _value = value;

    public static int Count => Vector128<double>.Count;

    public static int TileRows => 4;

    public static bool IsSupported => true;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static PortableDoubleLanes Load(double* source) => new(Vector128.Load(source));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Store(PortableDoubleLanes value, double* destination) => value._value.Store(destination);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static PortableDoubleLanes Create(double value) => new(Vector128.Create(value));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static PortableDoubleLanes operator +(PortableDoubleLanes left, PortableDoubleLanes right) => new(left._value + right._value);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static PortableDoubleLanes operator -(PortableDoubleLanes left, PortableDoubleLanes right) => new(left._value - right._value);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static PortableDoubleLanes operator *(PortableDoubleLanes left, PortableDoubleLanes right) => new(left._value * right._value);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static PortableDoubleLanes operator /(PortableDoubleLanes left, PortableDoubleLanes right) => new(left._value / right._value);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static PortableDoubleLanes Max(PortableDoubleLanes left, PortableDoubleLanes right) => new(Vector128.Max(left._value, right._value));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static PortableDoubleLanes MaxNative(PortableDoubleLanes left, PortableDoubleLanes right) => new(Vector128.MaxNative(left._value, right._value));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static PortableDoubleLanes MultiplyAdd(PortableDoubleLanes a, PortableDoubleLanes b, PortableDoubleLanes c) =>
        new(Vector128.MultiplyAddEstimate(a._value, b._value, c._value));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static PortableDoubleLanes Sqrt(PortableDoubleLanes value) => new(Vector128.Sqrt(value._value));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static PortableDoubleLanes Reciprocal(PortableDoubleLanes value) => new(Vector128<double>.One / value._value);

    public static PortableDoubleLanes Exp(PortableDoubleLanes value) =>
        new(Vector128.Create(Math.Exp(value._value.GetElement(0)), Math.Exp(value._value.GetElement(1))));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static PortableDoubleLanes Log(PortableDoubleLanes value) => new(Vector128.Log(value._value));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static PortableDoubleLanes RoundToBFloat16(PortableDoubleLanes value) => value;

    public static void StoreBFloat16(PortableDoubleLanes value, ushort* destination) => throw new NotSupportedException("double precision is never rounded to bf16");

    public static PortableDoubleLanes LoadBFloat16(ushort* source) => throw new NotSupportedException("double precision is never rounded to bf16");

    public static void StoreHalf(PortableDoubleLanes value, ushort* destination) => throw new NotSupportedException("double precision is never rounded to halves");

    public static PortableDoubleLanes LoadHalf(ushort* source) => throw new NotSupportedException("double precision is never rounded to halves");

    public static PortableDoubleLanes LoadSByte(sbyte* source) => throw new NotSupportedException("double precision is never rounded to bytes");

    public static void Transpose(double* source, nint row, int rows, double* destination, nint destinationRow)
    {
        for (var i = 0; i < Count; i++)
        {
            var from = source + (Math.Min(i, rows - 1) * row);
            for (var j = 0; j < Count; j++) destination[(j * destinationRow) + i] = from[j];
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static double Sum(PortableDoubleLanes value) => Vector128.Sum(value._value);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static double Largest(PortableDoubleLanes value) => Math.Max(value._value.ToScalar(), value._value[1]);
}
