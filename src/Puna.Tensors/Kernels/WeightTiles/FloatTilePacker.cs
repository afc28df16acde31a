namespace Puna.Tensors;

/// <summary>Lays 16 rows of plain numbers side by side: columns one by one, those of bf16 in pairs.</summary>
internal sealed unsafe class FloatTilePacker<W>(FloatTileKind kind) : TilePacker
    where W : unmanaged, IRowWords<W>
{
    private const int Rows = WeightTileFormat.Rows, WordsAtOnce = 4;

    protected override void PackAll(byte** rows, int columns, byte* tile)
    {
        var turns = FloatTiles.Turns(kind, columns);
        if (columns % FloatTiles.TurnColumns(kind) != 0) new Span<byte>(tile + FloatTiles.TileBytes(kind, (turns - 1) * FloatTiles.TurnColumns(kind)), (int)FloatTiles.TileBytes(kind, 1)).Clear();
        var words = stackalloc W[WordsAtOnce];
        var perWord = kind == FloatTileKind.Single ? 1 : 2;
        var whole = columns / (WordsAtOnce * perWord) * WordsAtOnce;
        for (var i = 0; i < whole; i += WordsAtOnce)
        {
            for (var row = 0; row < Rows; row += W.Rows)
            {
                W.Load(rows + row, (nint)i * sizeof(uint), words);
                for (var w = 0; w < WordsAtOnce; w++)
                {
                    var to = tile + ((nint)(i + w) * Rows * sizeof(uint));
                    if (kind != FloatTileKind.Half)
                    {
                        W.Store(words[w], to + (row * sizeof(uint)));
                        continue;
                    }
                    W.StoreHalves(words[w], to + (row * sizeof(ushort)));
                    W.StoreHalves(words[w] >>> 16, to + ((Rows + row) * sizeof(ushort)));
                }
            }
        }
        for (var r = 0; r < Rows; r++)
            for (var k = whole * perWord; k < columns; k++) Place(rows[r], k, r, tile);
    }

    protected override void ClearFrom(int row, int columns, byte* tile)
    {
        var width = kind == FloatTileKind.Half ? sizeof(ushort) : sizeof(uint);
        var steps = FloatTiles.Turns(kind, columns) * FloatWeightTile.Unrolled;
        for (var s = 0; s < steps; s++) new Span<byte>(tile + (((s * Rows) + row) * width), (Rows - row) * width).Clear();
    }

    /// <summary>One number.</summary>
    private void Place(byte* row, int k, int r, byte* tile)
    {
        if (kind == FloatTileKind.Single) ((uint*)tile)[(k * Rows) + r] = ((uint*)row)[k];
        else if (kind == FloatTileKind.Half) ((ushort*)tile)[(k * Rows) + r] = ((ushort*)row)[k];
        else ((ushort*)tile)[(((k / 2 * Rows) + r) * 2) + (k % 2)] = ((ushort*)row)[k];
    }
}
