using Puna.Text;

namespace Puna.Models;

/// <summary>A tokenizer wherever it is kept: what <see cref="Tokenizers.Load"/> reads, or the vocabulary within a GGUF file.</summary>
public static class TokenizerPath
{
    /// <summary>Loads it and finds out by itself of which kind it is.</summary>
    /// <param name="path">A tokenizer's file, a folder with one, or a GGUF file.</param>
    /// <exception cref="FileNotFoundException">There is nothing at this path, or no tokenizer in the folder.</exception>
    /// <exception cref="InvalidDataException">What is there is no tokenizer that this build runs; the sentence says why.</exception>
    public static Tokenizer Load(string path)
    {
        if (!GgufFile.IsGguf(path)) return Tokenizers.Load(path);
        using var file = new GgufFile(path);
        return (GgufVocabulary.Read(file) ?? throw new InvalidDataException($"gguf: {path} has no tokenizer (tokenizer.ggml.model)")).CreateTokenizer(path);
    }
}
