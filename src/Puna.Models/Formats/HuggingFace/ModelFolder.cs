using Puna.Tensors;

namespace Puna.Models;

/// <summary>Loads and saves models as Hugging Face folders: config.json, safetensors, tokenizer.model or tokenizer.json, tokenizer_config.json.</summary>
public static class ModelFolder
{
    /// <summary>Loads a model.</summary>
    /// <param name="folder">The folder.</param>
    /// <param name="type">Float32, or Float64 for reference computations.</param>
    /// <param name="requireTokenizer">Whether a folder without tokenizer is refused.</param>
    /// <exception cref="DirectoryNotFoundException">No such folder.</exception>
    /// <exception cref="InvalidDataException">The folder is not one that this build runs; the sentence says why.</exception>
    public static LanguageModel Load(string folder, DType type = DType.Float32, bool requireTokenizer = true)
    {
        ReadConfig(folder);
        return ModelPath.Load(folder, type, requireTokenizer);
    }

    /// <summary>Reads only the configuration.</summary>
    /// <exception cref="DirectoryNotFoundException">No such folder.</exception>
    /// <exception cref="InvalidDataException">No config.json, or not one that this build runs.</exception>
    public static IModelConfig ReadConfig(string folder)
    {
        if (!Directory.Exists(folder)) throw new DirectoryNotFoundException($"no model folder {folder}");
        var config = Path.Combine(folder, ConfigFile.Name);
        if (!File.Exists(config)) throw new InvalidDataException($"{folder} has no {ConfigFile.Name}: this build runs Hugging Face folders (config.json, *.safetensors, tokenizer.model)");
        return WithEnds(ConfigFile.Read(config), GenerationConfig.Find(folder));
    }

    /// <summary>Ids that end an answer stand in either file; transformers heeds generation_config.json's, so both count.</summary>
    private static IModelConfig WithEnds(IModelConfig config, GenerationConfig? generation)
    {
        int[] more = [.. (generation?.EosTokenIds ?? []).Except(config.EosTokenIds)];
        return more.Length == 0 || config is not LlamaConfig llama ? config : llama with { EosTokenIds = [.. llama.EosTokenIds, .. more] };
    }

    /// <summary>Saves a model; each file is written whole or not at all, the weights last, so that a folder with weights is complete.</summary>
    /// <exception cref="IOException">The disk is full or not writable.</exception>
    public static void Save(string folder, LanguageModel model)
    {
        using var weights = new NetworkWeights(model.Network);
        var types = model.Network.Parameters.ToDictionary(parameter => parameter.Name, parameter => parameter.Tensor.DType);
        HuggingFaceWriter.WriteFolder(folder, new HuggingFaceContent(model.Network.Config, weights, [.. weights.Tensors.Values.Select(tensor => (tensor, types[tensor.Name]))], model.Tokenizer, model.ChatTemplate, model.Generation), long.MaxValue);
    }
}
