namespace Puna.Tensors;

/// <summary>A matrix as the product reads it: element (i, j) is <c>Data[i·RowStride + j·ColumnStride]</c>, so a transpose costs nothing to state.</summary>
/// <typeparam name="T">Element.</typeparam>
internal readonly unsafe struct ProductOperand<T>(T* data, nint rowStride, nint columnStride)
    where T : unmanaged
{
    public readonly T* Data = data;
    public readonly nint RowStride = rowStride;
    public readonly nint ColumnStride = columnStride;

    /// <summary>A matrix stored row by row.</summary>
    public static ProductOperand<T> RowMajor(T* data, nint columns) => new(data, columns, 1);

    /// <summary>Whether it is the same memory read in the same way.</summary>
    public bool IsSame(in ProductOperand<T> other) => Data == other.Data && RowStride == other.RowStride && ColumnStride == other.ColumnStride;

    /// <summary>The same matrix under the name of its true element type.</summary>
    public ProductOperand<TElement> As<TElement>() where TElement : unmanaged => new((TElement*)Data, RowStride, ColumnStride);

    /// <summary>The part of the matrix from this element on.</summary>
    public ProductOperand<T> At(int row, int column) => new(Data + (row * RowStride) + (column * ColumnStride), RowStride, ColumnStride);

    /// <summary>The same matrix, rows and columns exchanged.</summary>
    public ProductOperand<T> Transposed => new(Data, ColumnStride, RowStride);
}
