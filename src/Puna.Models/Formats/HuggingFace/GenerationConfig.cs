using System.Text.Json;
using Puna.Text;
using static Puna.Models.ConfigJson;

namespace Puna.Models;

/// <summary>
/// generation_config.json: how a model's makers want it sampled, and which ids end its answers. What this build does not know stays out of the way.
/// Source: huggingface/transformers, generation/configuration_utils.py.
/// </summary>
public sealed record GenerationConfig
{
    /// <summary>Name of the file in a model folder.</summary>
    public const string FileName = "generation_config.json";

    /// <summary>do_sample; null where the file does not say.</summary>
    public bool? DoSample { get; init; }

    /// <summary>temperature; null where the file does not say.</summary>
    public double? Temperature { get; init; }

    /// <summary>top_p; null where the file does not say.</summary>
    public double? TopP { get; init; }

    /// <summary>top_k; null where the file does not say.</summary>
    public int? TopK { get; init; }

    /// <summary>repetition_penalty; null where the file does not say.</summary>
    public double? RepetitionPenalty { get; init; }

    /// <summary>bos_token_id, or null.</summary>
    public int? BosTokenId { get; init; }

    /// <summary>eos_token_id, one or several.</summary>
    public IReadOnlyList<int> EosTokenIds { get; init; } = [];

    /// <summary>Reads a folder's file; null where there is none.</summary>
    /// <exception cref="InvalidDataException">It is not JSON, or a field is wrong.</exception>
    public static GenerationConfig? Find(string folder)
    {
        var path = Path.Combine(folder, FileName);
        if (!File.Exists(path)) return null;
        try
        {
            using var document = JsonDocument.Parse(File.ReadAllBytes(path), new JsonDocumentOptions { MaxDepth = 32 });
            var json = document.RootElement;
            if (json.ValueKind != JsonValueKind.Object) throw new InvalidDataException("it is no JSON object");
            return new GenerationConfig
            {
                DoSample = ConfigJson.Find(json, "do_sample") is null ? null : Flag(json, "do_sample"),
                Temperature = Optional(json, "temperature"),
                TopP = Optional(json, "top_p"),
                TopK = ConfigJson.Find(json, "top_k") is null ? null : Whole(json, "top_k"),
                RepetitionPenalty = Optional(json, "repetition_penalty"),
                BosTokenId = ConfigJson.Find(json, "bos_token_id") is null ? null : Whole(json, "bos_token_id"),
                EosTokenIds = Ids(json, "eos_token_id"),
            };
        }
        catch (Exception e) when (e is JsonException or InvalidDataException or InvalidOperationException)
        {
            throw new InvalidDataException($"{path}: {e.Message}", e);
        }
    }

    /// <summary>Writes the file into a folder.</summary>
    public void Save(string folder) => AtomicFile.Write(Path.Combine(folder, FileName), stream =>
    {
        using var json = new Utf8JsonWriter(stream, new JsonWriterOptions { Indented = true });
        json.WriteStartObject();
        if (BosTokenId is { } bos) json.WriteNumber("bos_token_id", bos);
        WriteIds(json, "eos_token_id", EosTokenIds);
        if (DoSample is { } sample) json.WriteBoolean("do_sample", sample);
        if (Temperature is { } temperature) json.WriteNumber("temperature", temperature);
        if (TopP is { } p) json.WriteNumber("top_p", p);
        if (TopK is { } k) json.WriteNumber("top_k", k);
        if (RepetitionPenalty is { } penalty) json.WriteNumber("repetition_penalty", penalty);
        json.WriteEndObject();
    });

    private static double? Optional(JsonElement json, string field) => ConfigJson.Find(json, field) is null ? null : Number(json, field, 0);
}
