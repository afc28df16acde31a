using System.Text.Json;
using Puna.Text;

namespace Puna.Models;

/// <summary>
/// config.json to <see cref="LlamaConfig"/> and back. Knows the older spelling (rope_theta beside rope_scaling with type or rope_type)
/// and the newer (rope_parameters, dtype). What this build cannot run is refused with what it can.
/// </summary>
public static class ConfigFile
{
    /// <summary>Name of the file in a model folder.</summary>
    public const string Name = "config.json";

    /// <summary>Reads and checks a configuration.</summary>
    /// <exception cref="InvalidDataException">Not JSON, a field missing or wrong, or a kind of model that this build does not run.</exception>
    public static LlamaConfig Read(string path)
    {
        try
        {
            using var json = JsonDocument.Parse(File.ReadAllBytes(path), new JsonDocumentOptions { MaxDepth = 32 });
            return Parse(json.RootElement).Validate();
        }
        catch (Exception e) when (e is JsonException or InvalidOperationException or FormatException or InvalidDataException)
        {
            throw new InvalidDataException($"{path}: {e.Message}");
        }
    }

    /// <summary>Writes the file, in the older spelling that every reader knows.</summary>
    /// <exception cref="IOException">The disk is full or not writable.</exception>
    public static void Write(string path, LlamaConfig config) => AtomicFile.Write(path, stream =>
    {
        using var json = new Utf8JsonWriter(stream, new JsonWriterOptions { Indented = true });
        json.WriteStartObject();
        json.WriteStartArray("architectures");
        json.WriteStringValue("LlamaForCausalLM");
        json.WriteEndArray();
        json.WriteBoolean("attention_bias", false);
        if (config.BosTokenId is { } bos) json.WriteNumber("bos_token_id", bos);
        WriteEos(json, config.EosTokenIds);
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
        json.WriteString("torch_dtype", "float32");
        json.WriteNumber("vocab_size", config.VocabularySize);
        json.WriteEndObject();
    });

    private static void WriteEos(Utf8JsonWriter json, IReadOnlyList<int> ids)
    {
        if (ids.Count == 1) json.WriteNumber("eos_token_id", ids[0]);
        if (ids.Count < 2) return;
        json.WriteStartArray("eos_token_id");
        foreach (var id in ids) json.WriteNumberValue(id);
        json.WriteEndArray();
    }

    private static void WriteScaling(Utf8JsonWriter json, RopeScaling? scaling)
    {
        if (scaling is null)
        {
            json.WriteNull("rope_scaling");
            return;
        }
        json.WriteStartObject("rope_scaling");
        json.WriteString("rope_type", scaling.Type);
        if (scaling is LinearRopeScaling linear) json.WriteNumber("factor", linear.Factor);
        if (scaling is Llama3RopeScaling llama3)
        {
            json.WriteNumber("factor", llama3.Factor);
            json.WriteNumber("low_freq_factor", llama3.LowFrequencyFactor);
            json.WriteNumber("high_freq_factor", llama3.HighFrequencyFactor);
            json.WriteNumber("original_max_position_embeddings", llama3.OriginalContextLength);
        }
        json.WriteEndObject();
    }

    private static LlamaConfig Parse(JsonElement json)
    {
        if (json.ValueKind != JsonValueKind.Object) throw new InvalidDataException("the configuration is no JSON object");
        var kind = Text(json, "model_type") ?? "(none)";
        if (kind != "llama") throw new InvalidDataException($"model_type is {kind}; this build runs llama only");
        if (Text(json, "hidden_act") is { } act && act != "silu") throw new InvalidDataException($"hidden_act is {act}; this build knows silu only");
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
            RopeScaling = rope is { } section ? Scaling(section) : null,
            TieWordEmbeddings = Flag(json, "tie_word_embeddings"),
            InitializerRange = Number(json, "initializer_range", 0.02),
            BosTokenId = Find(json, "bos_token_id") is null ? null : Whole(json, "bos_token_id"),
            EosTokenIds = Ids(json, "eos_token_id"),
        };
    }

    private static RopeScaling? Scaling(JsonElement rope)
    {
        var type = Text(rope, "rope_type") ?? Text(rope, "type")
            ?? (Find(rope, "factor") is null ? "default" : throw new InvalidDataException("the rope scaling has no type; this build knows default, linear and llama3"));
        return type switch
        {
            "default" => null,
            "linear" => new LinearRopeScaling(Positive(rope, "factor")),
            "llama3" => new Llama3RopeScaling(Positive(rope, "factor"), Positive(rope, "low_freq_factor"), Positive(rope, "high_freq_factor"), Whole(rope, "original_max_position_embeddings")),
            _ => throw new InvalidDataException($"rope type '{type}' is not known to this build; it knows default, linear and llama3"),
        };
    }

    /// <summary>A field's value; null where it is missing or null.</summary>
    private static JsonElement? Find(JsonElement json, string field) => json.TryGetProperty(field, out var value) && value.ValueKind != JsonValueKind.Null ? value : null;

    private static string? Text(JsonElement json, string field) => Find(json, field) switch
    {
        null => null,
        { ValueKind: JsonValueKind.String } value => value.GetString(),
        { } value => throw Wrong(field, value, "a string was"),
    };

    private static JsonElement? Section(JsonElement json, string field) =>
        Find(json, field) is not { } value || value.ValueKind == JsonValueKind.Object ? Find(json, field) : throw Wrong(field, value, "an object was");

    private static bool Flag(JsonElement json, string field) => Find(json, field) switch
    {
        null or { ValueKind: JsonValueKind.False } => false,
        { ValueKind: JsonValueKind.True } => true,
        { } value => throw Wrong(field, value, "true or false was"),
    };

    private static int Whole(JsonElement json, string field, int? otherwise = null)
    {
        if (Find(json, field) is not { } value) return otherwise ?? throw new InvalidDataException($"{field} is missing");
        return value.ValueKind == JsonValueKind.Number && value.TryGetInt32(out var whole) ? whole : throw Wrong(field, value, "a whole number was");
    }

    private static double Number(JsonElement json, string field, double otherwise)
    {
        if (Find(json, field) is not { } value) return otherwise;
        return value.ValueKind == JsonValueKind.Number && double.IsFinite(value.GetDouble()) ? value.GetDouble() : throw Wrong(field, value, "a number was");
    }

    private static double Positive(JsonElement json, string field)
    {
        var value = Number(json, field, 0);
        return value > 0 ? value : throw new InvalidDataException($"{field} of the rope scaling is missing or not positive");
    }

    private static int[] Ids(JsonElement json, string field)
    {
        if (Find(json, field) is not { } value) return [];
        var several = value.ValueKind == JsonValueKind.Array ? value.EnumerateArray().ToArray() : [value];
        return several.All(id => id.ValueKind == JsonValueKind.Number && id.TryGetInt32(out _)) ? [.. several.Select(id => id.GetInt32())] : throw Wrong(field, value, "a whole number or several were");
    }

    private static InvalidDataException Wrong(string field, JsonElement value, string expected) =>
        new($"{field} is {(value.GetRawText() is { Length: <= 80 } text ? text.ReplaceLineEndings(" ") : $"a long {value.ValueKind}")}, {expected} expected");
}
