using Puna.Tensors;

namespace Puna.Models;

/// <summary>A tensor's line in a GGUF header.</summary>
/// <param name="Name">Its name: token_embd.weight, blk.0.attn_q.weight, …</param>
/// <param name="Type">How its elements are stored.</param>
/// <param name="Shape">Sizes, outermost first, as everywhere in this build; the file has them innermost first.</param>
/// <param name="Offset">Its first byte, counted from the data's start.</param>
public sealed record GgufTensor(string Name, GgmlType Type, IReadOnlyList<long> Shape, long Offset)
{
    /// <summary>Number of elements.</summary>
    public long Count => Shape.Aggregate(1L, (product, size) => checked(product * size));

    /// <summary>Elements of a row, the innermost size.</summary>
    public long Columns => Shape.Count == 0 ? 1 : Shape[^1];

    /// <summary>Number of rows, all outer sizes together.</summary>
    public long Rows => Columns == 0 ? 0 : Count / Columns;

    /// <summary>Bytes of a row.</summary>
    public long RowBytes => checked(Columns / Type.ElementsPerBlock * Type.BytesPerBlock);

    /// <summary>Bytes of the data.</summary>
    public long Bytes => checked(Rows * RowBytes);
}

/// <summary>A tensor to be written.</summary>
/// <param name="Name">Its name in the file.</param>
/// <param name="Type">What it becomes; one that this build can write.</param>
/// <param name="Shape">Its shape.</param>
/// <param name="Read">Gives the numbers, Float32 in this shape, when their turn comes.</param>
public sealed record GgufTensorSource(string Name, GgmlType Type, Shape Shape, Func<Tensor> Read)
{
    /// <summary>Whether what <see cref="Read"/> gives is made for the writer, which gives its memory back.</summary>
    public bool IsTemporary { get; init; }

    /// <summary>How much the squared error of each column counts, ≥ 0; empty where nothing is known.</summary>
    public float[] Importance { get; init; } = [];
}
