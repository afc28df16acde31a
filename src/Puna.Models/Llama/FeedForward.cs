using Puna.Tensors;

namespace Puna.Models;

/// <summary>
/// Down·(silu(Gate·x) · (Up·x)). Weights: Gate and Up [F, C] (HF gate_proj, up_proj; Meta w1, w3), Down [C, F] (down_proj; w2).
/// </summary>
public sealed class FeedForward
{
    private readonly int _layer;

    internal FeedForward(LlamaConfig config, int layer, ParameterFactory parameters)
    {
        _layer = layer;
        Gate = parameters.Matrix(Name("gate_proj"), config.IntermediateSize, config.HiddenSize);
        Up = parameters.Matrix(Name("up_proj"), config.IntermediateSize, config.HiddenSize);
        Down = parameters.Matrix(Name("down_proj"), config.HiddenSize, config.IntermediateSize);
    }

    /// <summary>[F, C].</summary>
    public Tensor Gate { get; }

    /// <summary>[F, C].</summary>
    public Tensor Up { get; }

    /// <summary>[C, F].</summary>
    public Tensor Down { get; }

    /// <summary>x [rows, C] to [rows, C].</summary>
    internal Tensor Forward(Tape tape, Tensor x, ForwardInput input)
    {
        if (input.LinearInputs is { } observer)
        {
            observer(Name("gate_proj"), x);
            observer(Name("up_proj"), x);
        }
        var (gate, up) = LinearGroup.Apply(tape, x, Gate, Up);
        var gated = SwiGlu.Apply(tape, gate, up, forProducts: true);
        input.LinearInputs?.Invoke(Name("down_proj"), gated);
        return Linear.Apply(tape, gated, Down);
    }

    private string Name(string part) => $"model.layers.{_layer}.mlp.{part}.weight";
}
