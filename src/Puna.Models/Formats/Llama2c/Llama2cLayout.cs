namespace Puna.Models;

/// <summary>In which order llama2.c's files hold the tensors: all layers of one kind together.</summary>
internal static class Llama2cLayout
{
    /// <summary>Names by Hugging Face's spelling with their shapes, in the order of a version's file; null is a gap of so many numbers (version 0 stores two rotary tables).</summary>
    public static IEnumerable<(string? Name, long[] Shape)> Order(LlamaConfig c, int version)
    {
        string[] norms = ["input_layernorm", "post_attention_layernorm"];
        var (queries, keys) = ((long)c.HeadCount * c.HeadSize, (long)c.KeyValueHeadCount * c.HeadSize);
        (string, long[])[] attention = [("self_attn.q_proj", [queries, c.HiddenSize]), ("self_attn.k_proj", [keys, c.HiddenSize]), ("self_attn.v_proj", [keys, c.HiddenSize]), ("self_attn.o_proj", [c.HiddenSize, queries])];
        (string, long[])[] feedForward = [("mlp.gate_proj", [c.IntermediateSize, c.HiddenSize]), ("mlp.down_proj", [c.HiddenSize, c.IntermediateSize]), ("mlp.up_proj", [c.IntermediateSize, c.HiddenSize])];
        (string?, long[]) embeddings = ("model.embed_tokens.weight", [c.VocabularySize, c.HiddenSize]);
        (string?, long[]) norm = ("model.norm.weight", [c.HiddenSize]);
        IEnumerable<(string?, long[])> order = version == 0
            ? [embeddings, .. Norm(norms[0]), .. attention.SelectMany(Matrix), .. Norm(norms[1]), .. feedForward.SelectMany(Matrix), norm, (null, [c.ContextLength, c.HeadSize])]
            : [.. norms.SelectMany(Norm), norm, embeddings, .. attention.SelectMany(Matrix), .. feedForward.SelectMany(Matrix)];
        return c.TieWordEmbeddings ? order : order.Append(("lm_head.weight", [c.VocabularySize, c.HiddenSize]));

        IEnumerable<(string?, long[])> Norm(string name) => Layers(name, [c.HiddenSize]);
        IEnumerable<(string?, long[])> Matrix((string Name, long[] Shape) one) => Layers(one.Name, one.Shape);
        IEnumerable<(string?, long[])> Layers(string name, long[] shape) => Enumerable.Range(0, c.LayerCount).Select(layer => ((string?)$"model.layers.{layer}.{name}.weight", shape));
    }
}
