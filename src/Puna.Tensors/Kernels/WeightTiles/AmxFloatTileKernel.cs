using Iced.Intel;

namespace Puna.Tensors;

/// <summary>
/// Tiles of bf16 (<see cref="FloatTileKind.BFloat16Rows"/>) multiplied by <see cref="AmxTile"/>'s TDPBF16PS: two tiles of weights by up to 32 tokens in four tile registers; up to 16 tokens by four tiles of weights. A run of 320 columns
/// of both tiles and of a panel fit in the first-level cache, that of all panels in the second, so one run of all tiles comes after the other. One token takes the same instructions
/// as many, so its bits do not depend on what is computed beside it; they are not those of VDPBF16PS, which adds in another order and is no kernel of this tier.
/// </summary>
internal sealed unsafe class AmxFloatTileKernel : TileKernel
{
    private const int RunSteps = 10;
    private static readonly Lazy<AmxFloatTileKernel> One = new(() => new AmxFloatTileKernel(bodies => new EmittedFunctions(bodies)));
    private readonly Lazy<AmxProduct> _product;

    /// <summary>A kernel.</summary>
    /// <param name="assemble">Makes functions of bodies: <see cref="EmittedFunctions"/>, or in tests an interpreter.</param>
    internal AmxFloatTileKernel(Func<Action<Assembler>[], IEmittedFunctions> assemble) => _product = new(() => new AmxProduct(AmxFormat.BFloat16, assemble));

    /// <summary>The one of this process, assembled at its first product.</summary>
    public static AmxFloatTileKernel Shared => One.Value;

    /// <inheritdoc/>
    public override int PanelTokens => AmxTile.Most * AmxTile.Strip;

    /// <inheritdoc/>
    /// <remarks>The results of so many, and a run of the activations, fit in a second-level cache of 2 MiB.</remarks>
    public override int TilesTogether => 32;

    /// <inheritdoc/>
    public override void Prepare(int tokens) => _ = _product.Value;

    /// <inheritdoc/>
    public override void Multiply(int tokens, TileArguments* arguments) => MultiplyPanels(tokens, tokens, 0, arguments);

    /// <inheritdoc/>
    public override void MultiplyPanels(int tokens, int size, long tokenBytes, TileArguments* arguments)
    {
        var tileBytes = arguments->Blocks * AmxTile.Bytes;
        nint first = 0;
        if (tokens <= Math.Min(size, AmxTile.Strip) && arguments->Tiles >= AmxTile.Wide)
        {
            var quarter = arguments->Tiles / AmxTile.Wide;
            _product.Value.MultiplyWide(arguments->Activations, tokens, arguments->Weights, arguments->Blocks, quarter, arguments->C, arguments->CRowBytes);
            first = quarter * AmxTile.Wide;
        }
        var (full, rest) = Math.DivRem(tokens, size);
        var run = tokens > size ? RunSteps : arguments->Blocks; // a single panel waits for the weights, which come fastest one after the other
        for (nint step = 0; step < arguments->Blocks; step += run)
        {
            var steps = (int)Math.Min(run, arguments->Blocks - step);
            for (var tile = first; tile < arguments->Tiles; tile += AmxTile.Most)
            {
                var columns = (int)Math.Min(AmxTile.Most, arguments->Tiles - tile) * AmxTile.Strip;
                var b = arguments->Weights + (tile * tileBytes) + (step * AmxTile.Bytes);
                if (full > 0) Panels(0, size, full);
                if (rest > 0) Panels(full * size, rest, 1);

                void Panels(int token, int rows, int panels)
                {
                    var a = arguments->Activations + (token * tokenBytes) + (step * rows * TileConfiguration.RowBytes);
                    var c = (float*)((byte*)(arguments->C + (tile * AmxTile.Strip)) + (token * arguments->CRowBytes));
                    _product.Value.MultiplyPanels(a, rows, panels, (nint)(rows * tokenBytes), b, tileBytes, columns, steps, c, arguments->CRowBytes, accumulate: step > 0);
                }
            }
        }
    }
}
