namespace Puna.Tensors;

/// <summary>One of several products that are computed together: C = A·B or C += A·B.</summary>
internal unsafe struct ProductTask
{
    /// <summary>Rows of A and C, columns of B and C, and the depth.</summary>
    public int M, N, K;

    /// <summary>A [M, K] and B [K, N].</summary>
    public BFloat16Operand A, B;

    /// <summary>B packed already, where it is.</summary>
    public PackedMatrix PackedB;

    /// <summary>The result, its rows <see cref="CRow"/> elements apart.</summary>
    public float* C;

    public nint CRow;

    /// <summary>Add to what C holds.</summary>
    public bool Accumulate;
}
