using Puna.Tensors;

namespace Puna.Models;

/// <summary>Loads a model wherever it is kept; see <see cref="ModelSource"/>.</summary>
public static class ModelPath
{
    /// <summary>Loads a model.</summary>
    /// <param name="path">A folder or file.</param>
    /// <param name="type">Float32, or Float64 for reference computations.</param>
    /// <param name="requireTokenizer">Whether a model without tokenizer is refused.</param>
    /// <param name="adapter">A folder with a LoRA adapter for the model; null for none.</param>
    /// <exception cref="DirectoryNotFoundException">There is nothing at this path.</exception>
    /// <exception cref="InvalidDataException">What is there is no model that this build runs; the sentence says why.</exception>
    public static LanguageModel Load(string path, DType type = DType.Float32, bool requireTokenizer = true, string? adapter = null)
    {
        using var source = ModelSource.Open(path, requireTokenizer, adapter: adapter);
        return source.Load(type);
    }

    /// <summary>Opens a model without loading its network.</summary>
    /// <param name="path">A folder or file.</param>
    /// <param name="requireTokenizer">Whether a model without tokenizer is refused.</param>
    /// <param name="adapter">A folder with a LoRA adapter for the model; null for none.</param>
    /// <returns>The model; whoever asked closes its <see cref="LanguageModel.Source"/>.</returns>
    /// <exception cref="DirectoryNotFoundException">There is nothing at this path.</exception>
    /// <exception cref="InvalidDataException">What is there is no model that this build runs; the sentence says why.</exception>
    public static LanguageModel Open(string path, bool requireTokenizer = true, string? adapter = null) => new(ModelSource.Open(path, requireTokenizer, adapter: adapter));

    /// <summary>Reads only the configuration.</summary>
    /// <exception cref="DirectoryNotFoundException">There is nothing at this path.</exception>
    /// <exception cref="InvalidDataException">What is there is no model that this build runs; the sentence says why.</exception>
    public static IModelConfig ReadConfig(string path) => ModelSource.ReadConfig(path);
}
