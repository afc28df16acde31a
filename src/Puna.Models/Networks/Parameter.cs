using Puna.Tensors;

namespace Puna.Models;

/// <summary>A weight and the name it has in Hugging Face checkpoints.</summary>
/// <param name="Name">For example model.layers.0.self_attn.q_proj.weight.</param>
/// <param name="Tensor">The numbers; matrices are [out, in].</param>
public sealed record Parameter(string Name, Tensor Tensor)
{
    /// <summary>Whether files hold the matrix as [in, out]: GPT-2's Conv1D layers do.</summary>
    public bool IsStoredTransposed { get; init; }

    /// <summary>The shape that files have.</summary>
    internal Shape StoredShape => IsStoredTransposed ? new Shape(Tensor.Shape[1], Tensor.Shape[0]) : Tensor.Shape;

    /// <summary>Whether weight decay applies: tensors of two or more dimensions, embeddings included, norms not (PAPERS section 3).</summary>
    public bool IsDecayed => Tensor.Shape.Rank >= 2;
}
