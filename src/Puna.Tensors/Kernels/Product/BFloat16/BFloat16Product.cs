using System.Runtime.InteropServices;

namespace Puna.Tensors;

/// <summary>
/// C = A·B or C += A·B with both operands rounded to bf16 and sums in single precision, on a tier that has instructions for it. Both operands
/// are packed first, then the result is computed in blocks that one thread takes from the first depth to the last, so that its bits do not
/// depend on the threads.
/// </summary>
internal sealed unsafe class BFloat16Product(BFloat16Kernel kernel, WorkerPool pool)
{
    /// <summary>Pairs of a block of depth: a panel of columns of it stays near the first-level cache.</summary>
    private const int BlockPairs = 256;

    /// <summary>Rows and columns of a piece of work: its rows of A and its part of C stay in the second-level cache.</summary>
    private const int PieceRows = 128;
    private const int PieceColumns = 384;

    /// <summary>The instructions.</summary>
    public BFloat16Kernel Kernel => kernel;

    /// <summary>Bytes of a packed A of this size.</summary>
    public long RowsBytes(int m, int k) => (long)Padded(m, kernel.PanelRows) * PairsOf(k) * sizeof(uint);

    /// <summary>Bytes of a packed B of this size.</summary>
    public long ColumnsBytes(int n, int k) => (long)Padded(n, kernel.ColumnUnit) * PairsOf(k) * sizeof(uint);

    /// <summary>Packs A [m, k].</summary>
    public PackedMatrix PackRows(int m, int k, in ProductOperand<float> a, void* memory)
    {
        var packed = new PackedMatrix((uint*)memory, Padded(m, kernel.PanelRows), PairsOf(k));
        pool.For((m + kernel.PanelRows - 1) / kernel.PanelRows, new PackJob(kernel.Handle, a, m, k, packed, rows: true));
        return packed;
    }

    /// <summary>Packs B [k, n].</summary>
    public PackedMatrix PackColumns(int n, int k, in ProductOperand<float> b, void* memory)
    {
        var packed = new PackedMatrix((uint*)memory, Padded(n, kernel.ColumnUnit), PairsOf(k));
        pool.For((n + kernel.PanelColumns - 1) / kernel.PanelColumns, new PackJob(kernel.Handle, b, n, k, packed, rows: false));
        return packed;
    }

    /// <summary>Packs both and multiplies.</summary>
    public void Run(Scratch scratch, int m, int n, int k, in ProductOperand<float> a, in ProductOperand<float> b, float* c, nint cRow, bool accumulate)
    {
        if (m == 0 || n == 0) return;
        if (k == 0)
        {
            for (var i = 0; i < m && !accumulate; i++) new Span<float>(c + (i * cRow), n).Clear();
            return;
        }
        var left = PackRows(m, k, a, scratch.Second(RowsBytes(m, k)));
        var right = PackColumns(n, k, b, scratch.Shared(ColumnsBytes(n, k)));
        Multiply(left, m, right, n, c, cRow, accumulate);
    }

    /// <summary>Multiplies packed operands.</summary>
    public void Multiply(in PackedMatrix a, int m, in PackedMatrix b, int n, float* c, nint cRow, bool accumulate)
    {
        var rows = Math.Min(PieceRows, Pieces(m, kernel.PanelRows));
        var columns = Math.Min(PieceColumns / kernel.PanelColumns * kernel.PanelColumns, Pieces(n, kernel.PanelColumns));
        // several pieces per thread where the matrix allows it, so that a slow one does not hold all up
        while (((m + rows - 1) / rows) * ((n + columns - 1) / columns) < 4 * pool.ThreadCount && (rows > kernel.PanelRows || columns > kernel.PanelColumns))
        {
            if (rows >= columns && rows > kernel.PanelRows) rows = Pieces(rows / 2, kernel.PanelRows);
            else if (columns > kernel.PanelColumns) columns = Pieces(columns / 2, kernel.PanelColumns);
            else rows = Pieces(rows / 2, kernel.PanelRows);
        }
        var across = (n + columns - 1) / columns;
        pool.For(((m + rows - 1) / rows) * across, new TileJob(kernel.Handle, a, b, m, n, c, cRow, accumulate, rows, columns, across));
    }

    private int PairsOf(int k) => Padded((k + 1) / 2, kernel.PairUnit);

    private static int Padded(int count, int unit) => (count + unit - 1) / unit * unit;

    private static int Pieces(int count, int unit) => Math.Max(unit, Padded(count, unit));

    private readonly struct PackJob(GCHandle<BFloat16Kernel> handle, ProductOperand<float> source, int count, int k, PackedMatrix packed, bool rows) : IParallelJob
    {
        public void Run(int index, int worker)
        {
            var kernel = handle.Target;
            var panel = rows ? kernel.PanelRows : kernel.PanelColumns;
            var first = index * panel;
            for (var pair = 0; pair < packed.Pairs; pair += BlockPairs)
            {
                var block = Math.Min(BlockPairs, packed.Pairs - pair);
                var depth = Math.Min(2 * block, k - (2 * pair));
                var destination = packed.Panel(pair, block, first);
                var wanted = Math.Min(panel, count - first);
                if (rows) kernel.PackRows(new(source.Data + (first * source.RowStride) + (2 * pair * source.ColumnStride), source.RowStride, source.ColumnStride), wanted, depth, destination);
                else kernel.PackColumns(new(source.Data + (2 * pair * source.RowStride) + (first * source.ColumnStride), source.RowStride, source.ColumnStride), wanted, depth, destination);
            }
        }
    }

    private readonly struct TileJob(GCHandle<BFloat16Kernel> handle, PackedMatrix a, PackedMatrix b, int m, int n, float* c, nint cRow, bool accumulate, int rows, int columns, int across) : IParallelJob
    {
        public void Run(int index, int worker)
        {
            var kernel = handle.Target;
            var (down, right) = Math.DivRem(index, across);
            var (row, column) = (down * rows, right * columns);
            var height = Math.Min(rows, m - row);
            var last = Math.Min(n, column + columns);
            for (var pair = 0; pair < a.Pairs; pair += BlockPairs)
            {
                var block = Math.Min(BlockPairs, a.Pairs - pair);
                for (var j = column; j < last; j += kernel.PanelColumns)
                    kernel.Multiply(a.Panel(pair, block, row), height, b.Panel(pair, block, j), Math.Min(kernel.PanelColumns, last - j), block, c + (row * cRow) + j, cRow, accumulate || pair > 0);
            }
        }
    }
}
