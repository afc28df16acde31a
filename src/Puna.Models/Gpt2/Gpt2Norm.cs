using Puna.Tensors;

namespace Puna.Models;

/// <summary>Layer normalisation with weight and bias [C].</summary>
public sealed class Gpt2Norm
{
    private readonly double _epsilon;

    internal Gpt2Norm(string name, Gpt2Config config, ParameterFactory parameters)
    {
        _epsilon = config.LayerNormEpsilon;
        Weight = parameters.Vector($"{name}.weight", config.HiddenSize);
        Bias = parameters.Vector($"{name}.bias", config.HiddenSize);
    }

    /// <summary>[C].</summary>
    public Tensor Weight { get; }

    /// <summary>[C].</summary>
    public Tensor Bias { get; }

    /// <summary>x [rows, C] to [rows, C].</summary>
    internal Tensor Forward(Tape tape, Tensor x) => LayerNorm.Apply(tape, x, Weight, Bias, _epsilon);
}
