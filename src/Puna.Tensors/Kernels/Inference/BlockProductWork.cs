namespace Puna.Tensors;

/// <summary>
/// y = x·Wᵀ for up to three matrices W that share x (queries, keys and values; gate and up). Activations are packed once for each form that a matrix wants; then the
/// threads take runs of tiles. A matrix without a copy is packed into a thread's own scratch memory: for few tokens some columns of a tile at a time, so that what was
/// packed is multiplied in the first-level cache; for many a tile at a time.
/// </summary>
internal sealed unsafe class BlockProductWork(WorkerPool pool, Scratch scratch) : ParallelWork
{
    private const int Most = 3, PiecesPerThread = 6;
    private readonly BlockMatrix[] _weights = new BlockMatrix[Most];
    private readonly TileLayout[] _layouts = new TileLayout[Most];
    private readonly float*[] _outputs = new float*[Most];
    private readonly long[] _strides = new long[Most];
    private readonly byte*[] _panels = new byte*[Most];
    private readonly int[] _firstPiece = new int[Most + 1];
    private readonly PackWork _pack = new();
    private int _count, _tokens, _tilesPerPiece;
    private WorkerScratch _tiles;

    /// <summary>Computes all products.</summary>
    /// <param name="x">[tokens, stride]; rows of the matrices' columns.</param>
    /// <param name="stride">Numbers between tokens of x.</param>
    /// <param name="tokens">Tokens.</param>
    /// <param name="products">Matrices and where their results go: rows of 16 · tiles numbers at least.</param>
    public void Run(float* x, long stride, int tokens, params ReadOnlySpan<BlockProduct> products)
    {
        (_count, _tokens) = (products.Length, tokens);
        var (tiles, forms, together) = (0, 0L, 1);
        for (var i = 0; i < _count; i++)
        {
            (_weights[i], _layouts[i], _strides[i]) = (products[i].Weights, products[i].Weights.Layout!.For(tokens), products[i].Stride);
            _outputs[i] = products[i].Output;
            tiles += _weights[i].Tiles;
            together = Math.Max(together, _layouts[i].TilesTogether);
            Prepare(_layouts[i].Kernel);
            if (!SharesForm(i)) forms += Aligned(tokens * _layouts[i].TokenBytes(_weights[i].Columns));
        }
        var memory = (byte*)scratch.Shared(forms);
        for (var i = 0; i < _count; i++)
        {
            if (SharesForm(i))
            {
                _panels[i] = _panels[FormOf(i)];
                continue;
            }
            var (layout, columns) = (_layouts[i], _weights[i].Columns);
            _panels[i] = memory;
            memory += Aligned(tokens * layout.TokenBytes(columns));
            _pack.Run(pool, layout, x, stride, columns, tokens, _panels[i]);
        }
        var most = Math.Max(1, tiles / (pool.ThreadCount * PiecesPerThread)); // so that each thread has some pieces
        if (most > TileStreams.Most) most = most / TileStreams.Most * TileStreams.Most; // tiles that kernels take at once
        else if (together > 1) most = (most + 1) / AmxTile.Most * AmxTile.Most;
        _tilesPerPiece = tokens == 1 ? most : Math.Max(Math.Min(together, most), most / 4);
        var (pieces, tileBytes) = (0, 0L);
        for (var i = 0; i < _count; i++)
        {
            _firstPiece[i] = pieces;
            pieces += (_weights[i].Tiles + _tilesPerPiece - 1) / _tilesPerPiece;
            if (_weights[i].TileData is null) tileBytes = Math.Max(tileBytes, Aligned(_layouts[i].TileBytes(PartColumns(i))) + _layouts[i].KeptBytes);
        }
        _firstPiece[_count] = pieces;
        if (tileBytes > 0) _tiles = scratch.PerWorker(tileBytes);
        Share(pool, pieces);
    }

    /// <inheritdoc/>
    protected override void Piece(int index, int worker)
    {
        var m = 0;
        while (index >= _firstPiece[m + 1]) m++;
        var weights = _weights[m];
        var (layout, columns) = (_layouts[m], weights.Columns);
        var first = (index - _firstPiece[m]) * _tilesPerPiece;
        var count = Math.Min(_tilesPerPiece, weights.Tiles - first);
        var tileBytes = layout.TileBytes(columns);
        if (weights.TileData is not null && (_tokens <= layout.PanelTokens || layout.TilesTogether > 1))
        {
            Multiply(m, layout, weights.TileData + (first * tileBytes), first, count, columns);
            return;
        }
        for (var tile = first; tile < first + count; tile++)
        {
            if (weights.TileData is null) MultiplyRows(m, weights, tile, (byte*)_tiles.Of(worker));
            else Multiply(m, layout, weights.TileData + (tile * tileBytes), tile, 1, columns);
        }
    }

    /// <summary>A tile out of the file's rows, part by part.</summary>
    private void MultiplyRows(int m, BlockMatrix weights, int tile, byte* memory)
    {
        var (layout, columns, most) = (_layouts[m], weights.Columns, PartColumns(m));
        var kept = memory + Aligned(layout.TileBytes(most));
        var partBytes = weights.Format.RowBytes(most);
        var rows = stackalloc byte*[WeightTileFormat.Rows];
        var count = weights.TileRows(tile, rows);
        for (var k = 0; k < columns; k += most)
        {
            var part = Math.Min(most, columns - k);
            layout.Pack(rows, count, part, memory);
            Multiply(m, layout, memory, tile, 1, part, k, new TilePart(k > 0, k + part < columns, kept));
            for (var r = 0; r < WeightTileFormat.Rows; r++) rows[r] += partBytes;
        }
    }

    private int PartColumns(int m) => _tokens <= _layouts[m].PanelTokens ? Math.Min(_weights[m].Columns, _layouts[m].PartColumns) : _weights[m].Columns;

    private void Multiply(int m, TileLayout layout, byte* tiles, int first, int count, int columns, int column = 0, TilePart part = default)
    {
        var panels = _panels[m] + (column == 0 ? 0 : _tokens * layout.TokenBytes(column)); // only a single panel comes in parts
        layout.Multiply(tiles, count, columns, panels, _tokens, PanelSize(_tokens, layout.PanelTokens), _outputs[m] + ((long)first * WeightTileFormat.Rows), _strides[m], part);
    }

    /// <summary>For whole panels and for the last one.</summary>
    private void Prepare(TileKernel kernel)
    {
        var size = PanelSize(_tokens, kernel.PanelTokens);
        kernel.Prepare(size);
        if (_tokens % size is > 0 and var rest) kernel.Prepare(rest);
    }

    private bool SharesForm(int index) => FormOf(index) != index;

    private int FormOf(int index)
    {
        for (var i = 0; i < index; i++)
            if (_layouts[i].ActivationForm == _layouts[index].ActivationForm && _layouts[i].PanelTokens == _layouts[index].PanelTokens) return i;
        return index;
    }

    private static long Aligned(long bytes) => (bytes + 63) / 64 * 64;

    /// <summary>Tokens of a panel when so many are shared out evenly.</summary>
    private static int PanelSize(int tokens, int most)
    {
        var panels = (tokens + most - 1) / most;
        return (tokens + panels - 1) / panels;
    }

    /// <summary>Packs the tokens into their panels, on all threads where there are many.</summary>
    private sealed class PackWork : ParallelWork
    {
        private TileLayout _layout = null!;
        private float* _x;
        private long _stride;
        private int _columns, _tokens, _size;
        private byte* _panels;

        public void Run(WorkerPool pool, TileLayout layout, float* x, long stride, int columns, int tokens, byte* panels)
        {
            (_layout, _stride, _columns, _tokens, _size) = (layout, stride, columns, tokens, PanelSize(tokens, layout.PanelTokens));
            _x = x;
            _panels = panels;
            if (tokens > 2) Share(pool, tokens);
            else
                for (var t = 0; t < tokens; t++) Piece(t, 0);
        }

        protected override void Piece(int index, int worker)
        {
            var first = index / _size * _size;
            _layout.PackToken(_x + (index * _stride), _columns, _panels + (first * _layout.TokenBytes(_columns)), Math.Min(_size, _tokens - first), index - first);
        }
    }
}

/// <summary>A matrix and where its product goes.</summary>
/// <param name="weights">W.</param>
/// <param name="output">y, [tokens, stride].</param>
/// <param name="stride">Numbers between tokens of y; at least the rows rounded up to 16.</param>
public readonly unsafe struct BlockProduct(BlockMatrix weights, float* output, long stride)
{
    /// <summary>W.</summary>
    public BlockMatrix Weights { get; } = weights;

    /// <summary>y.</summary>
    public float* Output { get; } = output;

    /// <summary>Numbers between tokens of y.</summary>
    public long Stride { get; } = stride;
}
