using System.Text.Json;
using Puna.Tests;

namespace Puna.Text.Tests;

/// <summary>The vocabularies of released models, each loaded once, and the texts whose ids are known.</summary>
internal static class ReleasedTokenizers
{
    private static readonly Dictionary<string, Tokenizer> Loaded = [];

    public static ByteLevelBpe Llama3 => (ByteLevelBpe)Load("llama3");

    public static SentencePieceBpe Llama2 => (SentencePieceBpe)Load("llama2");

    public static ByteLevelBpe Gpt2 => (ByteLevelBpe)Load("gpt2");

    public static string Path(string file) => SharedData.Shared("data/tokenizers/" + file);

    public static Tokenizer Load(string file)
    {
        lock (Loaded)
        {
            if (Loaded.TryGetValue(file, out var known)) return known;
            var path = Path(file);
            return Loaded[file] = file.EndsWith(".gguf", StringComparison.Ordinal) ? Puna.Text.Tokenizers.Create(GgufVocabularies.Read(path), path) : Puna.Text.Tokenizers.Load(path);
        }
    }

    public static JsonElement Golden() => JsonDocument.Parse(File.ReadAllText(SharedData.Shared("data/golden/tokenizers.json"))).RootElement;

    public static IEnumerable<(string Text, int[] Ids)> Cases(string kind) =>
        Golden().GetProperty("cases").EnumerateArray().Select(item => (item.GetProperty("text").GetString()!, Ids(item.GetProperty(kind))));

    public static int[] Ids(JsonElement list) => [.. list.EnumerateArray().Select(id => id.GetInt32())];

    /// <summary>llama.cpp's texts for a vocabulary, and their ids without a begin symbol.</summary>
    public static IEnumerable<(string Text, int[] Ids)> LlamaCppCases(string name)
    {
        var texts = File.ReadAllText(Path($"llama-cpp/ggml-vocab-{name}.gguf.inp")).Split("\n__ggml_vocab_test__\n");
        var lines = File.ReadAllLines(Path($"llama-cpp/ggml-vocab-{name}.gguf.out"));
        lines.Length.ShouldBeInRange(texts.Length - 1, texts.Length);
        return texts.Zip(lines, (text, line) => (text, line.Split(' ', StringSplitOptions.RemoveEmptyEntries).Select(int.Parse).ToArray()));
    }
}
