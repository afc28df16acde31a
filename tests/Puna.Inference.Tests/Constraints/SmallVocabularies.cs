using Puna.Tests;
using Puna.Text;

namespace Puna.Inference.Tests;

/// <summary>Vocabularies of every kind, small enough to try every token at every place.</summary>
internal static class SmallVocabularies
{
    private const string Ascii = "\t\n !\"#$%&'()*+,-./0123456789:;<=>?@ABCDEFGHIJKLMNOPQRSTUVWXYZ[\\]^_`abcdefghijklmnopqrstuvwxyz{|}~";

    private static readonly Lazy<Tokenizer> Characters = new(() => CharacterTokenizerTrainer.Train(Ascii + "éß中😀"));

    private static readonly Lazy<Tokenizer> ByteLevel = new(() => ByteLevelBpeTrainer.Train(
        [string.Concat(Enumerable.Repeat("{\"name\": \"Ann\", \"age\": 17, \"tags\": [\"a\", \"b\"], \"é\": true}\n{\n  \"name\": null,\n  \"x\": \"\\n\\\"\"\n}\n the cat sees 中 and 😀 2024-05-17T10:20:30Z\n", 20))],
        new ByteLevelTrainerOptions { VocabularySize = 310 }));

    private static readonly Lazy<Tokenizer> SentencePiece = new(() => Tokenizers.Load(SharedData.Golden("sentencepiece/bpe_512_llama.model")));

    public static string[] Names => ["characters", "byte-level", "sentencepiece"];

    public static Tokenizer Get(string name) => name switch { "characters" => Characters.Value, "byte-level" => ByteLevel.Value, _ => SentencePiece.Value };

    /// <summary>What the output is, as bytes; in the middle of a character too.</summary>
    public static byte[] Bytes(Tokenizer tokenizer, ReadOnlySpan<int> tokens, bool atStart)
    {
        var bytes = new List<byte>();
        foreach (var token in tokens) bytes.AddRange(tokenizer.TextBytes(token, atStart && bytes.Count == 0));
        return [.. bytes];
    }

    /// <summary>The longest whole text in some bytes.</summary>
    public static string WholePart(byte[] bytes)
    {
        var length = bytes.Length;
        while (!System.Text.Unicode.Utf8.IsValid(bytes.AsSpan(0, length))) length--;
        (bytes.Length - length).ShouldBeLessThan(4);
        return System.Text.Encoding.UTF8.GetString(bytes, 0, length);
    }
}
