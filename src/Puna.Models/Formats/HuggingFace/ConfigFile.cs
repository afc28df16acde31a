using System.Text.Json;
using Puna.Tensors;
using Puna.Text;

namespace Puna.Models;

/// <summary>config.json to the configuration of an <see cref="Architecture"/> and back. What this build cannot run is refused with what it can.</summary>
public static class ConfigFile
{
    /// <summary>Name of the file in a model folder.</summary>
    public const string Name = "config.json";

    /// <summary>Reads and checks a configuration.</summary>
    /// <exception cref="InvalidDataException">Not JSON, a field missing or wrong, or a kind of model that this build does not run.</exception>
    public static IModelConfig Read(string path)
    {
        try
        {
            using var json = JsonDocument.Parse(File.ReadAllBytes(path), new JsonDocumentOptions { MaxDepth = 32 });
            if (json.RootElement.ValueKind != JsonValueKind.Object) throw new InvalidDataException("the configuration is no JSON object");
            return Architecture.Of(ConfigJson.TextOf(json.RootElement, "model_type")).ReadConfig(json.RootElement);
        }
        catch (Exception e) when (e is JsonException or InvalidOperationException or FormatException or InvalidDataException)
        {
            throw new InvalidDataException($"{path}: {e.Message}");
        }
    }

    /// <summary>Writes the file, in the spelling that every reader knows.</summary>
    /// <param name="path">The file.</param>
    /// <param name="config">The configuration.</param>
    /// <param name="weights">The type that most of the weights beside it have (<c>torch_dtype</c>).</param>
    /// <exception cref="IOException">The disk is full or not writable.</exception>
    public static void Write(string path, IModelConfig config, DType weights = DType.Float32) => AtomicFile.Write(path, stream =>
    {
        using var json = new Utf8JsonWriter(stream, new JsonWriterOptions { Indented = true });
        json.WriteStartObject();
        Architecture.Of(config).WriteConfig(json, config, weights);
        json.WriteEndObject();
    });
}
