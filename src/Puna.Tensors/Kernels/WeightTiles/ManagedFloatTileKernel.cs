namespace Puna.Tensors;

/// <summary>
/// Tiles of plain numbers in C#, over any vector register. Activations are in single precision: bf16 is <see cref="FloatTileKind.BFloat16AsSingle"/>, which differs from
/// VDPBF16PS in the last bits only.
/// </summary>
internal sealed unsafe class ManagedFloatTileKernel<V>(FloatTileKind kind) : TileKernel
    where V : unmanaged, ILanes<V, float>
{
    private const int Rows = WeightTileFormat.Rows;

    /// <inheritdoc/>
    public override int PanelTokens => FloatWeightTile.PanelTokens;

    /// <inheritdoc/>
    public override bool CanContinue => true;

    /// <inheritdoc/>
    public override void Multiply(int tokens, TileArguments* arguments)
    {
        var sums = stackalloc float[FloatWeightTile.PanelTokens * Rows];
        var numbers = stackalloc float[2 * Rows];
        var weights = arguments->Weights;
        var steps = arguments->Blocks * FloatWeightTile.Unrolled;
        for (nint tile = 0; tile < arguments->Tiles; tile++)
        {
            arguments->Begin(tile, tokens, sums);
            var activations = (float*)arguments->Activations;
            for (nint step = 0; step < steps; step++, weights += kind == FloatTileKind.Half ? 2 * Rows : 4 * Rows)
            {
                switch (kind)
                {
                    case FloatTileKind.Single:
                        activations = Add((float*)weights, activations, tokens, sums);
                        break;
                    case FloatTileKind.Half:
                        for (var r = 0; r < Rows; r++) numbers[r] = (float)((Half*)weights)[r];
                        activations = Add(numbers, activations, tokens, sums);
                        break;
                    default:
                        for (var r = 0; r < Rows; r++) (numbers[r], numbers[Rows + r]) = (BitConverter.UInt32BitsToSingle(((uint*)weights)[r] << 16), BitConverter.UInt32BitsToSingle(((uint*)weights)[r] & 0xFFFF0000));
                        activations = Add(numbers + Rows, Add(numbers, activations, tokens, sums), tokens, sums);
                        break;
                }
            }
            for (var t = 0; t < tokens; t++) Buffer.MemoryCopy(sums + (t * Rows), (byte*)(arguments->C + (tile * Rows)) + (t * arguments->CRowBytes), Rows * sizeof(float), Rows * sizeof(float));
        }
    }

    /// <summary>A column of 16 rows times all tokens; returns the next column's activations.</summary>
    private static float* Add(float* numbers, float* activations, int tokens, float* sums)
    {
        for (var t = 0; t < tokens; t++, sums += Rows)
        {
            var a = V.Create(activations[t]);
            for (var r = 0; r < Rows; r += V.Count) V.Store(V.MultiplyAdd(V.Load(numbers + r), a, V.Load(sums + r)), sums + r);
        }
        return activations + tokens;
    }
}
