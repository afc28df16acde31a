namespace Puna.Models;

/// <summary>How a model is kept on disk.</summary>
public enum ModelFormat
{
    /// <summary>A folder with config.json and *.safetensors (or pytorch_model.bin).</summary>
    HuggingFace,

    /// <summary>One file, GGUF.</summary>
    Gguf,

    /// <summary>One file as karpathy/llama2.c has it.</summary>
    Llama2c,

    /// <summary>A folder with params.json and consolidated.*.pth or .safetensors.</summary>
    Meta,
}

/// <summary>Names of formats on the command line.</summary>
public static class ModelFormats
{
    private static readonly (string Name, ModelFormat Format)[] All = [("hf", ModelFormat.HuggingFace), ("gguf", ModelFormat.Gguf), ("llama2c", ModelFormat.Llama2c), ("meta", ModelFormat.Meta)];

    /// <summary>The format of a name, in any case.</summary>
    /// <exception cref="InvalidDataException">There is none; the sentence lists those there are.</exception>
    public static ModelFormat ByName(string name) => All.Where(pair => pair.Name.Equals(name, StringComparison.OrdinalIgnoreCase)).Select(pair => (ModelFormat?)pair.Format).FirstOrDefault()
        ?? throw new InvalidDataException($"--format {name}: use {string.Join(", ", All.Select(pair => pair.Name))}");

    /// <summary>What a path to be written most likely means: by its ending, else a Hugging Face folder.</summary>
    public static ModelFormat OfTarget(string path) => Path.GetExtension(path).ToLowerInvariant() switch
    {
        GgufFile.Extension => ModelFormat.Gguf,
        ".bin" => ModelFormat.Llama2c,
        _ => ModelFormat.HuggingFace,
    };

    /// <summary>Its name on the command line.</summary>
    public static string NameOf(ModelFormat format) => All.First(pair => pair.Format == format).Name;
}
