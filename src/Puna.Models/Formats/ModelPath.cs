using Puna.Tensors;

namespace Puna.Models;

/// <summary>Opens a model wherever it is kept: a Hugging Face folder or a GGUF file.</summary>
public static class ModelPath
{
    /// <summary>Loads a model.</summary>
    /// <param name="path">A folder or a GGUF file.</param>
    /// <param name="type">Float32, or Float64 for reference computations.</param>
    /// <param name="requireTokenizer">Whether a model without tokenizer is refused.</param>
    /// <exception cref="DirectoryNotFoundException">There is nothing at this path.</exception>
    /// <exception cref="InvalidDataException">What is there is no model that this build runs; the sentence says why.</exception>
    public static LanguageModel Load(string path, DType type = DType.Float32, bool requireTokenizer = true) =>
        GgufFile.IsGguf(path) ? GgufModel.Load(path, type, requireTokenizer) : ModelFolder.Load(path, type, requireTokenizer);

    /// <summary>Reads only the configuration.</summary>
    /// <exception cref="DirectoryNotFoundException">There is nothing at this path.</exception>
    /// <exception cref="InvalidDataException">What is there is no model that this build runs; the sentence says why.</exception>
    public static IModelConfig ReadConfig(string path) => GgufFile.IsGguf(path) ? GgufModel.ReadConfig(path) : ModelFolder.ReadConfig(path);
}
