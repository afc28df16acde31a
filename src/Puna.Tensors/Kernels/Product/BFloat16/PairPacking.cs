using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;

namespace Puna.Tensors;

/// <summary>
/// Rounds single-precision numbers to bf16 (ties to even), or takes such as are bf16 already (ushort), and lays them out in pairs along the depth, as the instructions want them: the
/// number of even depth in the lower half of 32 bits, its successor in the upper. In a panel of width w the pairs of one depth
/// stand beside each other, [pairs][w]. What lies beyond the matrix is zero. Needs AVX-512 F and BW.
/// </summary>
internal static unsafe class PairPacking
{
    private const int Group = 8; // lanes that are turned over together
    private const int Lanes = 16;
    private const int Ahead = 128; // numbers that a row's memory is asked for ahead of its use: eight rows at once are too many for the processor to foresee
    private const int RowsAhead = 8; // the same where rows are read a few numbers each
    private const int CacheLine = 64;
    private const int MostBlocks = 4; // registers taken of one depth before the next: enough reads under way at once

    /// <summary>As the other, for an operand of either kind; a lane is a row.</summary>
    public static void Pack(in BFloat16Operand rows, int count, int padded, int width, int depth, uint* destination)
    {
        if (rows.IsRounded) Pack((ushort*)rows.Data, rows.RowStride, rows.ColumnStride, count, padded, width, depth, destination);
        else Pack((float*)rows.Data, rows.RowStride, rows.ColumnStride, count, padded, width, depth, destination);
    }

    /// <summary>
    /// Packs lanes [0, count) into panels; a lane is a row of A or a column of B. Lane i at depth k is
    /// <c>source[i·lane + k·step]</c>; one of the two distances must be 1.
    /// </summary>
    /// <typeparam name="T">float, or ushort for the bits of bf16.</typeparam>
    /// <param name="source">Lane 0 at depth 0.</param>
    /// <param name="lane">Distance between lanes.</param>
    /// <param name="step">Distance between depths.</param>
    /// <param name="count">Lanes there are.</param>
    /// <param name="padded">Lanes to fill, a multiple of 8; those beyond <paramref name="count"/> are zero.</param>
    /// <param name="width">Lanes of a panel, a multiple of 8.</param>
    /// <param name="depth">Depth; where it is odd the last pair is filled with zero.</param>
    /// <param name="destination">Panels of [⌈depth / 2⌉][width] one after the other.</param>
    public static void Pack<T>(T* source, nint lane, nint step, int count, int padded, int width, int depth, uint* destination)
        where T : unmanaged
    {
        var panel = (long)width * ((depth + 1) / 2);
        for (var first = 0; first < padded;)
        {
            var to = destination + (first / width * panel) + (first % width);
            var wanted = Math.Min(count, padded) - first;
            if (wanted <= 0)
            {
                Clear(to, width, depth);
                first += Group;
            }
            else if (step == 1)
            {
                AlongDepth(source + (first * lane), lane, Math.Min(wanted, Group), width, depth, to);
                first += Group;
            }
            else if (wanted >= Lanes && (width == Group || first % width <= width - Lanes))
            {
                var blocks = Math.Min(MostBlocks, (width == Group ? wanted : Math.Min(wanted, width - (first % width))) / Lanes);
                if (width == Group) AlongLanesInto8(source + first, step, blocks, depth, panel, to);
                else AlongLanes(source + first, step, blocks, width, depth, to);
                first += blocks * Lanes;
            }
            else
            {
                AlongFewLanes(source + first, step, Math.Min(wanted, Group), width, depth, to);
                first += Group;
            }
        }
    }

    private static void Clear(uint* destination, int width, int depth)
    {
        for (var pair = 0; pair < (depth + 1) / 2; pair++) new Span<uint>(destination + ((long)pair * width), Group).Clear();
    }

    /// <summary>Depths lie side by side: 16 pairs of 8 lanes are rounded, turned over and stored.</summary>
    private static void AlongDepth<T>(T* source, nint lane, int wanted, int width, int depth, uint* destination)
        where T : unmanaged
    {
        var odd = OddWords();
        var k = 0;
        if (wanted == Group)
        {
            for (; k <= depth - (2 * Lanes); k += 2 * Lanes)
            {
                var s = source + k;
                var next = s + (k + Ahead < depth ? Ahead : (Group * lane) + Math.Max(0, Ahead - depth)); // further on in the rows, or the beginning of the next eight
                for (var i = 0; i < Group; i++)
                {
                    Sse.Prefetch0(next + (i * lane));
                    if (typeof(T) == typeof(float)) Sse.Prefetch0(next + (i * lane) + Lanes);
                }
                Turn(Pairs(s, odd), Pairs(s + lane, odd), Pairs(s + (2 * lane), odd), Pairs(s + (3 * lane), odd),
                    Pairs(s + (4 * lane), odd), Pairs(s + (5 * lane), odd), Pairs(s + (6 * lane), odd), Pairs(s + (7 * lane), odd),
                    destination + ((long)(k / 2) * width), width, Lanes);
            }
        }
        var edge = stackalloc T[Group * 2 * Lanes];
        for (; k < depth; k += 2 * Lanes)
        {
            var length = Math.Min(2 * Lanes, depth - k);
            new Span<T>(edge, Group * 2 * Lanes).Clear();
            for (var i = 0; i < wanted; i++) new Span<T>(source + (i * lane) + k, length).CopyTo(new Span<T>(edge + (i * 2 * Lanes), length));
            Turn(Pairs(edge, odd), Pairs(edge + 32, odd), Pairs(edge + 64, odd), Pairs(edge + 96, odd),
                Pairs(edge + 128, odd), Pairs(edge + 160, odd), Pairs(edge + 192, odd), Pairs(edge + 224, odd),
                destination + ((long)(k / 2) * width), width, (length + 1) / 2);
        }
    }

    /// <summary>Lanes lie side by side: two depths of up to 4 × 16 lanes are rounded, interleaved and stored side by side.</summary>
    private static void AlongLanes<T>(T* source, nint step, int blocks, int width, int depth, uint* destination)
        where T : unmanaged
    {
        var interleave = InterleavedWords();
        for (var k = 0; k < depth; k += 2, source += 2 * step, destination += width)
        {
            var odd = k + 1 < depth ? source + step : null;
            AskFor(source + (RowsAhead * step), step, blocks);
            for (var i = 0; i < blocks * Lanes; i += Lanes) Vector512.Store(Interleaved(source + i, odd is null ? null : odd + i, interleave), destination + i);
        }
    }

    /// <summary>
    /// The same where each 8 lanes are a panel of their own. Panels often lie a multiple of 4096 bytes apart, where the first-level cache holds no more than eight
    /// lines: so some lines of two panels are filled before the next two are begun.
    /// </summary>
    private static void AlongLanesInto8<T>(T* source, nint step, int blocks, int depth, long panel, uint* destination)
        where T : unmanaged
    {
        var interleave = InterleavedWords();
        for (var begin = 0; begin < depth; begin += 2 * Lanes, source += 2 * Lanes * step, destination += Lanes * Group)
        {
            var end = Math.Min(2 * Lanes, depth - begin);
            for (var i = 0; i < blocks; i++)
            {
                var even = source + (i * Lanes);
                var to = destination + (i * 2 * panel);
                for (var k = 0; k < end; k += 2, even += 2 * step, to += Group)
                {
                    if (i == 0) AskFor(even + (RowsAhead * step), step, blocks);
                    var pairs = Interleaved(even, k + 1 < end ? even + step : null, interleave);
                    Vector256.Store(pairs.GetLower(), to);
                    Vector256.Store(pairs.GetUpper(), to + panel);
                }
            }
        }
    }

    /// <summary>Asks for two rows' memory ahead of its use.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void AskFor<T>(T* source, nint step, int blocks)
        where T : unmanaged
    {
        for (var i = 0; i < blocks * Lanes; i += CacheLine / sizeof(T))
        {
            Sse.Prefetch0(source + i);
            Sse.Prefetch0(source + step + i);
        }
    }

    private static void AlongFewLanes<T>(T* source, nint step, int wanted, int width, int depth, uint* destination)
        where T : unmanaged
    {
        var interleave = InterleavedWords();
        var even = stackalloc T[2 * Lanes];
        new Span<T>(even, 2 * Lanes).Clear();
        var odd = even + Lanes;
        for (var k = 0; k < depth; k += 2, source += 2 * step, destination += width)
        {
            for (var i = 0; i < wanted; i++) (even[i], odd[i]) = (source[i], k + 1 < depth ? source[i + step] : default);
            Vector256.Store(Interleaved(even, odd, interleave).GetLower(), destination);
        }
    }

    /// <summary>32 numbers in a row as 16 pairs.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    internal static Vector512<uint> Pairs<T>(T* source, Vector512<ushort> oddWords)
        where T : unmanaged
    {
        if (typeof(T) == typeof(ushort)) return Vector512.Load((ushort*)source).AsUInt32();
        var numbers = (float*)source;
        return Avx512BW.PermuteVar32x16x2(Rounded(Vector512.Load(numbers)), oddWords, Rounded(Vector512.Load(numbers + Lanes))).AsUInt32();
    }

    /// <summary>16 numbers of one depth and 16 of the next (zero where there is none) as 16 pairs.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector512<uint> Interleaved<T>(T* even, T* odd, Vector512<ushort> words)
        where T : unmanaged
    {
        if (typeof(T) == typeof(ushort))
        {
            var low = Avx512F.ConvertToVector512UInt32(Vector256.Load((ushort*)even));
            return odd is null ? low : low | (Avx512F.ConvertToVector512UInt32(Vector256.Load((ushort*)odd)) << 16);
        }
        return Avx512BW.PermuteVar32x16x2(Rounded(Vector512.Load((float*)even)), words, odd is null ? default : Rounded(Vector512.Load((float*)odd))).AsUInt32();
    }

    /// <summary>The bits whose upper half is the nearest bf16, ties to even.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector512<ushort> Rounded(Vector512<float> value)
    {
        var bits = value.AsUInt32();
        return (bits + Vector512.Create(0x7FFFu) + ((bits >>> 16) & Vector512.Create(1u))).AsUInt16();
    }

    /// <summary>The upper halves of 32 numbers in their order.</summary>
    internal static Vector512<ushort> OddWords() => (Vector512<ushort>.Indices * (ushort)2) + Vector512.Create((ushort)1);

    /// <summary>The upper halves of two registers in turn: lane 0 of the first, lane 0 of the second, …</summary>
    private static Vector512<ushort> InterleavedWords()
    {
        var i = Vector512<ushort>.Indices;
        return (i & Vector512.Create((ushort)0xFFFE)) + Vector512.Create((ushort)1) + ((i & Vector512.Create((ushort)1)) * (ushort)32);
    }

    /// <summary>Turns 8 lanes of 16 pairs into 16 rows of 8 and stores the first <paramref name="rows"/> of them.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Turn(Vector512<uint> r0, Vector512<uint> r1, Vector512<uint> r2, Vector512<uint> r3, Vector512<uint> r4, Vector512<uint> r5, Vector512<uint> r6, Vector512<uint> r7, uint* destination, int width, int rows)
    {
        // within each 128 bits: 4 × 4 blocks of lanes 0-3 and 4-7
        Vector512<ulong> a0 = Avx512F.UnpackLow(r0, r1).AsUInt64(), a1 = Avx512F.UnpackLow(r2, r3).AsUInt64();
        Vector512<ulong> a2 = Avx512F.UnpackHigh(r0, r1).AsUInt64(), a3 = Avx512F.UnpackHigh(r2, r3).AsUInt64();
        Vector512<ulong> b0 = Avx512F.UnpackLow(r4, r5).AsUInt64(), b1 = Avx512F.UnpackLow(r6, r7).AsUInt64();
        Vector512<ulong> b2 = Avx512F.UnpackHigh(r4, r5).AsUInt64(), b3 = Avx512F.UnpackHigh(r6, r7).AsUInt64();
        Rows(Avx512F.UnpackLow(a0, a1), Avx512F.UnpackLow(b0, b1), destination, width, 0, rows);
        Rows(Avx512F.UnpackHigh(a0, a1), Avx512F.UnpackHigh(b0, b1), destination, width, 1, rows);
        Rows(Avx512F.UnpackLow(a2, a3), Avx512F.UnpackLow(b2, b3), destination, width, 2, rows);
        Rows(Avx512F.UnpackHigh(a2, a3), Avx512F.UnpackHigh(b2, b3), destination, width, 3, rows);
    }

    /// <summary>Rows first, first + 4, + 8, + 12: lanes 0-3 from the quarters of one register, lanes 4-7 from those of the other.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Rows(Vector512<ulong> low, Vector512<ulong> high, uint* destination, int width, int first, int rows)
    {
        Row(Avx512F.ExtractVector128(low, 0), Avx512F.ExtractVector128(high, 0), destination, width, first, rows);
        Row(Avx512F.ExtractVector128(low, 1), Avx512F.ExtractVector128(high, 1), destination, width, first + 4, rows);
        Row(Avx512F.ExtractVector128(low, 2), Avx512F.ExtractVector128(high, 2), destination, width, first + 8, rows);
        Row(Avx512F.ExtractVector128(low, 3), Avx512F.ExtractVector128(high, 3), destination, width, first + 12, rows);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Row(Vector128<ulong> low, Vector128<ulong> high, uint* destination, int width, int row, int rows)
    {
        if (row < rows) Vector256.Store(Vector256.Create(low, high).AsUInt32(), destination + ((long)row * width));
    }
}
