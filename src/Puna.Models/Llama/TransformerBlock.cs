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

    /// <summary>
    /// x [B·T, C] to h and what the feed-forward adds to it: whoever comes next adds the two, together with its norm. x itself may come in such parts.
    /// </summary>
    /// <param name="tape">Context.</param>
    /// <param name="x">The residual stream.</param>
    /// <param name="branch">What is still to be added to it; null where nothing is.</param>
    /// <param name="input">The rest.</param>
    internal (Tensor Stream, Tensor Branch) Forward(Tape tape, Tensor x, Tensor? branch, ForwardInput input)
    {
        Tensor normalized;
        if (branch is null) normalized = RmsNorm.Apply(tape, x, AttentionNorm, _config.RmsNormEpsilon, forProducts: true);
        else (x, normalized) = AddRmsNorm.Apply(tape, x, branch, AttentionNorm, _config.RmsNormEpsilon, forProducts: true);
        var attended = Seen(input, "attention", Attention.Forward(tape, Seen(input, "attention_norm", normalized), input));
        (var h, normalized) = AddRmsNorm.Apply(tape, x, DropoutPlan.Apply(input.Dropout, tape, attended, 1 + (2 * _layer)), FeedForwardNorm, _config.RmsNormEpsilon, forProducts: true);
        var fed = Seen(input, "feed_forward", FeedForward.Forward(tape, Seen(input, "ffn_norm", normalized), input));
        return (h, DropoutPlan.Apply(input.Dropout, tape, fed, 2 + (2 * _layer)));
    }

    private Tensor Seen(ForwardInput input, string part, Tensor output)
    {
        input.Trace?.Invoke($"layers.{_layer}.{part}", output);
        return output;
    }
}
