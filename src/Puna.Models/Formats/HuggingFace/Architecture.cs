using System.Text.Json;
using Puna.Tensors;

namespace Puna.Models;

/// <summary>
/// A kind of network: how Hugging Face stores its configuration and weights, and how it is made. To add one: its folder with configuration and network,
/// a file beside this one, a line in <see cref="All"/>.
/// </summary>
internal abstract class Architecture
{
    /// <summary>Every kind that this build runs.</summary>
    public static IReadOnlyList<Architecture> All { get; } = [new LlamaArchitecture(), new Gpt2Architecture()];

    /// <summary>model_type in config.json.</summary>
    public abstract string ModelType { get; }

    /// <summary>The architecture of a configuration.</summary>
    public static Architecture Of(IModelConfig config) => Of(config.ModelType);

    /// <summary>The architecture of that model_type.</summary>
    /// <exception cref="InvalidDataException">This build runs none of that name; the sentence lists those it runs.</exception>
    public static Architecture Of(string? modelType) => All.FirstOrDefault(one => one.ModelType == modelType)
        ?? throw new InvalidDataException($"model_type is {modelType ?? "(none)"}; this build runs {string.Join(" and ", All.Select(one => one.ModelType))} only");

    /// <summary>A network with weights of zero.</summary>
    public abstract LanguageNetwork Create(IModelConfig config, DType type);

    /// <summary>Reads and checks the fields.</summary>
    /// <exception cref="InvalidDataException">A field is missing, wrong, or asks for what this build cannot run.</exception>
    public abstract IModelConfig ReadConfig(JsonElement json);

    /// <summary>Writes the fields.</summary>
    /// <param name="json">Where to.</param>
    /// <param name="sizes">The configuration.</param>
    /// <param name="weights">The type that most of the weights have.</param>
    public abstract void WriteConfig(Utf8JsonWriter json, IModelConfig sizes, DType weights);

    /// <summary>Every tensor of a model with the shape that files have, to be looked for before memory is taken or anything is written.</summary>
    public abstract IEnumerable<(string Name, Shape Shape)> Required(IModelConfig config);

    /// <summary>Whether a stored tensor that is no parameter may be passed over.</summary>
    public abstract bool Ignores(IModelConfig config, string stored);

    /// <summary>The name that a parameter has in files that leave out a prefix; null where there is no such custom.</summary>
    public virtual string? ShortName(string parameter) => null;

    protected static string TorchName(DType type) => type switch { DType.Float16 => "float16", DType.BFloat16 => "bfloat16", DType.Float64 => "float64", _ => "float32" };

    protected static void WriteClass(Utf8JsonWriter json, string name)
    {
        json.WriteStartArray("architectures");
        json.WriteStringValue(name);
        json.WriteEndArray();
    }
}
