using System.Runtime.CompilerServices;

namespace Puna.Tensors;

/// <summary>Chooses the inner loop for a tile and takes care of the edges of the result.</summary>
internal static unsafe partial class ProductTiles<T, V>
    where T : unmanaged
    where V : unmanaged, ILanes<V, T>
{
    /// <summary>Registers of columns in the widest panel.</summary>
    public const int Widest = 3;

    /// <summary>c[rows, columns] = or += a · (packed panel).</summary>
    /// <param name="width">Registers of columns in the panel, 1 to 3.</param>
    /// <param name="a">First element of A's tile; element (i, k) is a[i·row + k·step].</param>
    /// <param name="row">Distance between rows of A.</param>
    /// <param name="step">Distance between columns of A.</param>
    /// <param name="rows">Rows wanted, at most <c>V.TileRows</c>.</param>
    /// <param name="panel">The packed panel, [depth][width · V.Count].</param>
    /// <param name="depth">K.</param>
    /// <param name="c">First element of the result's tile.</param>
    /// <param name="cRow">Distance between rows of the result.</param>
    /// <param name="columns">Columns wanted, at most width · V.Count.</param>
    /// <param name="accumulate">Add to what is there.</param>
    [SkipLocalsInit]
    public static void Run(int width, T* a, nint row, nint step, int rows, T* panel, int depth, T* c, nint cRow, int columns, bool accumulate)
    {
        if (rows == V.TileRows && columns == width * V.Count)
        {
            Compute(width, a, row, step, rows, panel, depth, c, cRow, accumulate);
            return;
        }
        var edge = stackalloc T[V.TileRows * Widest * V.Count];
        var edgeRow = width * V.Count;
        Compute(width, a, row, step, rows, panel, depth, edge, edgeRow, false);
        for (var i = 0; i < rows; i++)
            VectorLoops<T, V>.CopyOrAdd(edge + (i * edgeRow), c + (i * cRow), columns, accumulate);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Compute(int width, T* a, nint row, nint step, int rows, T* panel, int depth, T* c, nint cRow, bool accumulate)
    {
        if (V.TileRows == 8 && rows > 4)
        {
            if (width == 3) Tile8x3(a, row, step, rows, panel, depth, c, cRow, accumulate);
            else if (width == 2) Tile8x2(a, row, step, rows, panel, depth, c, cRow, accumulate);
            else Tile8x1(a, row, step, rows, panel, depth, c, cRow, accumulate);
        }
        else
        {
            if (width == 3) Tile4x3(a, row, step, rows, panel, depth, c, cRow, accumulate);
            else if (width == 2) Tile4x2(a, row, step, rows, panel, depth, c, cRow, accumulate);
            else Tile4x1(a, row, step, rows, panel, depth, c, cRow, accumulate);
        }
    }
}
