namespace Puna.Tensors;

/// <summary>
/// Products of signed bytes summed in 32-bit integers: c[token, row] = Σ over the depth of activations[token, k] · weights[row, k], exact as
/// long as the sums themselves fit (at depths up to 131,000 whatever the bytes are). Weights are packed once; activations before each
/// product. Panels of either are independent of each other, so that threads can pack and multiply different ones at once.
/// </summary>
internal abstract unsafe class Int8Kernel : IPeakLoop
{
    /// <summary>Rows of a panel of weights.</summary>
    public const int PanelRows = 16;

    /// <summary>Tokens of a panel of activations.</summary>
    public abstract int PanelTokens { get; }

    /// <summary>The depth is filled with zeros up to a multiple of this.</summary>
    public abstract int DepthUnit { get; }

    /// <summary>Bytes of a packed panel of weights.</summary>
    public long WeightPanelBytes(int depth) => (long)PanelRows * Padded(depth);

    /// <summary>Bytes of a packed panel of activations.</summary>
    public abstract long ActivationPanelBytes(int depth);

    /// <summary>Packs a panel of weights: [depth / 4][16 rows][4 bytes].</summary>
    /// <param name="weights">The panel's first row.</param>
    /// <param name="rowBytes">Distance between rows.</param>
    /// <param name="rows">Rows there are, 1 to 16.</param>
    /// <param name="depth">Bytes of a row that count.</param>
    /// <param name="destination"><see cref="WeightPanelBytes"/>.</param>
    public abstract void PackWeights(sbyte* weights, nint rowBytes, int rows, int depth, byte* destination);

    /// <summary>Packs a panel of activations.</summary>
    /// <param name="activations">The panel's first token.</param>
    /// <param name="rowBytes">Distance between tokens.</param>
    /// <param name="tokens">Tokens there are, at most <see cref="PanelTokens"/>.</param>
    /// <param name="depth">Bytes of a token that count.</param>
    /// <param name="destination"><see cref="ActivationPanelBytes"/>.</param>
    public abstract void PackActivations(sbyte* activations, nint rowBytes, int tokens, int depth, byte* destination);

    /// <summary>Multiplies packed operands.</summary>
    /// <param name="weights">The first panel of weights; the next ones follow it.</param>
    /// <param name="rows">Rows of weights wanted.</param>
    /// <param name="activations">The first panel of activations; the next ones follow it.</param>
    /// <param name="tokens">Tokens wanted.</param>
    /// <param name="depth">The depth that both were packed with.</param>
    /// <param name="c">First element of the result, [tokens, rows].</param>
    /// <param name="cRow">Elements between tokens of the result.</param>
    public void Multiply(byte* weights, int rows, byte* activations, int tokens, int depth, int* c, nint cRow)
    {
        if (depth > 0)
        {
            MultiplyPanels(weights, rows, activations, tokens, Padded(depth), c, cRow);
            return;
        }
        for (var i = 0; i < tokens; i++) new Span<int>(c + (i * cRow), rows).Clear();
    }

    /// <inheritdoc/>
    public abstract double SpinOperations { get; }

    /// <inheritdoc/>
    public abstract void Spin();

    /// <summary><see cref="Multiply"/> with a depth that is not 0 and already rounded up.</summary>
    protected abstract void MultiplyPanels(byte* weights, int rows, byte* activations, int tokens, int depth, int* c, nint cRow);

    /// <summary>The depth rounded up.</summary>
    protected int Padded(int depth) => (depth + DepthUnit - 1) / DepthUnit * DepthUnit;

    /// <summary>
    /// Lays out lanes (rows or tokens) in groups of four bytes: [padded depth / 4][width][4]. Lanes and depths that are not there are zero.
    /// </summary>
    /// <param name="flip">Bits that are turned over in every byte: 0x80808080 makes q + 128 of q.</param>
    protected static void Interleave(sbyte* source, nint rowBytes, int count, int width, int depth, int padded, uint flip, uint* destination)
    {
        for (var i = 0; i < width; i++)
        {
            for (var group = 0; group < padded / 4; group++)
                destination[((long)group * width) + i] = (i < count ? Four(source + (i * rowBytes), 4 * group, depth) : 0) ^ flip;
        }
    }

    /// <summary>Four bytes from a depth on, zeros beyond the end.</summary>
    private static uint Four(sbyte* source, int from, int depth)
    {
        if (from + 4 <= depth) return *(uint*)(source + from);
        uint four = 0;
        for (var v = 0; v < depth - from; v++) four |= (uint)(byte)source[from + v] << (8 * v);
        return four;
    }
}
