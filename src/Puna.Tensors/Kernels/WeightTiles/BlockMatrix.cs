namespace Puna.Tensors;

/// <summary>
/// A matrix [rows, columns] in the number format of a file, where it lies (in a mapped file or in memory), and, once <see cref="InferenceKernels.Repack"/> was
/// called, a copy with 16 rows side by side, which products read faster. Products work with either. Neither memory is its own.
/// </summary>
public sealed unsafe class BlockMatrix
{
    private readonly byte* _data;
    private readonly int _heads;

    /// <summary>A matrix in memory that somebody else owns.</summary>
    /// <param name="format">Of its rows.</param>
    /// <param name="rows">Rows.</param>
    /// <param name="columns">Columns, whole blocks.</param>
    /// <param name="data">The first row; the next ones follow it.</param>
    /// <param name="owner">Kept alive as long as this object.</param>
    /// <param name="neighbourHeads">For queries and keys whose rotary pairs are neighbours in a head (GGUF, Meta): the number of heads; then rows are taken in the order of halves. Else 0.</param>
    public BlockMatrix(BlockFormat format, int rows, int columns, void* data, object? owner, int neighbourHeads = 0)
    {
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(rows);
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(columns);
        if (neighbourHeads > 0 && rows % (2 * neighbourHeads) != 0) throw new ArgumentException($"{rows} rows are not those of {neighbourHeads} heads", nameof(neighbourHeads));
        (Format, Rows, Columns, Owner, _heads) = (format, rows, columns, owner, neighbourHeads);
        _data = (byte*)data;
        RowBytes = format.RowBytes(columns);
    }

    /// <summary>Whether rows in a format can be multiplied as they are.</summary>
    public static bool HasProducts(BlockFormat format) => format.Name is "F32" or "F16" or "BF16" || WeightTileFormat.Find(format.Name) is not null;

    /// <summary>The format of the rows.</summary>
    public BlockFormat Format { get; }

    /// <summary>Rows.</summary>
    public int Rows { get; }

    /// <summary>Columns.</summary>
    public int Columns { get; }

    /// <summary>Bytes of a row.</summary>
    public long RowBytes { get; }

    /// <summary>Bytes of all rows as they lie in the file.</summary>
    public long Bytes => Rows * RowBytes;

    /// <summary>Bytes of the copy; 0 without one.</summary>
    public long CopiedBytes => TileData is null ? 0 : TileBytes;

    /// <summary>Whose memory the rows are; kept alive.</summary>
    internal object? Owner { get; }

    /// <summary>Tiles of 16 rows.</summary>
    internal int Tiles => (Rows + WeightTileFormat.Rows - 1) / WeightTileFormat.Rows;

    /// <summary>Bytes that a copy of the prepared matrix takes, a multiple of 64.</summary>
    internal long TileBytes => ((Tiles * Layout!.TileBytes(Columns)) + NativeBuffer.Alignment - 1) / NativeBuffer.Alignment * NativeBuffer.Alignment;

    /// <summary>The packed tiles; null without a copy.</summary>
    internal byte* TileData { get; set; }

    /// <summary>The layout of its tiles, set by the kernels that first used it.</summary>
    internal TileLayout? Layout { get; set; }

    /// <summary>A row as numbers.</summary>
    public void ReadRow(int row, Span<float> values) => Format.Dequantize(RowData(row), values);

    /// <summary>The bytes of a row.</summary>
    public ReadOnlySpan<byte> RowData(int row)
    {
        ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual((uint)row, (uint)Rows, nameof(row));
        return new ReadOnlySpan<byte>(Row(row), checked((int)RowBytes));
    }

    /// <summary>Packs a tile.</summary>
    internal void PackTile(TileLayout layout, int tile, byte* destination)
    {
        var rows = stackalloc byte*[WeightTileFormat.Rows];
        layout.Pack(rows, TileRows(tile, rows), Columns, destination);
    }

    /// <summary>Where the 16 rows of a tile begin, and how many of them there are; instead of those that lack comes the last.</summary>
    internal int TileRows(int tile, byte** rows)
    {
        var first = tile * WeightTileFormat.Rows;
        for (var r = 0; r < WeightTileFormat.Rows; r++) rows[r] = Row(Math.Min(first + r, Rows - 1));
        return Math.Min(WeightTileFormat.Rows, Rows - first);
    }

    private byte* Row(int row)
    {
        if (_heads == 0) return _data + (row * RowBytes);
        var size = Rows / _heads;
        var (head, r) = (row / size, row % size);
        var neighbour = r < size / 2 ? 2 * r : (2 * (r - (size / 2))) + 1;
        return _data + (((head * size) + neighbour) * RowBytes);
    }
}
