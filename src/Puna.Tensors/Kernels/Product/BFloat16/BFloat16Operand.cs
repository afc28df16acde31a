namespace Puna.Tensors;

/// <summary>
/// A matrix as the bf16 product reads it: numbers in single precision, which packing rounds, or numbers that are bf16 already. Element (i, j) lies
/// i·RowStride + j·ColumnStride elements after the first.
/// </summary>
internal readonly unsafe struct BFloat16Operand(void* data, nint rowStride, nint columnStride, bool isRounded)
{
    public readonly void* Data = data;
    public readonly nint RowStride = rowStride;
    public readonly nint ColumnStride = columnStride;

    /// <summary>Whether the numbers are bf16 already.</summary>
    public readonly bool IsRounded = isRounded;

    /// <summary>The same matrix, rows and columns exchanged.</summary>
    public BFloat16Operand Transposed => new(Data, ColumnStride, RowStride, IsRounded);

    /// <summary>Numbers in single precision.</summary>
    public static implicit operator BFloat16Operand(in ProductOperand<float> matrix) => new(matrix.Data, matrix.RowStride, matrix.ColumnStride, false);

    /// <summary>A tensor's numbers, its rows one after the other.</summary>
    public static BFloat16Operand Of(Tensor tensor) => tensor.DType == DType.BFloat16
        ? new(tensor.Pointer<ushort>(), (nint)tensor.Shape.Columns, 1, true)
        : new(tensor.Pointer<float>(), (nint)tensor.Shape.Columns, 1, false);

    /// <summary>Whether it is the same memory read in the same way.</summary>
    public bool IsSame(in BFloat16Operand other) => Data == other.Data && RowStride == other.RowStride && ColumnStride == other.ColumnStride;

    /// <summary>The part of the matrix from this element on.</summary>
    public BFloat16Operand At(long row, long column) =>
        new((byte*)Data + (((row * RowStride) + (column * ColumnStride)) * (IsRounded ? sizeof(ushort) : sizeof(float))), RowStride, ColumnStride, IsRounded);
}
