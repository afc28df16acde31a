namespace Puna.Tensors;

/// <summary>One product among several: C = or += op(A)·op(B) on matrices [rows, columns].</summary>
/// <param name="A">The left operand.</param>
/// <param name="TransposeA">Whether its transpose is meant.</param>
/// <param name="B">The right operand.</param>
/// <param name="TransposeB">Whether its transpose is meant.</param>
/// <param name="C">The result.</param>
/// <param name="Accumulate">Add to what is there.</param>
internal readonly record struct ProductCall(Tensor A, bool TransposeA, Tensor B, bool TransposeB, Tensor C, bool Accumulate)
{
    /// <summary>Rows of the result.</summary>
    public int M => checked((int)(TransposeA ? A.Shape.Columns : A.Shape.Rows));

    /// <summary>Columns of the result.</summary>
    public int N => checked((int)C.Shape.Columns);

    /// <summary>The depth.</summary>
    public int K => checked((int)(TransposeA ? A.Shape.Rows : A.Shape.Columns));

    public unsafe ProductOperand<T> Left<T>() where T : unmanaged => Operand<T>(A, TransposeA);

    public unsafe ProductOperand<T> Right<T>() where T : unmanaged => Operand<T>(B, TransposeB);

    /// <summary>A for a product by bf16 instructions.</summary>
    public BFloat16Operand Left() => TransposeA ? BFloat16Operand.Of(A).Transposed : BFloat16Operand.Of(A);

    /// <summary>B for a product by bf16 instructions.</summary>
    public BFloat16Operand Right() => TransposeB ? BFloat16Operand.Of(B).Transposed : BFloat16Operand.Of(B);

    private static unsafe ProductOperand<T> Operand<T>(Tensor tensor, bool transpose) where T : unmanaged
    {
        var operand = ProductOperand<T>.RowMajor(tensor.Pointer<T>(), (nint)tensor.Shape.Columns);
        return transpose ? operand.Transposed : operand;
    }
}
