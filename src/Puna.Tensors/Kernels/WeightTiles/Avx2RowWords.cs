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
    public static void Load(byte** rows, nint offset, Avx2RowWords* words)
    {
        var (a, b, c, d) = (Two(rows, 0, offset), Two(rows, 1, offset), Two(rows, 2, offset), Two(rows, 3, offset));
        var (low, high) = (Avx2.UnpackLow(a, b).AsUInt64(), Avx2.UnpackHigh(a, b).AsUInt64());
        var (low2, high2) = (Avx2.UnpackLow(c, d).AsUInt64(), Avx2.UnpackHigh(c, d).AsUInt64());
        words[0] = new(Avx2.UnpackLow(low, low2).AsUInt32());
        words[1] = new(Avx2.UnpackHigh(low, low2).AsUInt32());
        words[2] = new(Avx2.UnpackLow(high, high2).AsUInt32());
        words[3] = new(Avx2.UnpackHigh(high, high2).AsUInt32());
    }

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
}
