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

    public override void WriteConfig(Utf8JsonWriter json, IModelConfig sizes)
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
        json.WriteString("torch_dtype", "float32");
        json.WriteNumber("vocab_size", config.VocabularySize);
    }

    public override IEnumerable<(string Name, long Rows, long Columns)> Required(IModelConfig config)
    {
        var last = $"{Prefix}h.{config.LayerCount - 1}";
        yield return ($"{Prefix}wte.weight", config.VocabularySize, config.HiddenSize);
        yield return ($"{Prefix}wpe.weight", config.ContextLength, config.HiddenSize);
        yield return ($"{last}.attn.c_attn.weight", config.HiddenSize, 3L * config.HiddenSize);
        yield return ($"{last}.mlp.c_fc.weight", config.HiddenSize, config.IntermediateSize);
    }

    // causal masks are recomputed, and a tied model may carry its output projection once more
    public override bool Ignores(IModelConfig config, string stored) =>
        stored.EndsWith(".attn.bias", StringComparison.Ordinal) || stored.EndsWith(".attn.masked_bias", StringComparison.Ordinal) || (stored == "lm_head.weight" && config.TieWordEmbeddings);

    public override string? ShortName(string parameter) => parameter.StartsWith(Prefix, StringComparison.Ordinal) ? parameter[Prefix.Length..] : null;
}
