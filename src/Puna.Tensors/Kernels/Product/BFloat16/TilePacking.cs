using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;

namespace Puna.Tensors;

/// <summary>
/// Packs strips of 16 rows or 16 columns as AMX tiles want them. A tile of rows is [16 rows][16 pairs of depth], a tile of columns
/// [16 pairs][16 columns]; the tiles of a strip follow each other along the depth, which is filled with zeros up to 16 pairs. Needs AVX-512 F
/// and BW, which every processor with AMX has.
/// </summary>
internal static unsafe class TilePacking
{
    private const int Lanes = AmxTile.Strip;
    private const int TileNumbers = Lanes * AmxTile.Step;

    /// <summary>Pairs of so many numbers, rounded up to whole tiles.</summary>
    public static int Pairs(int depth) => ((depth + 1) / 2 + AmxTile.Step - 1) / AmxTile.Step * AmxTile.Step;

    /// <summary>Packs a strip of the columns of an operand of either kind.</summary>
    public static void PackColumns(in BFloat16Operand columns, int count, int depth, uint* destination)
    {
        if (columns.IsRounded) PackColumns((ushort*)columns.Data, columns.ColumnStride, columns.RowStride, count, depth, destination);
        else PackColumns((float*)columns.Data, columns.ColumnStride, columns.RowStride, count, depth, destination);
    }

    /// <summary>Packs a strip of the rows of an operand of either kind.</summary>
    public static void PackRows(in BFloat16Operand rows, int count, int depth, uint* destination)
    {
        if (rows.IsRounded) PackRows((ushort*)rows.Data, rows.RowStride, rows.ColumnStride, count, depth, destination);
        else PackRows((float*)rows.Data, rows.RowStride, rows.ColumnStride, count, depth, destination);
    }

    /// <summary>Packs a strip of columns; lane i at depth k is <c>source[i·lane + k·step]</c>, and one of the two distances is 1.</summary>
    /// <typeparam name="T">float, or ushort for the bits of bf16.</typeparam>
    /// <param name="source">Lane 0 at depth 0.</param>
    /// <param name="lane">Distance between columns.</param>
    /// <param name="step">Distance between depths.</param>
    /// <param name="count">Columns wanted, 1 to 16.</param>
    /// <param name="depth">Depth.</param>
    /// <param name="destination">[<see cref="Pairs"/>][16].</param>
    public static void PackColumns<T>(T* source, nint lane, nint step, int count, int depth, uint* destination)
        where T : unmanaged
    {
        PairPacking.Pack(source, lane, step, count, Lanes, Lanes, depth, destination);
        var written = (depth + 1) / 2;
        new Span<uint>(destination + (written * Lanes), (Pairs(depth) - written) * Lanes).Clear();
    }

    /// <summary>Packs a strip of rows. Rows beyond <paramref name="count"/> may hold anything: no tile reads them.</summary>
    /// <typeparam name="T">float, or ushort for the bits of bf16.</typeparam>
    /// <param name="source">Lane 0 at depth 0.</param>
    /// <param name="lane">Distance between rows.</param>
    /// <param name="step">Distance between depths.</param>
    /// <param name="count">Rows wanted, 1 to 16.</param>
    /// <param name="depth">Depth.</param>
    /// <param name="destination">[<see cref="Pairs"/> / 16][16 rows][16].</param>
    public static void PackRows<T>(T* source, nint lane, nint step, int count, int depth, uint* destination)
        where T : unmanaged
    {
        var words = PairPacking.OddWords();
        var edge = stackalloc T[2 * AmxTile.Step];
        for (var k = 0; k < depth; k += 2 * AmxTile.Step, destination += TileNumbers)
        {
            var length = Math.Min(2 * AmxTile.Step, depth - k);
            if (step != 1)
            {
                // rows lie side by side: packed as columns would be, then turned over
                PackColumns(source + (k * step), lane, step, count, length, destination);
                Turn(destination);
                continue;
            }
            for (var i = 0; i < count; i++)
            {
                var from = source + (i * lane) + k;
                if (length < 2 * AmxTile.Step)
                {
                    new Span<T>(from, length).CopyTo(new Span<T>(edge, length));
                    new Span<T>(edge + length, (2 * AmxTile.Step) - length).Clear();
                    from = edge;
                }
                Vector512.Store(PairPacking.Pairs(from, words), destination + (i * AmxTile.Step));
            }
        }
    }

    /// <summary>
    /// Turns a tile of 16 × 16 numbers over in place: rows a distance apart exchange blocks of that size, for distances 8, 4, 2 and 1.
    /// </summary>
    internal static void Turn(uint* tile)
    {
        for (var distance = Lanes / 2; distance > 0; distance /= 2)
        {
            // lanes with this bit set come from the other row: the first row takes the second's lower blocks, the second the first's upper ones
            var lanes = Vector512<uint>.Indices;
            var d = Vector512.Create((uint)distance);
            var upper = Vector512.Equals(lanes & d, d);
            var first = Vector512.ConditionalSelect(upper, lanes - d + Vector512.Create((uint)Lanes), lanes);
            var second = Vector512.ConditionalSelect(upper, lanes + Vector512.Create((uint)Lanes), lanes + d);
            for (var i = 0; i < Lanes; i++)
            {
                if ((i & distance) != 0) continue;
                uint* a = tile + (i * AmxTile.Step), b = tile + ((i + distance) * AmxTile.Step);
                var (x, y) = (Vector512.Load(a), Vector512.Load(b));
                Vector512.Store(Avx512F.PermuteVar16x32x2(x, first, y), a);
                Vector512.Store(Avx512F.PermuteVar16x32x2(x, second, y), b);
            }
        }
    }
}
