namespace Puna.Tensors;

/// <summary>One of several products of <see cref="BFloat16Product"/> with its packed operands and its lists of pieces.</summary>
internal unsafe struct ProductPlan
{
    /// <summary>The product.</summary>
    public ProductTask Task;

    /// <summary>Its operands packed. A has no memory where its rows are read as they lie.</summary>
    public PackedMatrix A, B;

    /// <summary>The plan before this one that packs the same operand; -1 where there is none.</summary>
    public int SameA, SameB;

    /// <summary>Rows of A that are packed as one piece, and how many such pieces and panels of B there are to pack.</summary>
    public int PackRows, RowPacks, ColumnPacks;

    /// <summary>Pieces of the result, their rows and columns, and how many lie beside each other.</summary>
    public int Pieces, Rows, Columns, Across;

    /// <summary>Whether A is packed here, and whether the product adds to the result of the one before it, piece by piece.</summary>
    public bool PacksA, Continues;

    /// <summary>
    /// The pieces of several lists in such an order that every thread's run holds the same share of each: the first thread the first rows of all results, so
    /// that it finds in its caches what it wrote in the operations before. Returns the piece of this list if the index falls into the list's share, else
    /// -1 with the index less what was passed.
    /// </summary>
    public static int Take(ref int index, int listed, int share, int shares)
    {
        var first = (int)((long)listed * share / shares);
        var length = (int)((long)listed * (share + 1) / shares) - first;
        if (index < length) return first + index;
        index -= length;
        return -1;
    }
}
