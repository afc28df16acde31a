using Puna.Tensors;

namespace Puna.Models;

/// <summary>
/// Multi-head, grouped-query or multi-query attention with rotary positions: Wo·softmax(q·kᵀ/√D)·v.
/// Weights: Query [H·D, C] (HF q_proj, Meta wq), Key and Value [K·D, C] (k_proj, v_proj; wk, wv), Output [C, H·D] (o_proj; wo).
/// Rotary layout: halves, as Hugging Face stores q and k.
/// </summary>
public sealed class Attention
{
    private readonly LlamaConfig _config;
    private readonly RopeTable _rope;
    private readonly int _layer;

    internal Attention(LlamaConfig config, RopeTable rope, int layer, ParameterFactory parameters)
    {
        (_config, _rope, _layer) = (config, rope, layer);
        var (c, h, k) = (config.HiddenSize, config.HeadCount * config.HeadSize, config.KeyValueHeadCount * config.HeadSize);
        Query = parameters.Matrix(Name("q_proj"), h, c);
        Key = parameters.Matrix(Name("k_proj"), k, c);
        Value = parameters.Matrix(Name("v_proj"), k, c);
        Output = parameters.Matrix(Name("o_proj"), c, h);
    }

    /// <summary>[H·D, C].</summary>
    public Tensor Query { get; }

    /// <summary>[K·D, C].</summary>
    public Tensor Key { get; }

    /// <summary>[K·D, C].</summary>
    public Tensor Value { get; }

    /// <summary>[C, H·D].</summary>
    public Tensor Output { get; }

    /// <summary>x [B·T, C] to [B·T, C].</summary>
    internal Tensor Forward(Tape tape, Tensor x, ForwardInput input)
    {
        if (input.LinearInputs is { } observer)
        {
            observer(Name("q_proj"), x);
            observer(Name("k_proj"), x);
            observer(Name("v_proj"), x);
        }
        var (q, k, v) = LinearGroup.Apply(tape, x, Query, Key, Value);
        (q, k) = Rope.Apply(tape, q, k, input.Positions, _rope.Cosine, _rope.Sine, _config.HeadSize, RopeLayout.Half);
        if (input.Cache is not null) (k, v) = input.Cache.Append(_layer, k, v);
        var shape = new AttentionShape(input.Batch, _config.HeadCount, _config.KeyValueHeadCount, _config.HeadSize, input.IsCausal);
        var attended = Tensors.Attention.Apply(tape, q, k, v, shape, input.Documents, forProducts: true, DropoutPlan.OfAttention(input.Dropout, _layer));
        input.LinearInputs?.Invoke(Name("o_proj"), attended);
        return Linear.Apply(tape, attended, Output);
    }

    private string Name(string part) => $"model.layers.{_layer}.self_attn.{part}.weight";
}
