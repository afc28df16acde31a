namespace Puna.Tensors;

/// <summary>How precisely matrix products (linear layers and attention) are computed. Everything else is in the tensors' own type.</summary>
public enum Precision
{
    /// <summary>Single precision throughout.</summary>
    Float32,

    /// <summary>Both operands rounded to bf16 (ties to even), products summed in single precision.</summary>
    BFloat16,
}
