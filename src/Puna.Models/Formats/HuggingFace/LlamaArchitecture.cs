using System.Text.Json;
using Puna.Tensors;
using static Puna.Models.ConfigJson;

namespace Puna.Models;

/// <summary>
/// Llamas as Hugging Face stores them. Knows the older spelling of rotary positions (rope_theta beside rope_scaling with type or rope_type) and the newer
/// (rope_parameters), and writes the older, which every reader knows.
/// </summary>
internal sealed class LlamaArchitecture : Architecture
{
    public override string ModelType => "llama";

    public override LanguageNetwork Create(IModelConfig config, DType type) => new Transformer((LlamaConfig)config, type);

    public override IModelConfig ReadConfig(JsonElement json)
    {
        if (TextOf(json, "hidden_act") is { } act && act != "silu") throw new InvalidDataException($"hidden_act is {act}; this build knows silu only");
        foreach (var bias in (string[])["attention_bias", "mlp_bias"])
        {
            if (Flag(json, bias)) throw new InvalidDataException($"{bias} is true; this build runs Llamas without biases only");
        }
        var (hidden, heads) = (Whole(json, "hidden_size"), Whole(json, "num_attention_heads"));
        var rope = Section(json, "rope_parameters") ?? Section(json, "rope_scaling");
        if (Find(json, "head_dim") is null && (heads <= 0 || hidden % heads != 0))
            throw new InvalidDataException($"num_attention_heads {heads} does not divide hidden_size {hidden}, and there is no head_dim");
        return new LlamaConfig
        {
            HiddenSize = hidden,
            IntermediateSize = Whole(json, "intermediate_size"),
            LayerCount = Whole(json, "num_hidden_layers"),
            HeadCount = heads,
            KeyValueHeadCount = Whole(json, "num_key_value_heads", heads),
            HeadSize = Whole(json, "head_dim", heads <= 0 ? 0 : hidden / heads),
            VocabularySize = Whole(json, "vocab_size"),
            ContextLength = Whole(json, "max_position_embeddings", 2048),
            RmsNormEpsilon = Number(json, "rms_norm_eps", 1e-6),
            RopeTheta = rope is { } own && Find(own, "rope_theta") is not null ? Number(own, "rope_theta", 0) : Number(json, "rope_theta", 10_000),
            RopeScaling = rope is { } section ? Scaling(section, Whole(json, "max_position_embeddings", 2048)) : null,
            TieWordEmbeddings = Flag(json, "tie_word_embeddings"),
            InitializerRange = Number(json, "initializer_range", 0.02),
            BosTokenId = Find(json, "bos_token_id") is null ? null : Whole(json, "bos_token_id"),
            EosTokenIds = Ids(json, "eos_token_id"),
        }.Validate();
    }

    public override void WriteConfig(Utf8JsonWriter json, IModelConfig sizes, DType weights)
    {
        var config = (LlamaConfig)sizes;
        WriteClass(json, "LlamaForCausalLM");
        json.WriteBoolean("attention_bias", false);
        if (config.BosTokenId is { } bos) json.WriteNumber("bos_token_id", bos);
        WriteIds(json, "eos_token_id", config.EosTokenIds);
        json.WriteNumber("head_dim", config.HeadSize);
        json.WriteString("hidden_act", "silu");
        json.WriteNumber("hidden_size", config.HiddenSize);
        json.WriteNumber("initializer_range", config.InitializerRange);
        json.WriteNumber("intermediate_size", config.IntermediateSize);
        json.WriteNumber("max_position_embeddings", config.ContextLength);
        json.WriteBoolean("mlp_bias", false);
        json.WriteString("model_type", "llama");
        json.WriteNumber("num_attention_heads", config.HeadCount);
        json.WriteNumber("num_hidden_layers", config.LayerCount);
        json.WriteNumber("num_key_value_heads", config.KeyValueHeadCount);
        json.WriteNumber("rms_norm_eps", config.RmsNormEpsilon);
        WriteScaling(json, config.RopeScaling);
        json.WriteNumber("rope_theta", config.RopeTheta);
        json.WriteBoolean("tie_word_embeddings", config.TieWordEmbeddings);
        json.WriteString("torch_dtype", TorchName(weights));
        json.WriteNumber("vocab_size", config.VocabularySize);
    }

    public override IEnumerable<(string Name, Shape Shape)> Required(IModelConfig sizes)
    {
        var config = (LlamaConfig)sizes;
        var (c, f, h, k) = (config.HiddenSize, config.IntermediateSize, (long)config.HeadCount * config.HeadSize, (long)config.KeyValueHeadCount * config.HeadSize);
        yield return ("model.embed_tokens.weight", new Shape(config.VocabularySize, c));
        for (var layer = 0; layer < config.LayerCount; layer++)
        {
            var prefix = $"model.layers.{layer}.";
            yield return (prefix + "input_layernorm.weight", new Shape(c));
            yield return (prefix + "self_attn.q_proj.weight", new Shape(h, c));
            yield return (prefix + "self_attn.k_proj.weight", new Shape(k, c));
            yield return (prefix + "self_attn.v_proj.weight", new Shape(k, c));
            yield return (prefix + "self_attn.o_proj.weight", new Shape(c, h));
            yield return (prefix + "post_attention_layernorm.weight", new Shape(c));
            yield return (prefix + "mlp.gate_proj.weight", new Shape(f, c));
            yield return (prefix + "mlp.up_proj.weight", new Shape(f, c));
            yield return (prefix + "mlp.down_proj.weight", new Shape(c, f));
        }
        yield return ("model.norm.weight", new Shape(c));
        if (!config.TieWordEmbeddings) yield return ("lm_head.weight", new Shape(config.VocabularySize, c));
    }

    // stored rotary tables are recomputed, and a tied model may carry its output projection once more
    public override bool Ignores(IModelConfig config, string stored) =>
        stored.EndsWith("rotary_emb.inv_freq", StringComparison.Ordinal) || (stored == "lm_head.weight" && config.TieWordEmbeddings);

    private static void WriteScaling(Utf8JsonWriter json, RopeScaling? scaling)
    {
        if (scaling is null)
        {
            json.WriteNull("rope_scaling");
            return;
        }
        if (scaling is FactorRopeScaling) throw new InvalidDataException("the model's rotary frequencies have a divisor for each pair, which config.json cannot say; keep it as GGUF");
        json.WriteStartObject("rope_scaling");
        json.WriteString("rope_type", scaling.Type);
        switch (scaling)
        {
            case LinearRopeScaling linear: json.WriteNumber("factor", linear.Factor); break;
            case NtkRopeScaling ntk: json.WriteNumber("factor", ntk.Factor); break;
            case DynamicNtkRopeScaling dynamic:
                json.WriteNumber("factor", dynamic.Factor);
                json.WriteNumber("original_max_position_embeddings", dynamic.OriginalContextLength);
                break;
            case YarnRopeScaling yarn:
                json.WriteNumber("factor", yarn.Factor);
                json.WriteNumber("original_max_position_embeddings", yarn.OriginalContextLength);
                json.WriteNumber("beta_fast", yarn.BetaFast);
                json.WriteNumber("beta_slow", yarn.BetaSlow);
                if (yarn.AttentionFactor is { } attention) json.WriteNumber("attention_factor", attention);
                break;
            case Llama3RopeScaling llama3:
                json.WriteNumber("factor", llama3.Factor);
                json.WriteNumber("low_freq_factor", llama3.LowFrequencyFactor);
                json.WriteNumber("high_freq_factor", llama3.HighFrequencyFactor);
                json.WriteNumber("original_max_position_embeddings", llama3.OriginalContextLength);
                break;
        }
        json.WriteEndObject();
    }

    private static RopeScaling? Scaling(JsonElement rope, int contextLength)
    {
        var type = TextOf(rope, "rope_type") ?? TextOf(rope, "type")
            ?? (Find(rope, "factor") is null ? "default" : throw new InvalidDataException("the rope scaling has no type; this build knows default, linear, dynamic, ntk, yarn and llama3"));
        return type switch
        {
            "default" => null,
            "linear" => new LinearRopeScaling(Positive(rope, "factor")),
            "ntk" => new NtkRopeScaling(Positive(rope, "factor")),
            "dynamic" => new DynamicNtkRopeScaling(Positive(rope, "factor"), Whole(rope, "original_max_position_embeddings", contextLength)),
            "yarn" => new YarnRopeScaling(Positive(rope, "factor"), Whole(rope, "original_max_position_embeddings", contextLength))
            {
                BetaFast = Number(rope, "beta_fast", 32),
                BetaSlow = Number(rope, "beta_slow", 1),
                AttentionFactor = Find(rope, "attention_factor") is null ? null : Positive(rope, "attention_factor"),
            },
            "llama3" => new Llama3RopeScaling(Positive(rope, "factor"), Positive(rope, "low_freq_factor"), Positive(rope, "high_freq_factor"), Whole(rope, "original_max_position_embeddings")),
            _ => throw new InvalidDataException($"rope type '{type}' is not known to this build; it knows default, linear, dynamic, ntk, yarn and llama3"),
        };
    }

    private static double Positive(JsonElement json, string field)
    {
        var value = Number(json, field, 0);
        return value > 0 ? value : throw new InvalidDataException($"{field} of the rope scaling is missing or not positive");
    }
}
