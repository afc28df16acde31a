namespace Puna.Tensors;

/// <summary>The type of a tensor's elements. Names and codes of files (F32, BF16, …) are mapped to these where a format is read.</summary>
public enum DType
{
    /// <summary>IEEE double, 8 bytes. Used by the portable tier as the reference for every other.</summary>
    Float64,

    /// <summary>IEEE single, 4 bytes. Master weights and all arithmetic that is not a matrix product.</summary>
    Float32,

    /// <summary>The upper half of a single, 2 bytes: 8 bits of exponent, 7 of fraction.</summary>
    BFloat16,

    /// <summary>IEEE half, 2 bytes.</summary>
    Float16,

    /// <summary>64-bit whole number.</summary>
    Int64,

    /// <summary>32-bit whole number: token ids, positions, labels.</summary>
    Int32,
}

/// <summary>
/// How elements of a type lie in memory. A plain type is a block of one element; a quantised type groups
/// <paramref name="ElementsPerBlock"/> elements (always along the innermost dimension) into <paramref name="BytesPerBlock"/> bytes.
/// </summary>
/// <param name="ElementsPerBlock">Elements that share a block; 1 for plain types.</param>
/// <param name="BytesPerBlock">Bytes of a block.</param>
public readonly record struct DTypeLayout(int ElementsPerBlock, int BytesPerBlock)
{
    /// <summary>The layout of a type.</summary>
    public static DTypeLayout Of(DType type) => type switch
    {
        DType.Float64 or DType.Int64 => new(1, 8),
        DType.Float32 or DType.Int32 => new(1, 4),
        DType.BFloat16 or DType.Float16 => new(1, 2),
        _ => throw new ArgumentOutOfRangeException(nameof(type), type, "unknown element type"),
    };

    /// <summary>Bytes of <paramref name="elements"/> elements.</summary>
    /// <exception cref="OverflowException">More than 2^63 bytes.</exception>
    public long Bytes(long elements) => checked((elements + ElementsPerBlock - 1) / ElementsPerBlock * BytesPerBlock);
}
