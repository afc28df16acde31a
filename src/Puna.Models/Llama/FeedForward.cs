using Puna.Tensors;

namespace Puna.Models;

/// <summary>
/// Down·(silu(Gate·x) · (Up·x)). Weights: Gate and Up [F, C] (HF gate_proj, up_proj; Meta w1, w3), Down [C, F] (down_proj; w2).
/// </summary>
public sealed class FeedForward
{
    internal FeedForward(LlamaConfig config, int layer, ParameterFactory parameters)
    {
        Gate = parameters.Matrix($"model.layers.{layer}.mlp.gate_proj.weight", config.IntermediateSize, config.HiddenSize);
        Up = parameters.Matrix($"model.layers.{layer}.mlp.up_proj.weight", config.IntermediateSize, config.HiddenSize);
        Down = parameters.Matrix($"model.layers.{layer}.mlp.down_proj.weight", config.HiddenSize, config.IntermediateSize);
    }

    /// <summary>[F, C].</summary>
    public Tensor Gate { get; }

    /// <summary>[F, C].</summary>
    public Tensor Up { get; }

    /// <summary>[C, F].</summary>
    public Tensor Down { get; }

    /// <summary>x [rows, C] to [rows, C].</summary>
    internal Tensor Forward(Tape tape, Tensor x)
    {
        var (gate, up) = LinearGroup.Apply(tape, x, Gate, Up);
        return Linear.Apply(tape, SwiGlu.Apply(tape, gate, up, forProducts: true), Down);
    }
}
