using Puna.Tensors;

namespace Puna.Models;

/// <summary>Multi-head attention with biases; one matrix makes queries, keys and values. Positions come with the embeddings, none are added here.</summary>
public sealed class Gpt2Attention
{
    private readonly Gpt2Config _config;
    private readonly int _layer;

    internal Gpt2Attention(Gpt2Config config, int layer, ParameterFactory parameters)
    {
        (_config, _layer) = (config, layer);
        QueryKeyValue = new Gpt2Linear($"transformer.h.{layer}.attn.c_attn", config.HiddenSize, 3 * config.HiddenSize, parameters);
        Output = new Gpt2Linear($"transformer.h.{layer}.attn.c_proj", config.HiddenSize, config.HiddenSize, parameters);
    }

    /// <summary>C to 3·C: queries, then keys, then values (c_attn).</summary>
    public Gpt2Linear QueryKeyValue { get; }

    /// <summary>C to C (c_proj).</summary>
    public Gpt2Linear Output { get; }

    /// <summary>x [B·T, C] to [B·T, C].</summary>
    internal Tensor Forward(Tape tape, Tensor x, ForwardInput input)
    {
        var c = _config.HiddenSize;
        var joint = QueryKeyValue.Forward(tape, x);
        var q = ColumnSlice.Apply(tape, joint, 0, c);
        var k = ColumnSlice.Apply(tape, joint, c, c);
        var v = ColumnSlice.Apply(tape, joint, 2 * c, c);
        if (input.Cache is not null) (k, v) = input.Cache.Append(_layer, k, v);
        var shape = new AttentionShape(input.Batch, _config.HeadCount, _config.HeadCount, _config.HeadSize, input.IsCausal);
        return Output.Forward(tape, Tensors.Attention.Apply(tape, q, k, v, shape, input.Documents, dropout: DropoutPlan.OfAttention(input.Dropout, _layer)));
    }
}
