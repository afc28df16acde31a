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
    public static void Load(byte** rows, nint offset, out Avx512RowWords first, out Avx512RowWords second, out Avx512RowWords third, out Avx512RowWords fourth) =>
        Transpose(Four(rows, 0, offset), Four(rows, 1, offset), Four(rows, 2, offset), Four(rows, 3, offset), out first, out second, out third, out fourth);

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void LayLine(byte** rows, nint offset, byte* to)
    {
        var (a0, a1, a2, a3) = (Four(rows, 0, offset), Four(rows, 0, offset + 16), Four(rows, 0, offset + 32), Four(rows, 0, offset + 48));
        var (b0, b1, b2, b3) = (Four(rows, 1, offset), Four(rows, 1, offset + 16), Four(rows, 1, offset + 32), Four(rows, 1, offset + 48));
        var (c0, c1, c2, c3) = (Four(rows, 2, offset), Four(rows, 2, offset + 16), Four(rows, 2, offset + 32), Four(rows, 2, offset + 48));
        var (d0, d1, d2, d3) = (Four(rows, 3, offset), Four(rows, 3, offset + 16), Four(rows, 3, offset + 32), Four(rows, 3, offset + 48));
        StoreFour(a0, b0, c0, d0, to);
        StoreFour(a1, b1, c1, d1, to + 256);
        StoreFour(a2, b2, c2, d2, to + 512);
        StoreFour(a3, b3, c3, d3, to + 768);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Avx512RowWords LoadRows(byte* source) => new(Vector512.Load((uint*)source));

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

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void StoreFour(Vector512<uint> a, Vector512<uint> b, Vector512<uint> c, Vector512<uint> d, byte* to)
    {
        Transpose(a, b, c, d, out var first, out var second, out var third, out var fourth);
        Store(first, to);
        Store(second, to + 64);
        Store(third, to + 128);
        Store(fourth, to + 192);
    }

    /// <summary>Words of rows, four in a row, four rows a quarter apart in a register, to registers of words of the same place.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Transpose(Vector512<uint> a, Vector512<uint> b, Vector512<uint> c, Vector512<uint> d, out Avx512RowWords first, out Avx512RowWords second, out Avx512RowWords third, out Avx512RowWords fourth)
    {
        var (low, high) = (Avx512F.UnpackLow(a, b).AsUInt64(), Avx512F.UnpackHigh(a, b).AsUInt64());
        var (low2, high2) = (Avx512F.UnpackLow(c, d).AsUInt64(), Avx512F.UnpackHigh(c, d).AsUInt64());
        first = new(Avx512F.UnpackLow(low, low2).AsUInt32());
        second = new(Avx512F.UnpackHigh(low, low2).AsUInt32());
        third = new(Avx512F.UnpackLow(high, high2).AsUInt32());
        fourth = new(Avx512F.UnpackHigh(high, high2).AsUInt32());
    }
}
