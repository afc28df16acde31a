using System.Runtime.InteropServices;

namespace Puna.Tensors;

/// <summary>What a kernel over tiles is called with: some tiles of weights times one panel of activations.</summary>
[StructLayout(LayoutKind.Sequential)]
internal unsafe struct TileArguments
{
    /// <summary>The first tile of weights; the next ones follow it.</summary>
    public byte* Weights;

    /// <summary>Tiles, one at least.</summary>
    public nint Tiles;

    /// <summary>Blocks of a tile, one at least (for plain numbers: turns of the loop).</summary>
    public nint Blocks;

    /// <summary>The panel of activations.</summary>
    public byte* Activations;

    /// <summary>Receives 16 numbers of each tile and token: [tokens, rows].</summary>
    public float* C;

    /// <summary>Bytes between tokens of the result.</summary>
    public nint CRowBytes;
}

/// <summary>Multiplies tiles of one format with panels of up to <see cref="PanelTokens"/> tokens. Every result is a function of its row and token alone, whatever is computed beside them.</summary>
internal abstract unsafe class TileKernel
{
    /// <summary>The most tokens of a panel.</summary>
    public abstract int PanelTokens { get; }

    /// <summary>c[token, row] = Σ weights[row]·activations[token].</summary>
    /// <param name="tokens">Tokens of the panel.</param>
    /// <param name="arguments">The rest.</param>
    public abstract void Multiply(int tokens, TileArguments* arguments);
}
