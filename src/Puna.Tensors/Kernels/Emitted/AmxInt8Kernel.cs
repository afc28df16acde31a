using Iced.Intel;

namespace Puna.Tensors;

/// <summary>
/// Products of bytes with TDPBSSD (AMX-INT8), which C# has no intrinsic for: blocks of 32 tokens × 32 rows of weights in four tiles. The
/// instruction multiplies signed by signed bytes, so both operands are stored as they are. Scales are not its business: the engine's products of quantised weights are <see cref="AmxTileKernel"/>'s;
/// this one serves `puna doctor`, which measures the peak of bytes with it, and whoever multiplies plain bytes.
/// </summary>
internal sealed unsafe class AmxInt8Kernel : Int8Kernel
{
    private static readonly Lazy<AmxInt8Kernel> One = new(() => new AmxInt8Kernel(bodies => new EmittedFunctions(bodies)));
    private const int Bytes = sizeof(uint); // in each of a tile's numbers of 32 bits
    private readonly AmxProduct _product;

    /// <summary>Assembles the functions.</summary>
    /// <param name="assemble">Makes functions of bodies: <see cref="EmittedFunctions"/>, or in tests an interpreter.</param>
    /// <exception cref="InvalidOperationException">The system refuses executable memory.</exception>
    internal AmxInt8Kernel(Func<Action<Assembler>[], IEmittedFunctions> assemble) => _product = new(AmxFormat.SignedBytes, assemble);

    /// <summary>The one of this process, assembled at its first use.</summary>
    /// <exception cref="InvalidOperationException">The system refuses executable memory.</exception>
    public static AmxInt8Kernel Shared => One.Value;

    /// <inheritdoc/>
    public override int PanelTokens => AmxTile.Strip;

    /// <inheritdoc/>
    public override int DepthUnit => AmxTile.Step * Bytes;

    /// <inheritdoc/>
    public override double SpinOperations => AmxProduct.SpinMultiplyAdds * Bytes * 2;

    /// <inheritdoc/>
    public override long ActivationPanelBytes(int depth) => (long)AmxTile.Strip * Padded(depth);

    /// <inheritdoc/>
    public override void PackWeights(sbyte* weights, nint rowBytes, int rows, int depth, byte* destination) =>
        Interleave(weights, rowBytes, rows, PanelRows, depth, Padded(depth), 0, (uint*)destination);

    /// <summary>Packs a panel of activations: [depth / 64][16 tokens][64 bytes].</summary>
    public override void PackActivations(sbyte* activations, nint rowBytes, int tokens, int depth, byte* destination)
    {
        for (var k = 0; k < depth; k += TileConfiguration.RowBytes)
        {
            var length = Math.Min(TileConfiguration.RowBytes, depth - k);
            for (var i = 0; i < AmxTile.Strip; i++, destination += TileConfiguration.RowBytes)
            {
                var row = new Span<byte>(destination, TileConfiguration.RowBytes);
                row.Clear();
                if (i < tokens) new ReadOnlySpan<byte>(activations + (i * rowBytes) + k, length).CopyTo(row);
            }
        }
    }

    /// <inheritdoc/>
    public override void Spin() => _product.Spin();

    /// <inheritdoc/>
    protected override void MultiplyPanels(byte* weights, int rows, byte* activations, int tokens, int depth, int* c, nint cRow)
    {
        const int Block = AmxTile.Most * AmxTile.Strip;
        for (var j = 0; j < rows; j += Block)
            _product.Multiply(activations, tokens, weights + (j / PanelRows * WeightPanelBytes(depth)), (nint)WeightPanelBytes(depth), AmxTile.Bytes, Math.Min(Block, rows - j), depth / DepthUnit, c + j, cRow, accumulate: false);
    }
}
