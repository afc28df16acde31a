using System.Globalization;

namespace Puna.Models;

/// <summary>Names of a Llama's tensors: Hugging Face's, which <see cref="Parameter"/> has, and GGUF's. Source: ggml-org/llama.cpp, gguf-py/gguf/tensor_mapping.py.</summary>
public static class GgufNames
{
    /// <summary>The tensor of rotary divisors, which is no parameter.</summary>
    public const string RopeFactors = "rope_freqs.weight";

    internal const string Embeddings = "token_embd.weight", Output = "output.weight";

    private const string LayerPrefix = "model.layers.", BlockPrefix = "blk.";

    private static readonly (string HuggingFace, string Gguf)[] Whole =
    [
        ("model.embed_tokens.weight", Embeddings), ("model.norm.weight", "output_norm.weight"), ("lm_head.weight", Output),
    ];

    private static readonly (string HuggingFace, string Gguf)[] OfLayers =
    [
        ("input_layernorm.weight", "attn_norm.weight"), ("self_attn.q_proj.weight", "attn_q.weight"), ("self_attn.k_proj.weight", "attn_k.weight"),
        ("self_attn.v_proj.weight", "attn_v.weight"), ("self_attn.o_proj.weight", "attn_output.weight"), ("post_attention_layernorm.weight", "ffn_norm.weight"),
        ("mlp.gate_proj.weight", "ffn_gate.weight"), ("mlp.up_proj.weight", "ffn_up.weight"), ("mlp.down_proj.weight", "ffn_down.weight"),
    ];

    /// <summary>GGUF's name of a parameter; null where it has none.</summary>
    public static string? ToGguf(string huggingFace)
    {
        if (Whole.FirstOrDefault(pair => pair.HuggingFace == huggingFace).Gguf is { } whole) return whole;
        return SplitLayer(huggingFace, LayerPrefix) is { } split && OfLayers.FirstOrDefault(pair => pair.HuggingFace == split.Part).Gguf is { } part ? $"{BlockPrefix}{split.Layer}.{part}" : null;
    }

    /// <summary>Hugging Face's name of a GGUF tensor; null where it has none.</summary>
    public static string? ToHuggingFace(string gguf)
    {
        if (Whole.FirstOrDefault(pair => pair.Gguf == gguf).HuggingFace is { } whole) return whole;
        return SplitBlock(gguf) is { } split && OfLayers.FirstOrDefault(pair => pair.Gguf == split.Part).HuggingFace is { } part ? $"{LayerPrefix}{split.Layer}.{part}" : null;
    }

    /// <summary>blk.3.attn_q.weight to 3 and attn_q.weight; null for the names of no block.</summary>
    internal static (int Layer, string Part)? SplitBlock(string gguf) => SplitLayer(gguf, BlockPrefix);

    private static (int Layer, string Part)? SplitLayer(string name, string prefix)
    {
        if (!name.StartsWith(prefix, StringComparison.Ordinal)) return null;
        var dot = name.IndexOf('.', prefix.Length);
        return dot > 0 && int.TryParse(name.AsSpan(prefix.Length, dot - prefix.Length), NumberStyles.None, CultureInfo.InvariantCulture, out var layer) ? (layer, name[(dot + 1)..]) : null;
    }
}
