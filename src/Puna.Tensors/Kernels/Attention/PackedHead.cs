using System.Runtime.InteropServices;

namespace Puna.Tensors;

/// <summary>
/// Packs the small matrices of one attention head for a <see cref="BFloat16Kernel"/> and multiplies them on the calling thread. Every matrix is a
/// single block of depth.
/// </summary>
internal readonly unsafe struct PackedHead(BFloat16Kernel kernel)
{
    /// <summary>Pairs of so much depth, as packed.</summary>
    public int Pairs(int depth) => Padded((depth + 1) / 2, kernel.PairUnit);

    /// <summary>Numbers of 32 bits that a packed A takes.</summary>
    public long RowsSize(int rows, int depth) => (long)Padded(rows, kernel.PanelRows) * Pairs(depth);

    /// <summary>Numbers of 32 bits that a packed B takes.</summary>
    public long ColumnsSize(int columns, int depth) => (long)Padded(columns, kernel.ColumnUnit) * Pairs(depth);

    /// <summary>Packs A [rows, depth].</summary>
    public void PackRows(in ProductOperand<float> a, int rows, int depth, uint* destination) => kernel.PackRows(a, rows, depth, destination);

    /// <summary>Packs B [depth, columns].</summary>
    public void PackColumns(in ProductOperand<float> b, int columns, int depth, uint* destination)
    {
        var pairs = Pairs(depth);
        for (var j = 0; j < columns; j += kernel.PanelColumns) kernel.PackColumns(b.At(0, j), Math.Min(kernel.PanelColumns, columns - j), depth, destination + ((long)j * pairs));
    }

    /// <summary>The columns to multiply where the first <paramref name="wanted"/> of <paramref name="packed"/> are of interest: whole panels.</summary>
    public int Columns(int wanted, int packed) => Math.Min(packed, Padded(wanted, kernel.PanelColumns));

    /// <summary>C = or += A·B.</summary>
    /// <param name="a">Packed rows of depth <paramref name="pairs"/>.</param>
    /// <param name="rows">Rows.</param>
    /// <param name="b">Packed columns, of which the first <paramref name="pairs"/> of <paramref name="bPairs"/> pairs of depth are used.</param>
    /// <param name="columns">Columns: all that were packed, or whole panels.</param>
    /// <param name="pairs">Pairs of depth.</param>
    /// <param name="bPairs">Pairs of depth that B was packed with.</param>
    /// <param name="c">The result.</param>
    /// <param name="cRow">Elements between its rows.</param>
    /// <param name="accumulate">Add to what is there.</param>
    public void Multiply(uint* a, int rows, uint* b, int columns, int pairs, int bPairs, float* c, nint cRow, bool accumulate)
    {
        for (var j = 0; j < columns; j += kernel.PanelColumns)
            kernel.Multiply(a, rows, b + ((long)j * bPairs), Math.Min(kernel.PanelColumns, columns - j), pairs, c + j, cRow, accumulate);
    }

    private static int Padded(int count, int unit) => (count + unit - 1) / unit * unit;
}

/// <summary>The sizes that both directions of the bf16 attention share.</summary>
internal static class BFloat16Attention
{
    /// <summary>The kernel behind a job's handle.</summary>
    public static PackedHead Head(GCHandle<BFloat16Kernel> handle) => new(handle.Target);

    /// <summary>Queries worked on together: fewer the longer their rows of scores are.</summary>
    public static int QueryBlock(int keys) => Math.Clamp(65536 / Math.Max(1, keys) / 32 * 32, 32, 64);

    /// <summary>Distance between rows of scores.</summary>
    public static int ScoreRow(int keys) => (keys + 15) / 16 * 16;
}
