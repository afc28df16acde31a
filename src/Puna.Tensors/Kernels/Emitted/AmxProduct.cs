using Iced.Intel;

namespace Puna.Tensors;

/// <summary>
/// Products of packed strips by <see cref="AmxTile"/>: whole blocks of 32 rows in one call, the rest of the rows in another. The tile registers
/// are configured and released within each call, so that no thread holds tiles while other code runs.
/// </summary>
internal sealed unsafe class AmxProduct
{
    private const int SpinRounds = 20_000, SpinFunction = AmxTile.Most * AmxTile.Most, WideFunction = SpinFunction + 1;
    private readonly IEmittedFunctions _functions;

    /// <summary>Assembles the functions.</summary>
    /// <param name="format">Numbers of the operands.</param>
    /// <param name="assemble">Makes functions of bodies.</param>
    /// <exception cref="InvalidOperationException">The system refuses executable memory.</exception>
    public AmxProduct(AmxFormat format, Func<Action<Assembler>[], IEmittedFunctions> assemble) => _functions = assemble(Bodies(format));

    /// <summary>Multiply-adds of numbers of 32 bits in <see cref="Spin"/>.</summary>
    public static double SpinMultiplyAdds => (double)SpinRounds * AmxTile.Most * AmxTile.Most * AmxTile.Strip * AmxTile.Strip * AmxTile.Step;

    /// <summary>What is assembled: a function for each shape of block, then the one to spin in and the one for wide blocks.</summary>
    internal static Action<Assembler>[] Bodies(AmxFormat format) =>
    [
        code => AmxTile.Emit(code, 1, 1, format),
        code => AmxTile.Emit(code, 1, 2, format),
        code => AmxTile.Emit(code, 2, 1, format),
        code => AmxTile.Emit(code, 2, 2, format),
        code => AmxTile.EmitSpin(code, SpinRounds, format),
        code => AmxTile.EmitWide(code, format),
    ];

    /// <summary>c = or += a·b.</summary>
    /// <param name="a">Strips of rows.</param>
    /// <param name="rows">Rows wanted, any number.</param>
    /// <param name="b">Tiles of columns.</param>
    /// <param name="bNeighbour">Bytes from a tile of columns to its neighbour.</param>
    /// <param name="bStep">Bytes from a tile of columns to the next one along the depth.</param>
    /// <param name="columns">Columns wanted, 1 to 32.</param>
    /// <param name="steps">Steps of depth.</param>
    /// <param name="c">First element of the result, 32 bits each.</param>
    /// <param name="cRow">Elements between rows of the result.</param>
    /// <param name="accumulate">Add to what is there.</param>
    public void Multiply(void* a, int rows, void* b, nint bNeighbour, nint bStep, int columns, int steps, void* c, nint cRow, bool accumulate)
    {
        const int Block = AmxTile.Most * AmxTile.Strip;
        var tile = new AmxTileArguments
        {
            A = (byte*)a,
            B = (byte*)b,
            StripBytes = (nint)steps * AmxTile.Bytes,
            AStep = AmxTile.Bytes,
            ABlock = AmxTile.Most * (nint)steps * AmxTile.Bytes,
            BNeighbour = bNeighbour,
            BStep = bStep,
            Steps = steps,
            C = (byte*)c,
            CRowBytes = cRow * sizeof(uint),
            CBlock = Block * cRow * sizeof(uint),
            Accumulate = accumulate ? 1 : 0,
        };
        var (blocks, rest) = Math.DivRem(rows, Block);
        if (blocks > 0) Call(ref tile, Block, columns, blocks);
        if (rest > 0) Call(ref tile, rest, columns, 1);
    }

    /// <summary>The same for panels of as many rows each, whose steps are [rows][16 numbers of 32 bits].</summary>
    /// <param name="a">The first panel, at the first step wanted.</param>
    /// <param name="rows">Rows of a panel, 1 to 32.</param>
    /// <param name="panels">Panels, one at least.</param>
    /// <param name="panelBytes">Bytes from a panel to the next.</param>
    /// <param name="b">Tiles of columns, the steps of each one after the other.</param>
    /// <param name="bNeighbour">Bytes from a tile of columns to its neighbour.</param>
    /// <param name="columns">Columns wanted, 1 to 32.</param>
    /// <param name="steps">Steps of depth.</param>
    /// <param name="c">First element of the result; the panels' rows follow each other.</param>
    /// <param name="cRowBytes">Bytes between rows of the result.</param>
    /// <param name="accumulate">Add to what is there.</param>
    public void MultiplyPanels(byte* a, int rows, int panels, nint panelBytes, byte* b, nint bNeighbour, int columns, int steps, float* c, nint cRowBytes, bool accumulate)
    {
        var tile = new AmxTileArguments
        {
            A = a,
            B = b,
            StripBytes = AmxTile.Bytes,
            AStep = rows * TileConfiguration.RowBytes,
            ABlock = panelBytes,
            BNeighbour = bNeighbour,
            BStep = AmxTile.Bytes,
            Steps = steps,
            C = (byte*)c,
            CRowBytes = cRowBytes,
            CBlock = rows * cRowBytes,
            Accumulate = accumulate ? 1 : 0,
        };
        Call(ref tile, rows, columns, panels);
    }

    /// <summary>The product of one panel with tiles of columns from four places, one of each at a time.</summary>
    /// <param name="a">The panel; its steps are [rows][16 numbers of 32 bits].</param>
    /// <param name="rows">Rows of the panel, 1 to 16.</param>
    /// <param name="b">Tiles of columns one after the other, the steps of each one after the other.</param>
    /// <param name="steps">Steps of depth.</param>
    /// <param name="tiles">Tiles of a place; each place begins where the one before ends.</param>
    /// <param name="c">First element of the result; tiles' columns lie side by side.</param>
    /// <param name="cRowBytes">Bytes between rows of the result.</param>
    public void MultiplyWide(byte* a, int rows, byte* b, nint steps, nint tiles, float* c, nint cRowBytes)
    {
        var tile = new AmxTileArguments
        {
            Configuration = AmxTile.WideConfiguration(rows),
            A = a,
            AStep = rows * TileConfiguration.RowBytes,
            BNeighbour = tiles * steps * AmxTile.Bytes,
            BStep = AmxTile.Bytes,
            CRowBytes = cRowBytes,
            CNeighbour = tiles * AmxTile.Strip * sizeof(float),
        };
        for (nint i = 0; i < tiles; i++)
        {
            tile.B = b + (i * steps * AmxTile.Bytes);
            tile.C = (byte*)(c + (i * AmxTile.Strip));
            tile.Steps = steps; // the function counts it down
            _functions.Call(WideFunction, &tile);
        }
    }

    /// <summary>Computes for about a millisecond with every operand in a register.</summary>
    public void Spin()
    {
        var tile = new AmxTileArguments { Configuration = AmxTile.Configuration(AmxTile.Most * AmxTile.Strip, AmxTile.Most * AmxTile.Strip) };
        _functions.Call(SpinFunction, &tile);
    }

    private void Call(ref AmxTileArguments tile, int rows, int columns, int blocks)
    {
        tile.Configuration = AmxTile.Configuration(rows, columns);
        tile.Blocks = blocks;
        var (down, across) = (rows > AmxTile.Strip ? 1 : 0, columns > AmxTile.Strip ? 1 : 0);
        fixed (AmxTileArguments* argument = &tile) _functions.Call((AmxTile.Most * down) + across, argument);
    }
}
