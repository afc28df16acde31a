using System.Text.Json;
using Puna.Tensors;
using static Puna.Models.ConfigJson;

namespace Puna.Models;

/// <summary>
/// GPT-2 as Hugging Face stores it: Conv1D matrices as [in, out], names with the prefix <c>transformer.</c> (GPT2LMHeadModel) or without it (GPT2Model, the
/// released checkpoints), the masks of some versions stored as buffers.
/// </summary>
internal sealed class Gpt2Architecture : Architecture
{
    private const string Prefix = "transformer.";

    public override string ModelType => "gpt2";

    public override LanguageNetwork Create(IModelConfig config, DType type) => new Gpt2Transformer((Gpt2Config)config, type);

    public override IModelConfig ReadConfig(JsonElement json)
    {
        if ((TextOf(json, "activation_function") ?? "gelu_new") is var activation && activation is not ("gelu_new" or "gelu_pytorch_tanh"))
            throw new InvalidDataException($"activation_function is {activation}; this build knows gelu_new only, the tanh form of GELU");
        if (!Flag(json, "scale_attn_weights", true)) throw new InvalidDataException("scale_attn_weights is false; this build scales attention by 1/√(head size) only");
        foreach (var variant in (string[])["scale_attn_by_inverse_layer_idx", "add_cross_attention"])
        {
            if (Flag(json, variant)) throw new InvalidDataException($"{variant} is true; this build runs GPT-2 without it only");
        }
        var hidden = Whole(json, "n_embd");
        return new Gpt2Config
        {
            HiddenSize = hidden,
            IntermediateSize = Whole(json, "n_inner", 4 * hidden),
            LayerCount = Whole(json, "n_layer"),
            HeadCount = Whole(json, "n_head"),
            VocabularySize = Whole(json, "vocab_size"),
            ContextLength = Whole(json, "n_positions", 1024),
            LayerNormEpsilon = Number(json, "layer_norm_epsilon", 1e-5),
            TieWordEmbeddings = Flag(json, "tie_word_embeddings", true),
            InitializerRange = Number(json, "initializer_range", 0.02),
            BosTokenId = Find(json, "bos_token_id") is null ? null : Whole(json, "bos_token_id"),
            EosTokenIds = Ids(json, "eos_token_id"),
        }.Validate();
    }

    public override void WriteConfig(Utf8JsonWriter json, IModelConfig sizes, DType weights)
    {
        var config = (Gpt2Config)sizes;
        json.WriteString("activation_function", "gelu_new");
        WriteClass(json, "GPT2LMHeadModel");
        // null says none; a missing id would be read as GPT-2's own 50256
        if (config.BosTokenId is { } bos) json.WriteNumber("bos_token_id", bos);
        else json.WriteNull("bos_token_id");
        if (config.EosTokenIds.Count == 0) json.WriteNull("eos_token_id");
        WriteIds(json, "eos_token_id", config.EosTokenIds);
        json.WriteNumber("initializer_range", config.InitializerRange);
        json.WriteNumber("layer_norm_epsilon", config.LayerNormEpsilon);
        json.WriteString("model_type", ModelType);
        json.WriteNumber("n_ctx", config.ContextLength);
        json.WriteNumber("n_embd", config.HiddenSize);
        json.WriteNumber("n_head", config.HeadCount);
        json.WriteNumber("n_inner", config.IntermediateSize);
        json.WriteNumber("n_layer", config.LayerCount);
        json.WriteNumber("n_positions", config.ContextLength);
        json.WriteBoolean("tie_word_embeddings", config.TieWordEmbeddings);
        json.WriteString("torch_dtype", TorchName(weights));
        json.WriteNumber("vocab_size", config.VocabularySize);
    }

    public override IEnumerable<(string Name, Shape Shape)> Required(IModelConfig sizes)
    {
        var config = (Gpt2Config)sizes;
        var (c, f) = (config.HiddenSize, config.IntermediateSize);
        yield return (Prefix + "wte.weight", new Shape(config.VocabularySize, c));
        yield return (Prefix + "wpe.weight", new Shape(config.ContextLength, c));
        for (var layer = 0; layer < config.LayerCount; layer++)
        {
            foreach (var (part, rows, columns) in ((string, long, long)[])[("ln_1", 0, c), ("attn.c_attn", c, 3L * c), ("attn.c_proj", c, c), ("ln_2", 0, c), ("mlp.c_fc", c, f), ("mlp.c_proj", f, c)])
            {
                yield return ($"{Prefix}h.{layer}.{part}.weight", rows == 0 ? new Shape(columns) : new Shape(rows, columns));
                yield return ($"{Prefix}h.{layer}.{part}.bias", new Shape(columns));
            }
        }
        yield return (Prefix + "ln_f.weight", new Shape(c));
        yield return (Prefix + "ln_f.bias", new Shape(c));
        if (!config.TieWordEmbeddings) yield return ("lm_head.weight", new Shape(config.VocabularySize, c));
    }

    // causal masks are recomputed, and a tied model may carry its output projection once more
    public override bool Ignores(IModelConfig config, string stored) =>
        stored.EndsWith(".attn.bias", StringComparison.Ordinal) || stored.EndsWith(".attn.masked_bias", StringComparison.Ordinal) || (stored == "lm_head.weight" && config.TieWordEmbeddings);

    public override string? ShortName(string parameter) => parameter.StartsWith(Prefix, StringComparison.Ordinal) ? parameter[Prefix.Length..] : null;
}
