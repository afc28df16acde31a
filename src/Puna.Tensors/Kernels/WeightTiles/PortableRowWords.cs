using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace Puna.Tensors;

/// <summary>Four rows, with vectors of any processor.</summary>
internal readonly unsafe struct PortableRowWords(Vector128<uint> value) : IRowWords<PortableRowWords>
{
    private readonly Vector128<uint> _value = value;

    public static int Rows => Vector128<uint>.Count;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Load(byte** rows, nint offset, out PortableRowWords first, out PortableRowWords second, out PortableRowWords third, out PortableRowWords fourth)
    {
        first = Word(rows, offset);
        second = Word(rows, offset + 4);
        third = Word(rows, offset + 8);
        fourth = Word(rows, offset + 12);
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void LayLine(byte** rows, nint offset, byte* to)
    {
        for (var i = 0; i < 16; i++) Store(Word(rows, offset + (4 * i)), to + (64 * i));
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static PortableRowWords LoadRows(byte* source) => new(Vector128.Load((uint*)source));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static PortableRowWords Create(uint value) => new(Vector128.Create(value));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static PortableRowWords operator &(PortableRowWords left, PortableRowWords right) => new(left._value & right._value);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static PortableRowWords operator |(PortableRowWords left, PortableRowWords right) => new(left._value | right._value);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static PortableRowWords operator ^(PortableRowWords left, PortableRowWords right) => new(left._value ^ right._value);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static PortableRowWords operator +(PortableRowWords left, PortableRowWords right) => new(left._value + right._value);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static PortableRowWords operator <<(PortableRowWords value, int bits) => new(value._value << bits);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static PortableRowWords operator >>>(PortableRowWords value, int bits) => new(value._value >>> bits);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Store(PortableRowWords value, byte* destination) => value._value.Store((uint*)destination);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void StoreHalves(PortableRowWords value, byte* destination) => *(ulong*)destination = Vector128.Narrow(value._value, value._value).AsUInt64().ToScalar();

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void StoreBytes(PortableRowWords value, byte* destination)
    {
        var halves = Vector128.Narrow(value._value, value._value);
        *(uint*)destination = Vector128.Narrow(halves, halves).AsUInt32().ToScalar();
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static PortableRowWords Word(byte** rows, nint offset) =>
        new(Vector128.Create(*(uint*)(rows[0] + offset), *(uint*)(rows[1] + offset), *(uint*)(rows[2] + offset), *(uint*)(rows[3] + offset)));
}
