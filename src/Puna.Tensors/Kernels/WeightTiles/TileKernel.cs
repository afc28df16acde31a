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

    /// <summary>Not 0 where these are further columns of one tile: sums begin with what the call before left, in C or, where <see cref="TileKernel.KeptBytes"/> is not 0, in <see cref="Kept"/>.</summary>
    public nint Continues;

    /// <summary>Not 0 where another call goes on with further columns of the tile.</summary>
    public nint IsContinued;

    /// <summary>Sums between such calls.</summary>
    public byte* Kept;

    /// <summary>The sums [tokens, 16 rows] that kernels which leave nothing but C between calls begin a tile with.</summary>
    public readonly void Begin(nint tile, int tokens, float* sums)
    {
        const int Rows = WeightTileFormat.Rows;
        if (Continues == 0) new Span<float>(sums, tokens * Rows).Clear();
        else
            for (var t = 0; t < tokens; t++) Buffer.MemoryCopy((byte*)(C + (tile * Rows)) + (t * CRowBytes), sums + (t * Rows), Rows * sizeof(float), Rows * sizeof(float));
    }
}

/// <summary>Multiplies tiles of one format with panels of up to <see cref="PanelTokens"/> tokens. Every result is a function of its row and token alone, whatever is computed beside them.</summary>
internal abstract unsafe class TileKernel
{
    /// <summary>The most tokens of a panel.</summary>
    public abstract int PanelTokens { get; }

    /// <summary>The fewest tokens of a product that it is the fastest for; fewer go to another kernel with the same tiles and bits.</summary>
    public virtual int FewestTokens => 1;

    /// <summary>Tiles that <see cref="MultiplyPanels"/> likes to be given together, since it reads the activations once for all of them; 1 where it goes through the panels with one tile as well as with many.</summary>
    public virtual int TilesTogether => 1;

    /// <summary>Whether a tile may come in several calls, some columns in each, with the same bits as in one.</summary>
    public virtual bool CanContinue => false;

    /// <summary>Bytes of <see cref="TileArguments.Kept"/>; 0 where C is enough.</summary>
    public virtual int KeptBytes => 0;

    /// <summary>Makes ready for panels of so many tokens: what can fail or takes long is done here, on the caller's thread, and not in the middle of a product.</summary>
    public virtual void Prepare(int tokens)
    {
    }

    /// <summary>c[token, row] = Σ weights[row]·activations[token].</summary>
    /// <param name="tokens">Tokens of the panel.</param>
    /// <param name="arguments">The rest.</param>
    public abstract void Multiply(int tokens, TileArguments* arguments);

    /// <summary>The same for all panels of a product, one after the other unless a kernel knows a better order.</summary>
    /// <param name="tokens">Tokens of all panels.</param>
    /// <param name="size">Tokens of every panel but the last, which has the rest.</param>
    /// <param name="tokenBytes">Bytes that a token takes in a panel.</param>
    /// <param name="arguments">The rest, for the first panel; changed.</param>
    public virtual void MultiplyPanels(int tokens, int size, long tokenBytes, TileArguments* arguments)
    {
        var activations = arguments->Activations;
        var c = (byte*)arguments->C;
        for (var t = 0; t < tokens; t += size)
        {
            arguments->Activations = activations + (t * tokenBytes);
            arguments->C = (float*)(c + (t * arguments->CRowBytes));
            Multiply(Math.Min(size, tokens - t), arguments);
        }
    }
}
