using Puna.Models;

namespace Puna.Experiments.Benchmarks;

/// <summary>What a table of speeds says of a model.</summary>
/// <param name="Path">Where it is.</param>
/// <param name="Type">Architecture, size and type of most of its weights: <c>llama 1.1B Q4_K_M</c>.</param>
/// <param name="Bytes">Of its tensors as they are stored.</param>
/// <param name="Parameters">Numbers in its tensors.</param>
public sealed record BenchedModel(string Path, string Type, long Bytes, long Parameters)
{
    /// <summary>Looks at a model that is opened.</summary>
    /// <param name="path">Where it is.</param>
    /// <param name="source">The model.</param>
    public static BenchedModel Of(string path, ModelSource source)
    {
        var tensors = source.Weights.Tensors.Values;
        var parameters = tensors.Sum(tensor => tensor.Count);
        return new BenchedModel(path, $"{source.Config.ModelType} {Size(parameters)} {TypeOf(path, source)}", tensors.Sum(tensor => tensor.Bytes), parameters);
    }

    /// <summary>As models are called: 8.0B, 110M, 260K.</summary>
    private static string Size(long parameters) => parameters switch
    {
        >= 1_000_000_000 => $"{parameters / 1e9:0.0}B",
        >= 1_000_000 => $"{parameters / 1e6:0}M",
        _ => $"{parameters / 1e3:0}K",
    };

    /// <summary>What a GGUF file says of itself; else the type that most bytes have.</summary>
    private static string TypeOf(string path, ModelSource source)
    {
        if (source.Format == ModelFormat.Gguf)
        {
            using var file = new GgufFile(path);
            if (file.Metadata.Whole("general.file_type") is { } type && GgufMix.NameOf(type) is { } name) return name;
        }
        return source.Weights.Tensors.Values.GroupBy(tensor => tensor.Type).MaxBy(group => group.Sum(tensor => tensor.Bytes))?.Key ?? "";
    }
}
