using System.Text.Json;

namespace Puna.Text.Tests;

/// <summary>Models trained and measured by the original library; see README.md beside them.</summary>
internal static class GoldenModels
{
    public static readonly string[] Bpe =
    [
        "bpe_130_ascii", "bpe_512_llama", "bpe_512_llama_no_dummy_prefix", "bpe_1000_llama", "bpe_1000_nmt_nfkc", "bpe_1000_byte_fallback_nmt_nfkc",
        "bpe_512_ascii_symbols", "bpe_130_tinyshakespeare", "bpe_130_tinyshakespeare_identity", "bpe_512_tinyshakespeare_llama",
    ];

    public static readonly string[] Unigram =
        ["unigram_130_ascii", "unigram_512_byte_fallback", "unigram_1000_nmt_nfkc", "unigram_1000_identity_no_dummy_prefix", "unigram_130_tinyshakespeare"];

    public static string File(string name) => Puna.Tests.SharedData.Shared("golden/sentencepiece/" + name);

    public static Tokenizer Load(string name) => Tokenizers.Load(File(name + ".model"));

    public static IEnumerable<JsonElement> Lines(string file) =>
        System.IO.File.ReadLines(File(file)).Select(line => JsonDocument.Parse(line).RootElement);

    public static int[] Ids(JsonElement line) => [.. line.GetProperty("ids").EnumerateArray().Select(id => id.GetInt32())];
}
