using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace Puna.Tensors;

/// <summary>Four rows, with vectors of any processor.</summary>
internal readonly unsafe struct PortableRowWords(Vector128<uint> value) : IRowWords<PortableRowWords>
{
    private readonly Vector128<uint> _value = value;

    public static int Rows => Vector128<uint>.Count;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Load(byte** rows, nint offset, PortableRowWords* words)
    {
        for (var i = 0; i < 4; i++, offset += sizeof(uint))
            words[i] = new(Vector128.Create(*(uint*)(rows[0] + offset), *(uint*)(rows[1] + offset), *(uint*)(rows[2] + offset), *(uint*)(rows[3] + offset)));
    }

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
}
