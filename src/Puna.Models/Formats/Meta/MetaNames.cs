using System.Text.RegularExpressions;

namespace Puna.Models;

/// <summary>Meta's names of a Llama's tensors and Hugging Face's. Source: meta-llama/llama, llama/model.py; huggingface/transformers, convert_llama_weights_to_hf.py.</summary>
internal static partial class MetaNames
{
    private static readonly (string Meta, string HuggingFace)[] Layer =
    [
        ("attention.wq", "self_attn.q_proj"),
        ("attention.wk", "self_attn.k_proj"),
        ("attention.wv", "self_attn.v_proj"),
        ("attention.wo", "self_attn.o_proj"),
        ("feed_forward.w1", "mlp.gate_proj"),
        ("feed_forward.w2", "mlp.down_proj"),
        ("feed_forward.w3", "mlp.up_proj"),
        ("attention_norm", "input_layernorm"),
        ("ffn_norm", "post_attention_layernorm"),
    ];

    private static readonly (string Meta, string HuggingFace)[] Outer =
    [
        ("tok_embeddings.weight", "model.embed_tokens.weight"),
        ("norm.weight", "model.norm.weight"),
        ("output.weight", "lm_head.weight"),
    ];

    /// <summary>Hugging Face's name of a tensor; null for what is no weight of a Llama (stored rotary tables).</summary>
    public static string? ToHuggingFace(string meta)
    {
        if (Outer.FirstOrDefault(pair => pair.Meta == meta).HuggingFace is { } outer) return outer;
        if (InLayer().Match(meta) is not { Success: true } match) return null;
        return Layer.FirstOrDefault(pair => pair.Meta == match.Groups["part"].Value).HuggingFace is { } part ? $"model.layers.{match.Groups["layer"].Value}.{part}.weight" : null;
    }

    /// <summary>Meta's name of a tensor; null where it has none.</summary>
    public static string? FromHuggingFace(string name)
    {
        if (Outer.FirstOrDefault(pair => pair.HuggingFace == name).Meta is { } outer) return outer;
        if (InHuggingFaceLayer().Match(name) is not { Success: true } match) return null;
        return Layer.FirstOrDefault(pair => pair.HuggingFace == match.Groups["part"].Value).Meta is { } part ? $"layers.{match.Groups["layer"].Value}.{part}.weight" : null;
    }

    [GeneratedRegex(@"^layers\.(?<layer>[0-9]{1,6})\.(?<part>[a-z0-9_.]+)\.weight\z")]
    private static partial Regex InLayer();

    [GeneratedRegex(@"^model\.layers\.(?<layer>[0-9]{1,6})\.(?<part>[a-z_.]+)\.weight\z")]
    private static partial Regex InHuggingFaceLayer();
}
