using Puna.Tensors;

namespace Puna.Models;

/// <summary>A tensor in a file.</summary>
/// <param name="Name">Its name as Hugging Face has it, for example model.layers.0.self_attn.q_proj.weight.</param>
/// <param name="Type">How its numbers are stored, in the spelling of safetensors (F32, BF16, F8_E4M3, …) or of GGUF (Q8_0, Q4_K, …).</param>
/// <param name="Shape">Dimensions, outermost first: [out, in] for a matrix; empty for a scalar.</param>
/// <param name="Bytes">Bytes in the file.</param>
public sealed record StoredTensor(string Name, string Type, IReadOnlyList<long> Shape, long Bytes)
{
    /// <summary>Number of elements.</summary>
    public long Count => Shape.Aggregate(1L, (product, size) => checked(product * size));

    /// <summary>Whether it has this shape; a scalar is a vector of one.</summary>
    internal bool Has(Shape shape)
    {
        if (Shape.Count == 0) return shape.Count == 1;
        if (Shape.Count != shape.Rank) return false;
        for (var i = 0; i < shape.Rank; i++)
        {
            if (Shape[i] != shape[i]) return false;
        }
        return true;
    }

    /// <summary>The shape as it is written in sentences.</summary>
    internal string ShapeText => $"[{string.Join(", ", Shape)}]";
}
