using System.Runtime.CompilerServices;

namespace Puna.Tensors;

/// <summary>Numbers of the cache in one of its types, read a register at a time.</summary>
internal unsafe interface ICacheNumbers<V>
    where V : unmanaged, ILanes<V, float>
{
    /// <summary>Bytes of a number.</summary>
    static abstract int Bytes { get; }

    /// <summary>A register of numbers.</summary>
    static abstract V Load(byte* source);
}

/// <summary>Single precision.</summary>
internal readonly unsafe struct SingleNumbers<V> : ICacheNumbers<V>
    where V : unmanaged, ILanes<V, float>
{
    public static int Bytes => 4;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static V Load(byte* source) => V.Load((float*)source);
}

/// <summary>Halves.</summary>
internal readonly unsafe struct HalfNumbers<V> : ICacheNumbers<V>
    where V : unmanaged, ILanes<V, float>
{
    public static int Bytes => 2;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static V Load(byte* source) => V.LoadHalf((ushort*)source);
}

/// <summary>bf16.</summary>
internal readonly unsafe struct BrainNumbers<V> : ICacheNumbers<V>
    where V : unmanaged, ILanes<V, float>
{
    public static int Bytes => 2;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static V Load(byte* source) => V.LoadBFloat16((ushort*)source);
}

/// <summary>Bytes; their scales are somebody else's business.</summary>
internal readonly unsafe struct ByteNumbers<V> : ICacheNumbers<V>
    where V : unmanaged, ILanes<V, float>
{
    public static int Bytes => 1;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static V Load(byte* source) => V.LoadSByte((sbyte*)source);
}
