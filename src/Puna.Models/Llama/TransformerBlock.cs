using Puna.Tensors;

namespace Puna.Models;

/// <summary>h = x + Attention(norm(x)); y = h + FeedForward(norm(h)): pre-normalisation, no biases.</summary>
public sealed class TransformerBlock
{
    private readonly LlamaConfig _config;
    private readonly int _layer;

    internal TransformerBlock(LlamaConfig config, RopeTable rope, int layer, ParameterFactory parameters)
    {
        (_config, _layer) = (config, layer);
        AttentionNorm = parameters.Vector($"model.layers.{layer}.input_layernorm.weight", config.HiddenSize);
        Attention = new Attention(config, rope, layer, parameters);
        FeedForwardNorm = parameters.Vector($"model.layers.{layer}.post_attention_layernorm.weight", config.HiddenSize);
        FeedForward = new FeedForward(config, layer, parameters);
    }

    /// <summary>[C] (HF input_layernorm, Meta attention_norm).</summary>
    public Tensor AttentionNorm { get; }

    /// <summary>The attention.</summary>
    public Attention Attention { get; }

    /// <summary>[C] (HF post_attention_layernorm, Meta ffn_norm).</summary>
    public Tensor FeedForwardNorm { get; }

    /// <summary>The feed-forward.</summary>
    public FeedForward FeedForward { get; }

    /// <summary>x [B·T, C] to [B·T, C].</summary>
    internal Tensor Forward(Tape tape, Tensor x, ForwardInput input)
    {
        var attended = Seen(input, "attention", Attention.Forward(tape, Seen(input, "attention_norm", RmsNorm.Apply(tape, x, AttentionNorm, _config.RmsNormEpsilon)), input));
        var h = Add.Apply(tape, x, DropoutPlan.Apply(input.Dropout, tape, attended, 1 + (2 * _layer)));
        var fed = Seen(input, "feed_forward", FeedForward.Forward(tape, Seen(input, "ffn_norm", RmsNorm.Apply(tape, h, FeedForwardNorm, _config.RmsNormEpsilon))));
        return Add.Apply(tape, h, DropoutPlan.Apply(input.Dropout, tape, fed, 2 + (2 * _layer)));
    }

    private Tensor Seen(ForwardInput input, string part, Tensor output)
    {
        input.Trace?.Invoke($"layers.{_layer}.{part}", output);
        return output;
    }
}
