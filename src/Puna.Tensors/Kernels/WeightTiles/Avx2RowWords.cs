using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;

namespace Puna.Tensors;

/// <summary>Eight rows.</summary>
internal readonly unsafe struct Avx2RowWords(Vector256<uint> value) : IRowWords<Avx2RowWords>
{
    private readonly Vector256<uint> _value = value;

    public static int Rows => Vector256<uint>.Count;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Load(byte** rows, nint offset, out Avx2RowWords first, out Avx2RowWords second, out Avx2RowWords third, out Avx2RowWords fourth) =>
        Transpose(Two(rows, 0, offset), Two(rows, 1, offset), Two(rows, 2, offset), Two(rows, 3, offset), out first, out second, out third, out fourth);

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void LayLine(byte** rows, nint offset, byte* to)
    {
        var (a0, a1, a2, a3) = (Two(rows, 0, offset), Two(rows, 0, offset + 16), Two(rows, 0, offset + 32), Two(rows, 0, offset + 48));
        var (b0, b1, b2, b3) = (Two(rows, 1, offset), Two(rows, 1, offset + 16), Two(rows, 1, offset + 32), Two(rows, 1, offset + 48));
        var (c0, c1, c2, c3) = (Two(rows, 2, offset), Two(rows, 2, offset + 16), Two(rows, 2, offset + 32), Two(rows, 2, offset + 48));
        var (d0, d1, d2, d3) = (Two(rows, 3, offset), Two(rows, 3, offset + 16), Two(rows, 3, offset + 32), Two(rows, 3, offset + 48));
        StoreFour(a0, b0, c0, d0, to);
        StoreFour(a1, b1, c1, d1, to + 256);
        StoreFour(a2, b2, c2, d2, to + 512);
        StoreFour(a3, b3, c3, d3, to + 768);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Avx2RowWords LoadRows(byte* source) => new(Vector256.Load((uint*)source));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Avx2RowWords Create(uint value) => new(Vector256.Create(value));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Avx2RowWords operator &(Avx2RowWords left, Avx2RowWords right) => new(left._value & right._value);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Avx2RowWords operator |(Avx2RowWords left, Avx2RowWords right) => new(left._value | right._value);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Avx2RowWords operator ^(Avx2RowWords left, Avx2RowWords right) => new(left._value ^ right._value);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Avx2RowWords operator +(Avx2RowWords left, Avx2RowWords right) => new(left._value + right._value);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Avx2RowWords operator <<(Avx2RowWords value, int bits) => new(value._value << bits);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Avx2RowWords operator >>>(Avx2RowWords value, int bits) => new(value._value >>> bits);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Store(Avx2RowWords value, byte* destination) => value._value.Store((uint*)destination);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void StoreHalves(Avx2RowWords value, byte* destination) => Halves(value).Store((ushort*)destination);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void StoreBytes(Avx2RowWords value, byte* destination)
    {
        var halves = Halves(value);
        *(ulong*)destination = Vector128.Narrow(halves, halves).AsUInt64().ToScalar();
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector128<ushort> Halves(Avx2RowWords value) => Vector128.Narrow(value._value.GetLower(), value._value.GetUpper());

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector256<uint> Two(byte** rows, int i, nint offset) => Vector256.Create(Vector128.Load((uint*)(rows[i] + offset)), Vector128.Load((uint*)(rows[i + 4] + offset)));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void StoreFour(Vector256<uint> a, Vector256<uint> b, Vector256<uint> c, Vector256<uint> d, byte* to)
    {
        Transpose(a, b, c, d, out var first, out var second, out var third, out var fourth);
        Store(first, to);
        Store(second, to + 64);
        Store(third, to + 128);
        Store(fourth, to + 192);
    }

    /// <summary>Words of rows, four in a row, four rows a quarter apart in a register, to registers of words of the same place.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Transpose(Vector256<uint> a, Vector256<uint> b, Vector256<uint> c, Vector256<uint> d, out Avx2RowWords first, out Avx2RowWords second, out Avx2RowWords third, out Avx2RowWords fourth)
    {
        var (low, high) = (Avx2.UnpackLow(a, b).AsUInt64(), Avx2.UnpackHigh(a, b).AsUInt64());
        var (low2, high2) = (Avx2.UnpackLow(c, d).AsUInt64(), Avx2.UnpackHigh(c, d).AsUInt64());
        first = new(Avx2.UnpackLow(low, low2).AsUInt32());
        second = new(Avx2.UnpackHigh(low, low2).AsUInt32());
        third = new(Avx2.UnpackLow(high, high2).AsUInt32());
        fourth = new(Avx2.UnpackHigh(high, high2).AsUInt32());
    }
}
