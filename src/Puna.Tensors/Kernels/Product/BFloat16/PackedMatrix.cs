namespace Puna.Tensors;

/// <summary>
/// An operand packed for a <see cref="BFloat16Kernel"/>: block after block of depth, in each block panel after panel.
/// </summary>
internal readonly unsafe struct PackedMatrix(uint* data, int padded, int pairs)
{
    /// <summary>Where it lies; null where the rows of A are read unpacked.</summary>
    public readonly uint* Data = data;

    /// <summary>Rows of A or columns of B, rounded up.</summary>
    public readonly int Padded = padded;

    /// <summary>Pairs of depth in all.</summary>
    public readonly int Pairs = pairs;

    /// <summary>Where the panel with row or column <paramref name="first"/> of the block that begins at pair <paramref name="pair"/> lies.</summary>
    public uint* Panel(int pair, int blockPairs, int first) => Data + ((long)pair * Padded) + ((long)first * blockPairs);
}
