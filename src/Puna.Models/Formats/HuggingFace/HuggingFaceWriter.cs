using System.Text.Json;
using Puna.Tensors;
using Puna.Text;

namespace Puna.Models;

/// <summary>What goes into a Hugging Face folder.</summary>
/// <param name="Config">Sizes.</param>
/// <param name="Weights">Where the tensors come from.</param>
/// <param name="Tensors">Which, in order, with the type each gets.</param>
/// <param name="Tokenizer">Null for none.</param>
/// <param name="ChatTemplate">Null for none.</param>
/// <param name="Generation">Null for none.</param>
public sealed record HuggingFaceContent(IModelConfig Config, StoredWeights Weights, IReadOnlyList<(StoredTensor Tensor, DType Type)> Tensors, Tokenizer? Tokenizer, ChatTemplate? ChatTemplate, GenerationConfig? Generation);

/// <summary>Writes Hugging Face folders, their weights one tensor at a time: model.safetensors, or shards with an index where they are larger than a limit.</summary>
public static class HuggingFaceWriter
{
    /// <summary>How large transformers makes a shard at most.</summary>
    public const long DefaultShardBytes = 5_000_000_000;

    /// <summary>Writes a folder; each file is written whole or not at all, the weights last, so that a folder with weights is complete.</summary>
    /// <param name="folder">The folder; made where it is missing.</param>
    /// <param name="content">What goes in.</param>
    /// <param name="shardBytes">Most bytes of a file of weights; a tensor larger than that has a file of its own.</param>
    /// <param name="progress">Hears of each tensor's numbers.</param>
    /// <exception cref="IOException">The disk is full or not writable.</exception>
    public static void WriteFolder(string folder, HuggingFaceContent content, long shardBytes = DefaultShardBytes, Action<long>? progress = null)
    {
        Directory.CreateDirectory(folder);
        var type = content.Tensors.GroupBy(one => one.Type).MaxBy(group => group.Sum(one => one.Tensor.Count))?.Key ?? DType.Float32;
        ConfigFile.Write(Path.Combine(folder, ConfigFile.Name), content.Config, type);
        content.Generation?.Save(folder);
        if (content.Tokenizer is { } tokenizer)
        {
            tokenizer.Save(folder);
            TokenizerConfig.Save(folder, tokenizer, content.ChatTemplate, content.Config.ContextLength);
        }
        Write(folder, content.Weights, content.Tensors, shardBytes, progress);
    }

    /// <summary>Writes the weights.</summary>
    /// <param name="folder">The folder, which exists.</param>
    /// <param name="weights">Where the tensors come from.</param>
    /// <param name="tensors">Which, in order, with the type each gets.</param>
    /// <param name="shardBytes">Most bytes of a file; a tensor larger than that has a file of its own.</param>
    /// <param name="progress">Hears of each tensor's numbers.</param>
    /// <exception cref="IOException">The disk is full or not writable.</exception>
    public static void Write(string folder, StoredWeights weights, IReadOnlyList<(StoredTensor Tensor, DType Type)> tensors, long shardBytes = DefaultShardBytes, Action<long>? progress = null)
    {
        var shards = Shards(tensors, shardBytes);
        var index = new Dictionary<string, string>();
        for (var i = 0; i < shards.Count; i++)
        {
            var shard = shards[i];
            var name = shards.Count == 1 ? HuggingFaceWeights.SingleFile : $"model-{i + 1:00000}-of-{shards.Count:00000}.safetensors";
            SafetensorsWriter.Write(Path.Combine(folder, name), [.. shard.Select(one => (one.Tensor.Name, one.Type, Shape.From([.. one.Tensor.Shape])))], at =>
            {
                progress?.Invoke(shard[at].Tensor.Count);
                return weights.Read(shard[at].Tensor.Name, shard[at].Type);
            });
            foreach (var (tensor, _) in shard) index.Add(tensor.Name, name);
        }
        if (shards.Count > 1) WriteIndex(folder, index, tensors.Sum(Bytes));
    }

    private static long Bytes((StoredTensor Tensor, DType Type) one) => DTypeLayout.Of(one.Type).Bytes(one.Tensor.Count);

    private static List<List<(StoredTensor Tensor, DType Type)>> Shards(IReadOnlyList<(StoredTensor Tensor, DType Type)> tensors, long most)
    {
        List<List<(StoredTensor, DType)>> shards = [[]];
        var bytes = 0L;
        foreach (var one in tensors)
        {
            if (bytes > 0 && bytes + Bytes(one) > most)
            {
                shards.Add([]);
                bytes = 0;
            }
            shards[^1].Add(one);
            bytes += Bytes(one);
        }
        return shards;
    }

    private static void WriteIndex(string folder, Dictionary<string, string> index, long total) => AtomicFile.Write(Path.Combine(folder, HuggingFaceWeights.IndexFile), stream =>
    {
        using var json = new Utf8JsonWriter(stream, new JsonWriterOptions { Indented = true });
        json.WriteStartObject();
        json.WriteStartObject("metadata");
        json.WriteNumber("total_size", total);
        json.WriteEndObject();
        json.WriteStartObject("weight_map");
        foreach (var (tensor, file) in index.OrderBy(pair => pair.Key, StringComparer.Ordinal)) json.WriteString(tensor, file);
        json.WriteEndObject();
        json.WriteEndObject();
    });
}
