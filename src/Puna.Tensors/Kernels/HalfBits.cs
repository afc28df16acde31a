using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace Puna.Tensors;

/// <summary>
/// Halves (IEEE 754 binary16) from and to single precision with whole-number operations, since C# has no intrinsics for F16C. To single: the bits of exponent and
/// mantissa moved into place are the number times 2^−112, subnormal ones included. From single: rounding to nearest even is an addition to the bits; numbers below
/// 2^−14 are rounded by the addition of 0.5, whose last bit is worth 2^−24.
/// </summary>
internal static class HalfBits
{
    private const uint Magnitude = 0x7FFFFFFF, Subnormal = 0x38800000, Infinite = 0x7C00, Quiet = 0x7E00, Rebias = 112u << 10, ZeroPointFive = 0x3F000000;
    private const uint TooLarge = 0x477FF000; // 65520: the first number that rounds to infinity
    private const float Scale = 5.192296858534828e33f; // 2^112

    /// <summary>Finite halves, one in each element.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector128<float> ToSingle(Vector128<uint> bits)
    {
        var magnitude = ((bits & Vector128.Create(0x7FFFu)) << 13).AsSingle() * Vector128.Create(Scale);
        return (magnitude.AsUInt32() | ((bits & Vector128.Create(0x8000u)) << 16)).AsSingle();
    }

    /// <summary>The nearest halves, one in each element.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector128<uint> FromSingle(Vector128<float> value)
    {
        var bits = value.AsUInt32();
        var magnitude = bits & Vector128.Create(Magnitude);
        var normal = ((magnitude + Vector128.Create(0xFFFu) + ((magnitude >>> 13) & Vector128<uint>.One)) >>> 13) - Vector128.Create(Rebias);
        var subnormal = (magnitude.AsSingle() + Vector128.Create(0.5f)).AsUInt32() - Vector128.Create(ZeroPointFive);
        var half = Vector128.ConditionalSelect(Vector128.LessThan(magnitude, Vector128.Create(Subnormal)), subnormal, normal);
        half = Vector128.ConditionalSelect(Vector128.GreaterThanOrEqual(magnitude, Vector128.Create(TooLarge)), Vector128.Create(Infinite), half);
        half = Vector128.ConditionalSelect(Vector128.GreaterThan(magnitude, Vector128.Create(0x7F800000u)), Vector128.Create(Quiet), half);
        return half | ((bits >>> 16) & Vector128.Create(0x8000u));
    }

    /// <summary>Finite halves, one in each element.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector256<float> ToSingle(Vector256<uint> bits)
    {
        var magnitude = ((bits & Vector256.Create(0x7FFFu)) << 13).AsSingle() * Vector256.Create(Scale);
        return (magnitude.AsUInt32() | ((bits & Vector256.Create(0x8000u)) << 16)).AsSingle();
    }

    /// <summary>The nearest halves, one in each element.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector256<uint> FromSingle(Vector256<float> value)
    {
        var bits = value.AsUInt32();
        var magnitude = bits & Vector256.Create(Magnitude);
        var normal = ((magnitude + Vector256.Create(0xFFFu) + ((magnitude >>> 13) & Vector256<uint>.One)) >>> 13) - Vector256.Create(Rebias);
        var subnormal = (magnitude.AsSingle() + Vector256.Create(0.5f)).AsUInt32() - Vector256.Create(ZeroPointFive);
        var half = Vector256.ConditionalSelect(Vector256.LessThan(magnitude, Vector256.Create(Subnormal)), subnormal, normal);
        half = Vector256.ConditionalSelect(Vector256.GreaterThanOrEqual(magnitude, Vector256.Create(TooLarge)), Vector256.Create(Infinite), half);
        half = Vector256.ConditionalSelect(Vector256.GreaterThan(magnitude, Vector256.Create(0x7F800000u)), Vector256.Create(Quiet), half);
        return half | ((bits >>> 16) & Vector256.Create(0x8000u));
    }

    /// <summary>Finite halves, one in each element.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector512<float> ToSingle(Vector512<uint> bits)
    {
        var magnitude = ((bits & Vector512.Create(0x7FFFu)) << 13).AsSingle() * Vector512.Create(Scale);
        return (magnitude.AsUInt32() | ((bits & Vector512.Create(0x8000u)) << 16)).AsSingle();
    }

    /// <summary>The nearest halves, one in each element.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector512<uint> FromSingle(Vector512<float> value)
    {
        var bits = value.AsUInt32();
        var magnitude = bits & Vector512.Create(Magnitude);
        var normal = ((magnitude + Vector512.Create(0xFFFu) + ((magnitude >>> 13) & Vector512<uint>.One)) >>> 13) - Vector512.Create(Rebias);
        var subnormal = (magnitude.AsSingle() + Vector512.Create(0.5f)).AsUInt32() - Vector512.Create(ZeroPointFive);
        var half = Vector512.ConditionalSelect(Vector512.LessThan(magnitude, Vector512.Create(Subnormal)), subnormal, normal);
        half = Vector512.ConditionalSelect(Vector512.GreaterThanOrEqual(magnitude, Vector512.Create(TooLarge)), Vector512.Create(Infinite), half);
        half = Vector512.ConditionalSelect(Vector512.GreaterThan(magnitude, Vector512.Create(0x7F800000u)), Vector512.Create(Quiet), half);
        return half | ((bits >>> 16) & Vector512.Create(0x8000u));
    }
}
