using System.Runtime.CompilerServices;

namespace Puna.Tensors;

/// <summary>Lays 16 rows of plain numbers side by side: columns one by one, those of bf16 in pairs.</summary>
internal sealed unsafe class FloatTilePacker<W>(FloatTileKind kind) : TilePacker
    where W : unmanaged, IRowWords<W>
{
    private const int Rows = WeightTileFormat.Rows, Words = 16, Register = 64;

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    protected override void PackAll(byte** rows, int columns, byte* tile)
    {
        var turns = FloatTiles.Turns(kind, columns);
        if (columns % FloatTiles.TurnColumns(kind) != 0) new Span<byte>(tile + FloatTiles.TileBytes(kind, (turns - 1) * FloatTiles.TurnColumns(kind)), (int)FloatTiles.TileBytes(kind, 1)).Clear();
        var line = stackalloc byte[(Words + 1) * Register];
        line = (byte*)(((nint)line + Register - 1) / Register * Register);
        var perWord = kind == FloatTileKind.Single ? 1 : 2;
        var whole = columns / (Words * perWord) * Words;
        for (nint i = 0; i < whole; i += Words)
        {
            for (var row = 0; row < Rows; row += W.Rows)
            {
                if (kind == FloatTileKind.Half) LayHalves(rows + row, i * sizeof(uint), line, tile + (i * Register) + (row * sizeof(ushort)));
                else W.LayLine(rows + row, i * sizeof(uint), tile + (i * Register) + (row * sizeof(uint)));
            }
        }
        for (var r = 0; r < Rows; r++)
            for (var k = whole * perWord; k < columns; k++) Place(rows[r], k, r, tile);
    }

    protected override void ClearFrom(int row, int columns, byte* tile)
    {
        var width = kind == FloatTileKind.Half ? sizeof(ushort) : sizeof(uint);
        var steps = FloatTiles.Turns(kind, columns) * FloatTiles.TurnSteps(kind);
        for (var s = 0; s < steps; s++) new Span<byte>(tile + (((s * Rows) + row) * width), (Rows - row) * width).Clear();
    }

    /// <summary>Words have two columns, which come apart.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void LayHalves(byte** rows, nint offset, byte* line, byte* to)
    {
        W.LayLine(rows, offset, line);
        for (var i = 0; i < Words; i++, to += Register)
        {
            var word = W.LoadRows(line + (i * Register));
            W.StoreHalves(word, to);
            W.StoreHalves(word >>> 16, to + (Rows * sizeof(ushort)));
        }
    }

    /// <summary>One number.</summary>
    private void Place(byte* row, int k, int r, byte* tile)
    {
        if (kind == FloatTileKind.Single) ((uint*)tile)[(k * Rows) + r] = ((uint*)row)[k];
        else if (kind == FloatTileKind.Half) ((ushort*)tile)[(k * Rows) + r] = ((ushort*)row)[k];
        else ((ushort*)tile)[(((k / 2 * Rows) + r) * 2) + (k % 2)] = ((ushort*)row)[k];
    }
}
