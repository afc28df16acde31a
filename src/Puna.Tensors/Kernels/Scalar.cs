using System.Runtime.CompilerServices;

namespace Puna.Tensors;

/// <summary>
/// Arithmetic on one float or double in code that is written once for both. The type tests are decided when the code is
/// compiled for a type, so each call is one instruction.
/// </summary>
internal static class Scalar
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static T From<T>(double value) where T : unmanaged
    {
        if (typeof(T) == typeof(double)) return Unsafe.BitCast<double, T>(value);
        return Unsafe.BitCast<float, T>((float)value);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static double ToDouble<T>(T value) where T : unmanaged
    {
        if (typeof(T) == typeof(double)) return Unsafe.BitCast<T, double>(value);
        return Unsafe.BitCast<T, float>(value);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static T Add<T>(T left, T right) where T : unmanaged => typeof(T) == typeof(double)
        ? Unsafe.BitCast<double, T>(Unsafe.BitCast<T, double>(left) + Unsafe.BitCast<T, double>(right))
        : Unsafe.BitCast<float, T>(Unsafe.BitCast<T, float>(left) + Unsafe.BitCast<T, float>(right));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static T Subtract<T>(T left, T right) where T : unmanaged => typeof(T) == typeof(double)
        ? Unsafe.BitCast<double, T>(Unsafe.BitCast<T, double>(left) - Unsafe.BitCast<T, double>(right))
        : Unsafe.BitCast<float, T>(Unsafe.BitCast<T, float>(left) - Unsafe.BitCast<T, float>(right));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static T Multiply<T>(T left, T right) where T : unmanaged => typeof(T) == typeof(double)
        ? Unsafe.BitCast<double, T>(Unsafe.BitCast<T, double>(left) * Unsafe.BitCast<T, double>(right))
        : Unsafe.BitCast<float, T>(Unsafe.BitCast<T, float>(left) * Unsafe.BitCast<T, float>(right));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static T Divide<T>(T left, T right) where T : unmanaged => typeof(T) == typeof(double)
        ? Unsafe.BitCast<double, T>(Unsafe.BitCast<T, double>(left) / Unsafe.BitCast<T, double>(right))
        : Unsafe.BitCast<float, T>(Unsafe.BitCast<T, float>(left) / Unsafe.BitCast<T, float>(right));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static T Max<T>(T left, T right) where T : unmanaged => typeof(T) == typeof(double)
        ? Unsafe.BitCast<double, T>(Math.Max(Unsafe.BitCast<T, double>(left), Unsafe.BitCast<T, double>(right)))
        : Unsafe.BitCast<float, T>(Math.Max(Unsafe.BitCast<T, float>(left), Unsafe.BitCast<T, float>(right)));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static T Exp<T>(T value) where T : unmanaged => From<T>(Math.Exp(ToDouble(value)));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static T Log<T>(T value) where T : unmanaged => typeof(T) == typeof(double)
        ? Unsafe.BitCast<double, T>(Math.Log(Unsafe.BitCast<T, double>(value)))
        : Unsafe.BitCast<float, T>(MathF.Log(Unsafe.BitCast<T, float>(value)));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static T NegativeInfinity<T>() where T : unmanaged => From<T>(double.NegativeInfinity);
}
