using System.Text.Json;
using System.Text.RegularExpressions;
using Puna.Text;
using static Puna.Models.ConfigJson;

namespace Puna.Models;

/// <summary>
/// adapter_config.json of a LoRA adapter as Hugging Face's PEFT writes it: y = Wx + s·B(Ax) with s = alpha/r, or alpha/√r where
/// <see cref="UseRsLora"/>. Sources: LoRA 2106.09685, section 4.1; rsLoRA 2312.03732; huggingface/peft, tuners/lora/config.py.
/// </summary>
public sealed record LoraConfig
{
    private const int MostPatterns = 4096;

    /// <summary>Name of the file in an adapter folder.</summary>
    public const string FileName = "adapter_config.json";

    /// <summary>base_model_name_or_path, or null.</summary>
    public string? BaseModel { get; init; }

    /// <summary>r: the rank.</summary>
    public required int Rank { get; init; }

    /// <summary>lora_alpha.</summary>
    public required double Alpha { get; init; }

    /// <summary>lora_dropout: probability with which an input of A is dropped while training.</summary>
    public double Dropout { get; init; }

    /// <summary>use_rslora: s = alpha/√r.</summary>
    public bool UseRsLora { get; init; }

    /// <summary>target_modules: last names of the layers that have an adapter, for example q_proj; or one entry all-linear.</summary>
    public IReadOnlyList<string> TargetModules { get; init; } = [];

    /// <summary>alpha_pattern: other values of alpha by regular expressions of the end of a module's name; the first that fits counts.</summary>
    public IReadOnlyDictionary<string, double> AlphaPattern { get; init; } = new Dictionary<string, double>();

    /// <summary>rank_pattern: other ranks by regular expressions of the end of a module's name; the first that fits counts.</summary>
    public IReadOnlyDictionary<string, int> RankPattern { get; init; } = new Dictionary<string, int>();

    /// <summary>s for a module whose A has so many rows.</summary>
    public double Scale(string module, int rank)
    {
        var alpha = AlphaPattern.Where(pair => Ends(module, pair.Key)).Select(pair => (double?)pair.Value).FirstOrDefault() ?? Alpha;
        return UseRsLora ? alpha / Math.Sqrt(rank) : alpha / rank;
    }

    /// <summary>The rank that a module should have.</summary>
    public int RankOf(string module) => RankPattern.Where(pair => Ends(module, pair.Key)).Select(pair => (int?)pair.Value).FirstOrDefault() ?? Rank;

    /// <summary>Reads and checks the file.</summary>
    /// <exception cref="InvalidDataException">Not JSON, a field missing or wrong, or a kind of adapter that this build does not know.</exception>
    public static LoraConfig Read(string path)
    {
        try
        {
            using var document = JsonDocument.Parse(File.ReadAllBytes(path), new JsonDocumentOptions { MaxDepth = 32 });
            var json = document.RootElement;
            if (json.ValueKind != JsonValueKind.Object) throw new InvalidDataException("it is no JSON object");
            Refuse(json);
            var config = new LoraConfig
            {
                BaseModel = TextOf(json, "base_model_name_or_path"),
                Rank = Whole(json, "r"),
                Alpha = Number(json, "lora_alpha", 8),
                Dropout = Number(json, "lora_dropout", 0),
                UseRsLora = Flag(json, "use_rslora"),
                TargetModules = Modules(json),
                AlphaPattern = Pattern(json, "alpha_pattern", (section, name) => Number(section, name, 0)),
                RankPattern = Pattern(json, "rank_pattern", (section, name) => Whole(section, name)),
            };
            foreach (var pattern in config.AlphaPattern.Keys.Concat(config.RankPattern.Keys)) Ends("", pattern); // says what is wrong with it
            return config.Rank > 0 ? config : throw new InvalidDataException($"r {config.Rank} must be positive");
        }
        catch (Exception e) when (e is JsonException or InvalidDataException or ArgumentException or InvalidOperationException or NotSupportedException)
        {
            throw new InvalidDataException($"{path}: {e.Message}", e);
        }
    }

    /// <summary>Writes the file with the fields that PEFT expects.</summary>
    public void Write(string path) => AtomicFile.Write(path, stream =>
    {
        using var json = new Utf8JsonWriter(stream, new JsonWriterOptions { Indented = true });
        json.WriteStartObject();
        json.WriteString("peft_type", "LORA");
        json.WriteString("task_type", "CAUSAL_LM");
        if (BaseModel is null) json.WriteNull("base_model_name_or_path");
        else json.WriteString("base_model_name_or_path", BaseModel);
        json.WriteNull("revision");
        json.WriteNumber("r", Rank);
        json.WriteNumber("lora_alpha", Alpha);
        json.WriteNumber("lora_dropout", Dropout);
        json.WriteStartArray("target_modules");
        foreach (var module in TargetModules) json.WriteStringValue(module);
        json.WriteEndArray();
        json.WriteString("bias", "none");
        json.WriteBoolean("fan_in_fan_out", false);
        json.WriteNull("modules_to_save");
        json.WriteNull("layers_to_transform");
        json.WriteStartObject("rank_pattern");
        foreach (var (module, rank) in RankPattern) json.WriteNumber(module, rank);
        json.WriteEndObject();
        json.WriteStartObject("alpha_pattern");
        foreach (var (module, alpha) in AlphaPattern) json.WriteNumber(module, alpha);
        json.WriteEndObject();
        json.WriteBoolean("init_lora_weights", true);
        json.WriteBoolean("use_rslora", UseRsLora);
        json.WriteBoolean("use_dora", false);
        json.WriteBoolean("inference_mode", true);
        json.WriteEndObject();
    });

    // without going back, so that no expression takes long
    private static bool Ends(string module, string pattern) => Regex.IsMatch(module, $@"^(?:.*\.)?(?:{pattern})$", RegexOptions.NonBacktracking | RegexOptions.CultureInvariant);

    private static Dictionary<string, T> Pattern<T>(JsonElement json, string field, Func<JsonElement, string, T> read)
    {
        if (Section(json, field) is not { } section) return [];
        var names = section.EnumerateObject().Select(entry => entry.Name).ToArray();
        return names.Length <= MostPatterns ? names.ToDictionary(name => name, name => read(section, name)) : throw new InvalidDataException($"{field} has {names.Length} entries; at most {MostPatterns} are read");
    }

    private static void Refuse(JsonElement json)
    {
        if (TextOf(json, "peft_type") is { } type && type != "LORA") throw new InvalidDataException($"peft_type is {type}; this build knows LORA only");
        if (Flag(json, "use_dora")) throw new InvalidDataException("use_dora is true; this build knows LoRA and rsLoRA only");
        if (Flag(json, "fan_in_fan_out")) throw new InvalidDataException("fan_in_fan_out is true, which no Llama's adapter is");
        if (TextOf(json, "bias") is { } bias && bias != "none") throw new InvalidDataException($"bias is {bias}; this build knows adapters without biases only");
        if (Find(json, "modules_to_save") is { ValueKind: JsonValueKind.Array } saved && saved.GetArrayLength() > 0) throw new InvalidDataException("modules_to_save names whole layers that were trained as well; this build knows adapters of low rank only");
    }

    private static string[] Modules(JsonElement json) => Find(json, "target_modules") switch
    {
        null => [],
        { ValueKind: JsonValueKind.String } one => [one.GetString()!],
        { ValueKind: JsonValueKind.Array } several when several.EnumerateArray().All(one => one.ValueKind == JsonValueKind.String) => [.. several.EnumerateArray().Select(one => one.GetString()!)],
        _ => throw new InvalidDataException("target_modules is neither a string nor a list of strings"),
    };
}
