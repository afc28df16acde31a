using Iced.Intel;
using static Iced.Intel.AssemblerRegisters;

namespace Puna.Tensors;

/// <summary>bf16 products with VDPBF16PS (AVX512_BF16), which C# has no intrinsic for: tiles of 8 rows × 48 columns.</summary>
internal sealed unsafe class Avx512BFloat16Kernel : BFloat16Kernel
{
    private static readonly Lazy<Avx512BFloat16Kernel> One = new(() => new Avx512BFloat16Kernel());
    private const int SpinRounds = 100_000, SpinChains = 24;
    private readonly delegate* unmanaged[SuppressGCTransition]<void*, void>[] _tiles;
    private readonly delegate* unmanaged[SuppressGCTransition]<void*, void> _spin; // half a microsecond a thousand rounds

    /// <summary>The one of this process, assembled at its first use.</summary>
    /// <exception cref="InvalidOperationException">The system refuses executable memory.</exception>
    public static Avx512BFloat16Kernel Shared => One.Value;

    /// <summary>Assembles a function for every size of tile.</summary>
    /// <exception cref="InvalidOperationException">The system refuses executable memory.</exception>
    private Avx512BFloat16Kernel()
    {
        var bodies = new Action<Assembler>[(2 * BFloat16Tile.Rows * BFloat16Tile.Widest) + 1];
        for (var rows = 1; rows <= BFloat16Tile.Rows; rows++)
        {
            for (var width = 1; width <= BFloat16Tile.Widest; width++)
            {
                var (r, w) = (rows, width);
                bodies[Index(rows, width, false)] = code => BFloat16Tile.Emit(code, r, w, false);
                bodies[Index(rows, width, true)] = code => BFloat16Tile.Emit(code, r, w, true);
            }
        }
        bodies[^1] = EmitSpin;
        _tiles = EmittedCode.Assemble(bodies);
        _spin = _tiles[^1];
    }

    /// <inheritdoc/>
    public override int PanelRows => BFloat16Tile.Rows;

    /// <inheritdoc/>
    public override int PanelColumns => BFloat16Tile.Widest * BFloat16Tile.Lanes;

    /// <inheritdoc/>
    public override int ColumnUnit => BFloat16Tile.Lanes;

    /// <inheritdoc/>
    public override int PairUnit => 1;

    /// <inheritdoc/>
    public override void PackRows(in BFloat16Operand a, int rows, int depth, uint* destination) =>
        PairPacking.Pack(a, rows, (rows + PanelRows - 1) / PanelRows * PanelRows, PanelRows, depth, destination);

    /// <inheritdoc/>
    public override void PackColumns(in BFloat16Operand b, int columns, int depth, uint* destination) =>
        PairPacking.Pack(b.Transposed, columns, Width(columns) * BFloat16Tile.Lanes, Width(columns) * BFloat16Tile.Lanes, depth, destination);

    /// <inheritdoc/>
    public override void Multiply(uint* a, int rows, uint* b, int columns, int pairs, float* c, nint cRow, bool accumulate)
    {
        var width = Width(columns);
        var last = columns - ((width - 1) * BFloat16Tile.Lanes);
        var tile = new BFloat16TileArguments { A = a, B = b, C = c, CRowBytes = cRow * sizeof(float), Pairs = pairs, Accumulate = accumulate ? 1 : 0, LastMask = (1 << last) - 1 };
        for (var i = 0; i < rows; i += BFloat16Tile.Rows)
        {
            _tiles[Index(Math.Min(BFloat16Tile.Rows, rows - i), width, false)](&tile);
            tile.A += BFloat16Tile.Rows * pairs;
            tile.C += BFloat16Tile.Rows * cRow;
        }
    }

    /// <inheritdoc/>
    public override bool ReadsRows => true;

    /// <inheritdoc/>
    public override void MultiplyRows(ushort* a, nint aRow, int rows, uint* b, int columns, int pairs, float* c, nint cRow, bool accumulate)
    {
        var width = Width(columns);
        var last = columns - ((width - 1) * BFloat16Tile.Lanes);
        var tile = new BFloat16TileArguments { B = b, CRowBytes = cRow * sizeof(float), ARowBytes = aRow * sizeof(ushort), Pairs = pairs, Accumulate = accumulate ? 1 : 0, LastMask = (1 << last) - 1 };
        for (var i = 0; i < rows; i += BFloat16Tile.Rows)
        {
            tile.A = (uint*)(a + (i * aRow));
            tile.C = c + (i * cRow);
            _tiles[Index(Math.Min(BFloat16Tile.Rows, rows - i), width, true)](&tile);
        }
    }

    /// <inheritdoc/>
    public override double SpinOperations => (double)SpinRounds * SpinChains * BFloat16Tile.Lanes * 4;

    /// <inheritdoc/>
    public override void Spin() => _spin(null);

    internal static void EmitSpin(Assembler code)
    {
        for (var i = 0; i < SpinChains + 2; i++) code.vpxord(EmittedCode.Zmm(i), EmittedCode.Zmm(i), EmittedCode.Zmm(i));
        code.mov(rax, SpinRounds);
        var again = code.CreateLabel();
        code.Label(ref again);
        for (var i = 0; i < SpinChains; i++) code.vdpbf16ps(EmittedCode.Zmm(i), EmittedCode.Zmm(SpinChains), EmittedCode.Zmm(SpinChains + 1));
        code.dec(rax);
        code.jne(again);
    }

    private static int Width(int columns) => (columns + BFloat16Tile.Lanes - 1) / BFloat16Tile.Lanes;

    private static int Index(int rows, int width, bool readsRows) => (((((readsRows ? BFloat16Tile.Rows : 0) + rows) - 1) * BFloat16Tile.Widest) + width) - 1;
}
