using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;

namespace Puna.Tensors;

/// <summary>All rows of a tile.</summary>
internal readonly unsafe struct Avx512RowWords(Vector512<uint> value) : IRowWords<Avx512RowWords>
{
    private readonly Vector512<uint> _value = value;

    public static int Rows => Vector512<uint>.Count;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Load(byte** rows, nint offset, Avx512RowWords* words)
    {
        var (a, b, c, d) = (Four(rows, 0, offset), Four(rows, 1, offset), Four(rows, 2, offset), Four(rows, 3, offset));
        var (low, high) = (Avx512F.UnpackLow(a, b).AsUInt64(), Avx512F.UnpackHigh(a, b).AsUInt64());
        var (low2, high2) = (Avx512F.UnpackLow(c, d).AsUInt64(), Avx512F.UnpackHigh(c, d).AsUInt64());
        words[0] = new(Avx512F.UnpackLow(low, low2).AsUInt32());
        words[1] = new(Avx512F.UnpackHigh(low, low2).AsUInt32());
        words[2] = new(Avx512F.UnpackLow(high, high2).AsUInt32());
        words[3] = new(Avx512F.UnpackHigh(high, high2).AsUInt32());
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Avx512RowWords Create(uint value) => new(Vector512.Create(value));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Avx512RowWords operator &(Avx512RowWords left, Avx512RowWords right) => new(left._value & right._value);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Avx512RowWords operator |(Avx512RowWords left, Avx512RowWords right) => new(left._value | right._value);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Avx512RowWords operator ^(Avx512RowWords left, Avx512RowWords right) => new(left._value ^ right._value);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Avx512RowWords operator +(Avx512RowWords left, Avx512RowWords right) => new(left._value + right._value);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Avx512RowWords operator <<(Avx512RowWords value, int bits) => new(value._value << bits);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Avx512RowWords operator >>>(Avx512RowWords value, int bits) => new(value._value >>> bits);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Store(Avx512RowWords value, byte* destination) => value._value.Store((uint*)destination);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void StoreHalves(Avx512RowWords value, byte* destination) => Avx512F.ConvertToVector256UInt16(value._value).Store((ushort*)destination);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void StoreBytes(Avx512RowWords value, byte* destination) => Avx512F.ConvertToVector128Byte(value._value).Store(destination);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector512<uint> Four(byte** rows, int i, nint offset) => Vector512.Create(
        Vector256.Create(Vector128.Load((uint*)(rows[i] + offset)), Vector128.Load((uint*)(rows[i + 4] + offset))),
        Vector256.Create(Vector128.Load((uint*)(rows[i + 8] + offset)), Vector128.Load((uint*)(rows[i + 12] + offset))));
}
