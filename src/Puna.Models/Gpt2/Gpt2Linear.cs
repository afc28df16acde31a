using Puna.Tensors;

namespace Puna.Models;

/// <summary>
/// y = W·x + b. Weight [out, in] in memory, as products want it; Hugging Face's files hold it as [in, out] (Conv1D).
/// </summary>
public sealed class Gpt2Linear
{
    internal Gpt2Linear(string name, int inputs, int outputs, ParameterFactory parameters)
    {
        Weight = parameters.Matrix($"{name}.weight", outputs, inputs, isStoredTransposed: true);
        Bias = parameters.Vector($"{name}.bias", outputs);
    }

    /// <summary>[out, in].</summary>
    public Tensor Weight { get; }

    /// <summary>[out].</summary>
    public Tensor Bias { get; }

    /// <summary>x [rows, in] to [rows, out].</summary>
    internal Tensor Forward(Tape tape, Tensor x) => Linear.Apply(tape, x, Weight, Bias);
}
