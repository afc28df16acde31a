using System.Runtime.CompilerServices;
using static Puna.Tensors.QuadBits;

namespace Puna.Tensors;

/// <summary>
/// Lays 32 bytes of rows whose bit fields belong to several groups of 32 columns: byte i holds column i of each, field g that of group g. In tiles it is the other way round: a byte
/// has fields of one group, of several columns. So the fields of eight words, four bytes of each row in a register, are transposed as a matrix is.
/// </summary>
internal static unsafe class TileFields<W>
    where W : unmanaged, IRowWords<W>
{
    private const int Register = WeightTileFormat.QuadBytes;

    /// <summary>Two groups of 4 bits.</summary>
    [MethodImpl(MethodImplOptions.NoInlining | MethodImplOptions.AggressiveOptimization)]
    public static void Nibbles(byte** rows, nint at, byte* below, byte* above)
    {
        W.Load(rows, at, out var w0, out var w1, out var w2, out var w3);
        W.Load(rows, at + 16, out var w4, out var w5, out var w6, out var w7);
        Halves(ref w0, ref w1, ref w2, ref w3, ref w4, ref w5, ref w6, ref w7);
        W.Store(w0, below);
        W.Store(w1, below + Register);
        W.Store(w2, below + (2 * Register));
        W.Store(w3, below + (3 * Register));
        W.Store(w4, above);
        W.Store(w5, above + Register);
        W.Store(w6, above + (2 * Register));
        W.Store(w7, above + (3 * Register));
    }

    /// <summary>Four groups of 2 bits; two registers each, the groups so many bytes apart.</summary>
    [MethodImpl(MethodImplOptions.NoInlining | MethodImplOptions.AggressiveOptimization)]
    public static void Pairs(byte** rows, nint at, byte* to, nint groupBytes)
    {
        W.Load(rows, at, out var w0, out var w1, out var w2, out var w3);
        W.Load(rows, at + 16, out var w4, out var w5, out var w6, out var w7);
        Halves(ref w0, ref w1, ref w2, ref w3, ref w4, ref w5, ref w6, ref w7);
        Quarters(ref w0, ref w1, ref w2, ref w3, ref w4, ref w5, ref w6, ref w7);
        W.Store(w0, to);
        W.Store(w1, to + Register);
        W.Store(w2, to + groupBytes);
        W.Store(w3, to + groupBytes + Register);
        W.Store(w4, to + (2 * groupBytes));
        W.Store(w5, to + (2 * groupBytes) + Register);
        W.Store(w6, to + (3 * groupBytes));
        W.Store(w7, to + (3 * groupBytes) + Register);
    }

    /// <summary>Eight groups of one bit; one register each, so many bytes apart.</summary>
    [MethodImpl(MethodImplOptions.NoInlining | MethodImplOptions.AggressiveOptimization)]
    public static void Bits(byte** rows, nint at, byte* to, nint groupBytes)
    {
        W.Load(rows, at, out var w0, out var w1, out var w2, out var w3);
        W.Load(rows, at + 16, out var w4, out var w5, out var w6, out var w7);
        Halves(ref w0, ref w1, ref w2, ref w3, ref w4, ref w5, ref w6, ref w7);
        Quarters(ref w0, ref w1, ref w2, ref w3, ref w4, ref w5, ref w6, ref w7);
        var mask = W.Create(0x55555555);
        Swap(ref w0, ref w1, 1, mask);
        Swap(ref w2, ref w3, 1, mask);
        Swap(ref w4, ref w5, 1, mask);
        Swap(ref w6, ref w7, 1, mask);
        W.Store(w0, to);
        W.Store(w1, to + groupBytes);
        W.Store(w2, to + (2 * groupBytes));
        W.Store(w3, to + (3 * groupBytes));
        W.Store(w4, to + (4 * groupBytes));
        W.Store(w5, to + (5 * groupBytes));
        W.Store(w6, to + (6 * groupBytes));
        W.Store(w7, to + (7 * groupBytes));
    }

    /// <summary>Halves of bytes of words 0 to 3 against those of 4 to 7: group g is then in words 4·g to 4·g + 3, word q of them with quads q and q + 4.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Halves(ref W w0, ref W w1, ref W w2, ref W w3, ref W w4, ref W w5, ref W w6, ref W w7)
    {
        var mask = W.Create(0x0F0F0F0F);
        Swap(ref w0, ref w4, 4, mask);
        Swap(ref w1, ref w5, 4, mask);
        Swap(ref w2, ref w6, 4, mask);
        Swap(ref w3, ref w7, 4, mask);
    }

    /// <summary>Then pairs of bits: group g is in words 2·g and 2·g + 1, word p of them with quads p, p + 2, p + 4 and p + 6.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Quarters(ref W w0, ref W w1, ref W w2, ref W w3, ref W w4, ref W w5, ref W w6, ref W w7)
    {
        var mask = W.Create(0x33333333);
        Swap(ref w0, ref w2, 2, mask);
        Swap(ref w1, ref w3, 2, mask);
        Swap(ref w4, ref w6, 2, mask);
        Swap(ref w5, ref w7, 2, mask);
    }
}
