using Iced.Intel;

namespace Puna.Tensors;

/// <summary>bf16 products with TDPBF16PS (AMX-BF16), which C# has no intrinsic for: blocks of 32 rows × 32 columns in four tiles.</summary>
internal sealed unsafe class AmxBFloat16Kernel : BFloat16Kernel
{
    private static readonly Lazy<AmxBFloat16Kernel> One = new(() => new AmxBFloat16Kernel(bodies => new EmittedFunctions(bodies)));
    private readonly AmxProduct _product;

    /// <summary>Assembles the functions.</summary>
    /// <param name="assemble">Makes functions of bodies: <see cref="EmittedFunctions"/>, or in tests an interpreter.</param>
    /// <exception cref="InvalidOperationException">The system refuses executable memory.</exception>
    internal AmxBFloat16Kernel(Func<Action<Assembler>[], IEmittedFunctions> assemble) => _product = new(AmxFormat.BFloat16, assemble);

    /// <summary>The one of this process, assembled at its first use.</summary>
    /// <exception cref="InvalidOperationException">The system refuses executable memory.</exception>
    public static AmxBFloat16Kernel Shared => One.Value;

    /// <inheritdoc/>
    public override int PanelRows => AmxTile.Most * AmxTile.Strip;

    /// <inheritdoc/>
    public override int PanelColumns => AmxTile.Most * AmxTile.Strip;

    /// <inheritdoc/>
    public override int ColumnUnit => AmxTile.Strip;

    /// <inheritdoc/>
    public override int PairUnit => AmxTile.Step;

    /// <inheritdoc/>
    public override double SpinOperations => AmxProduct.SpinMultiplyAdds * 2 * 2;

    /// <inheritdoc/>
    public override void PackRows(in BFloat16Operand a, int rows, int depth, uint* destination)
    {
        for (var first = 0; first < rows; first += AmxTile.Strip)
            TilePacking.PackRows(a.At(first, 0), Math.Min(AmxTile.Strip, rows - first), depth, destination + (first * TilePacking.Pairs(depth)));
    }

    /// <summary>
    /// Packs a panel of columns: for each step of depth one tile or two side by side, so that the first steps of a panel are a panel of less depth.
    /// </summary>
    public override void PackColumns(in BFloat16Operand b, int columns, int depth, uint* destination)
    {
        const int Depth = 2 * AmxTile.Step;
        for (var k = 0; k < depth; k += Depth)
        {
            for (var first = 0; first < columns; first += AmxTile.Strip, destination += AmxTile.Bytes / sizeof(uint))
            {
                TilePacking.PackColumns(b.At(k, first), Math.Min(AmxTile.Strip, columns - first), Math.Min(Depth, depth - k), destination);
            }
        }
    }

    /// <inheritdoc/>
    public override void Multiply(uint* a, int rows, uint* b, int columns, int pairs, float* c, nint cRow, bool accumulate) =>
        _product.Multiply(a, rows, b, AmxTile.Bytes, columns > AmxTile.Strip ? 2 * AmxTile.Bytes : AmxTile.Bytes, columns, pairs / AmxTile.Step, c, cRow, accumulate);

    /// <inheritdoc/>
    public override void Spin() => _product.Spin();
}
