using Iced.Intel;

namespace Puna.Tensors;

/// <summary>Products of bytes with VPDPBUSD (AVX512_VNNI), which C# has no 512-bit intrinsic for: tiles of 12 tokens × 32 rows of weights.</summary>
internal sealed unsafe class Avx512VnniKernel : Int8Kernel
{
    private static readonly Lazy<Avx512VnniKernel> One = new(() => new Avx512VnniKernel());
    private const int SpinRounds = 100_000;
    private const int HeaderBytes = 64; // of a panel of activations: what the sums of its tokens begin with
    private readonly EmittedFunctions _functions;

    /// <summary>Assembles the functions.</summary>
    /// <exception cref="InvalidOperationException">The system refuses executable memory.</exception>
    private Avx512VnniKernel() => _functions = new EmittedFunctions(Bodies());

    /// <summary>The one of this process, assembled at its first use.</summary>
    /// <exception cref="InvalidOperationException">The system refuses executable memory.</exception>
    public static Avx512VnniKernel Shared => One.Value;

    /// <inheritdoc/>
    public override int PanelTokens => VnniTile.Tokens;

    /// <inheritdoc/>
    public override int DepthUnit => VnniTile.TurnDepth;

    /// <inheritdoc/>
    public override double SpinOperations => (double)SpinRounds * VnniTile.Tokens * VnniTile.Widest * VnniTile.Lanes * 4 * 2;

    /// <inheritdoc/>
    public override long ActivationPanelBytes(int depth) => HeaderBytes + ((long)VnniTile.Tokens * Padded(depth));

    /// <summary>What is assembled: a function for every size of tile, then the one to spin in.</summary>
    internal static Action<Assembler>[] Bodies()
    {
        var bodies = new Action<Assembler>[(VnniTile.Tokens * VnniTile.Widest) + 1];
        for (var tokens = 1; tokens <= VnniTile.Tokens; tokens++)
        {
            for (var width = 1; width <= VnniTile.Widest; width++)
            {
                var (t, w) = (tokens, width);
                bodies[Index(tokens, width)] = code => VnniTile.Emit(code, t, w);
            }
        }
        bodies[^1] = code => VnniTile.EmitSpin(code, SpinRounds);
        return bodies;
    }

    /// <inheritdoc/>
    public override void PackWeights(sbyte* weights, nint rowBytes, int rows, int depth, byte* destination) =>
        Interleave(weights, rowBytes, rows, PanelRows, depth, Padded(depth), 0x80808080, (uint*)destination);

    /// <inheritdoc/>
    public override void PackActivations(sbyte* activations, nint rowBytes, int tokens, int depth, byte* destination)
    {
        new Span<byte>(destination, HeaderBytes).Clear();
        for (var i = 0; i < tokens; i++)
        {
            var sum = 0;
            foreach (var value in new ReadOnlySpan<sbyte>(activations + (i * rowBytes), depth)) sum += value;
            ((int*)destination)[i] = -128 * sum;
        }
        Interleave(activations, rowBytes, tokens, VnniTile.Tokens, depth, Padded(depth), 0, (uint*)(destination + HeaderBytes));
    }

    /// <inheritdoc/>
    protected override void MultiplyPanels(byte* weights, int rows, byte* activations, int tokens, int depth, int* c, nint cRow)
    {
        var panel = ActivationPanelBytes(depth);
        var tile = new VnniTileArguments { PanelBytes = (nint)WeightPanelBytes(depth), CRowBytes = cRow * sizeof(int), Turns = depth / VnniTile.TurnDepth };
        for (var j = 0; j < rows; j += VnniTile.Widest * VnniTile.Lanes)
        {
            var wanted = Math.Min(VnniTile.Widest * VnniTile.Lanes, rows - j);
            var width = (wanted + VnniTile.Lanes - 1) / VnniTile.Lanes;
            tile.LastMask = (1 << (wanted - ((width - 1) * VnniTile.Lanes))) - 1;
            tile.Weights = weights + (j / PanelRows * WeightPanelBytes(depth));
            for (var i = 0; i < tokens; i += VnniTile.Tokens)
            {
                var from = activations + (i / VnniTile.Tokens * panel);
                tile.Start = (int*)from;
                tile.Activations = from + HeaderBytes;
                tile.C = c + (i * cRow) + j;
                _functions.Call(Index(Math.Min(VnniTile.Tokens, tokens - i), width), &tile);
            }
        }
    }

    /// <inheritdoc/>
    public override void Spin() => _functions.Call(VnniTile.Tokens * VnniTile.Widest, null);

    private static int Index(int tokens, int width) => ((tokens - 1) * VnniTile.Widest) + width - 1;
}
