namespace Puna.Tensors;

/// <summary>
/// Copies B into panels of one to three registers of columns, [K][width], so that the inner loop reads one stream.
/// Columns beyond the matrix are zero.
/// </summary>
internal static unsafe class ProductPacking<T, V>
    where T : unmanaged
    where V : unmanaged, ILanes<V, T>
{
    /// <summary>Columns of a full panel.</summary>
    public static int PanelColumns => ProductTiles<T, V>.Widest * V.Count;

    /// <summary>Number of panels for so many columns.</summary>
    public static int Panels(int columns) => (columns + PanelColumns - 1) / PanelColumns;

    /// <summary>Registers of columns in panel <paramref name="panel"/>: 3, or fewer in the last one.</summary>
    public static int Width(int panel, int columns) => Math.Min(ProductTiles<T, V>.Widest, (columns - (panel * PanelColumns) + V.Count - 1) / V.Count);

    /// <summary>Elements of all panels.</summary>
    public static long Size(int columns, int depth) => (long)(columns + V.Count - 1) / V.Count * V.Count * depth;

    /// <summary>Packs rows [0, depth) of one panel.</summary>
    /// <param name="b">B, already moved to its first row.</param>
    /// <param name="panel">Number of the panel.</param>
    /// <param name="columns">Columns of B.</param>
    /// <param name="depth">Rows to pack.</param>
    /// <param name="packed">Where all panels of this depth begin.</param>
    /// <param name="round">Round to bf16 on the way.</param>
    public static void Pack(in ProductOperand<T> b, int panel, int columns, int depth, T* packed, bool round)
    {
        var first = panel * PanelColumns;
        var width = Width(panel, columns) * V.Count;
        var wanted = Math.Min(width, columns - first);
        var destination = packed + ((long)first * depth);
        var source = b.Data + (first * b.ColumnStride);
        if (wanted < width) new Span<T>(destination, width * depth).Clear();
        if (b.ColumnStride == 1) PackRows(source, b.RowStride, wanted, width, depth, destination);
        else PackColumns(source, b.RowStride, b.ColumnStride, wanted, width, depth, destination);
        if (round) VectorLoops<T, V>.RoundToBFloat16(destination, destination, width * depth);
    }

    private static void PackRows(T* source, nint row, int wanted, int width, int depth, T* destination)
    {
        for (var k = 0; k < depth; k++, source += row, destination += width)
        {
            var j = 0;
            for (; j <= wanted - V.Count; j += V.Count) V.Store(V.Load(source + j), destination + j);
            for (; j < wanted; j++) destination[j] = source[j];
        }
    }

    private static void PackColumns(T* source, nint row, nint column, int wanted, int width, int depth, T* destination)
    {
        // four columns at a time: four streams in, and the writes of one row stay within a cache line
        var j = 0;
        for (; j <= wanted - 4; j += 4)
        {
            var s = source + (j * column);
            var d = destination + j;
            for (var k = 0; k < depth; k++, s += row, d += width)
            {
                d[0] = s[0];
                d[1] = s[column];
                d[2] = s[2 * column];
                d[3] = s[3 * column];
            }
        }
        for (; j < wanted; j++)
        {
            var s = source + (j * column);
            var d = destination + j;
            for (var k = 0; k < depth; k++, s += row, d += width) *d = *s;
        }
    }
}
