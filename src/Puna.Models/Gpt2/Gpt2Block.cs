using Puna.Tensors;

namespace Puna.Models;

/// <summary>h = x + Attention(ln_1(x)); y = h + Project(gelu(Expand(ln_2(h)))): pre-normalisation, biases everywhere.</summary>
public sealed class Gpt2Block
{
    private readonly int _layer;

    internal Gpt2Block(Gpt2Config config, int layer, ParameterFactory parameters)
    {
        _layer = layer;
        AttentionNorm = new Gpt2Norm($"transformer.h.{layer}.ln_1", config, parameters);
        Attention = new Gpt2Attention(config, layer, parameters);
        FeedForwardNorm = new Gpt2Norm($"transformer.h.{layer}.ln_2", config, parameters);
        Expand = new Gpt2Linear($"transformer.h.{layer}.mlp.c_fc", config.HiddenSize, config.IntermediateSize, parameters);
        Project = new Gpt2Linear($"transformer.h.{layer}.mlp.c_proj", config.IntermediateSize, config.HiddenSize, parameters);
    }

    /// <summary>ln_1.</summary>
    public Gpt2Norm AttentionNorm { get; }

    /// <summary>attn.</summary>
    public Gpt2Attention Attention { get; }

    /// <summary>ln_2.</summary>
    public Gpt2Norm FeedForwardNorm { get; }

    /// <summary>C to F (mlp.c_fc).</summary>
    public Gpt2Linear Expand { get; }

    /// <summary>F to C (mlp.c_proj).</summary>
    public Gpt2Linear Project { get; }

    /// <summary>x [B·T, C] to h and what the feed-forward adds to it.</summary>
    internal (Tensor Stream, Tensor Branch) Forward(Tape tape, Tensor x, ForwardInput input)
    {
        var attended = Attention.Forward(tape, AttentionNorm.Forward(tape, x), input);
        var h = Add.Apply(tape, x, DropoutPlan.Apply(input.Dropout, tape, attended, 1 + (2 * _layer)));
        var fed = Project.Forward(tape, Gelu.Apply(tape, Expand.Forward(tape, FeedForwardNorm.Forward(tape, h))));
        return (h, DropoutPlan.Apply(input.Dropout, tape, fed, 2 + (2 * _layer)));
    }
}
