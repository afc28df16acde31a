using Puna.Tensors;

namespace Puna.Models;

/// <summary>Writes a model under Meta's names and in its order of rotary rows: consolidated.00.safetensors and params.json.</summary>
public static class MetaWriter
{
    /// <summary>Writes the files into a folder.</summary>
    /// <param name="folder">The folder, which exists.</param>
    /// <param name="config">Sizes.</param>
    /// <param name="weights">Where the tensors come from.</param>
    /// <param name="tensors">Which, in order, with the type each gets.</param>
    /// <param name="progress">Hears of each tensor's numbers.</param>
    /// <exception cref="InvalidDataException">The model is one that Meta's code has no words for.</exception>
    public static void Write(string folder, LlamaConfig config, StoredWeights weights, IReadOnlyList<(StoredTensor Tensor, DType Type)> tensors, Action<long>? progress = null)
    {
        if (config.HeadSize * config.HeadCount != config.HiddenSize) throw new InvalidDataException($"head_dim is {config.HeadSize}, Meta's files mean hidden_size / heads = {config.HiddenSize / config.HeadCount}; convert to gguf or hf");
        if (config.RopeScaling is { } scaling and not Llama3RopeScaling) throw new InvalidDataException($"the rope scaling is {scaling.Type}, Meta's files know llama3 only; convert to gguf or hf");
        var named = tensors.Select(one => (one.Tensor, one.Type, Name: MetaNames.FromHuggingFace(one.Tensor.Name) ?? throw new InvalidDataException($"{weights.Path}: tensor '{one.Tensor.Name}' has no name in Meta's files"))).ToArray();
        MetaParams.Write(Path.Combine(folder, MetaParams.FileName), config);
        SafetensorsWriter.Write(Path.Combine(folder, "consolidated.00.safetensors"), [.. named.Select(one => (one.Name, one.Type, Shape.From([.. one.Tensor.Shape])))], at =>
        {
            var tensor = weights.Read(named[at].Tensor.Name, named[at].Type);
            if (RotaryLayout.HeadsOf(config, named[at].Tensor.Name) is var heads and > 0) RotaryLayout.ToNeighbours(tensor, heads);
            progress?.Invoke(tensor.Count);
            return tensor;
        });
    }
}
