namespace Puna.Tensors;

/// <summary>What an attention's backward pass reads besides its inputs, and where it writes. Where a gradient is not to be added to, whoever owns a head's part of it writes or clears it first.</summary>
internal readonly unsafe struct AttentionGradients<T>(T* y, ushort* roundedY, T* logSum, T* dy, T* dq, bool addQ, T* dk, bool addK, T* dv, bool addV)
    where T : unmanaged
{
    /// <summary>The output; one of the two is null.</summary>
    public readonly T* Y = y;
    public readonly ushort* RoundedY = roundedY;
    public readonly T* LogSum = logSum, Dy = dy, Dq = dq, Dk = dk, Dv = dv;
    public readonly bool AddQ = addQ, AddK = addK, AddV = addV;

    /// <summary>The same under the name of its true element type.</summary>
    public AttentionGradients<TElement> As<TElement>() where TElement : unmanaged =>
        new((TElement*)Y, RoundedY, (TElement*)LogSum, (TElement*)Dy, (TElement*)Dq, AddQ, (TElement*)Dk, AddK, (TElement*)Dv, AddV);

    /// <summary>Clears the parts of one key/value head and of the query heads that read it, where they are not to be added to.</summary>
    public void Clear(in AttentionGeometry<T> g, int batch, int keyHead)
    {
        var group = g.Heads / g.KeyValueHeads;
        if (!AddQ) Clear(Dq + ((long)batch * g.Queries * g.QueryRow) + ((long)keyHead * group * g.HeadSize), g.QueryRow, g.Queries, group * g.HeadSize);
        ClearKeys(g, batch, keyHead);
    }

    /// <summary>Clears the key and value parts only.</summary>
    public void ClearKeys(in AttentionGeometry<T> g, int batch, int keyHead)
    {
        var offset = ((long)batch * g.Keys * g.KeyRow) + ((long)keyHead * g.HeadSize);
        if (!AddK) Clear(Dk + offset, g.KeyRow, g.Keys, g.HeadSize);
        if (!AddV) Clear(Dv + offset, g.KeyRow, g.Keys, g.HeadSize);
    }

    private static void Clear(T* first, nint row, int rows, int columns)
    {
        for (var i = 0; i < rows; i++, first += row) new Span<T>(first, columns).Clear();
    }
}
