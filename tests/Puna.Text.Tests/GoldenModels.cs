using System.Text.Json;
using Puna.Tests;

namespace Puna.Text.Tests;

/// <summary>Models trained and measured by the original library. Some are part of the repository (with the first hundred texts); all of them lie in shared/.</summary>
internal static class GoldenModels
{
    public static readonly string[] InRepository =
        ["bpe_512_llama", "bpe_512_llama_no_dummy_prefix", "bpe_512_ascii_symbols", "unigram_1000_identity_no_dummy_prefix"];

    public static readonly string[] Bpe =
    [
        "bpe_130_ascii", "bpe_512_llama", "bpe_512_llama_no_dummy_prefix", "bpe_1000_llama", "bpe_1000_nmt_nfkc", "bpe_1000_byte_fallback_nmt_nfkc",
        "bpe_512_ascii_symbols", "bpe_130_tinyshakespeare", "bpe_130_tinyshakespeare_identity", "bpe_512_tinyshakespeare_llama",
    ];

    public static readonly string[] Unigram =
        ["unigram_130_ascii", "unigram_512_byte_fallback", "unigram_1000_nmt_nfkc", "unigram_1000_identity_no_dummy_prefix", "unigram_130_tinyshakespeare"];

    public static string Shared(string file) => SharedData.Shared("golden/sentencepiece/" + file);

    public static string Stored(string file) => SharedData.Golden("sentencepiece/" + file);

    public static Tokenizer LoadStored(string name) => Tokenizers.Load(Stored(name + ".model"));

    public static IEnumerable<JsonElement> Lines(string path) => File.ReadLines(path).Select(line => JsonDocument.Parse(line).RootElement);

    public static int[] Ids(JsonElement line) => [.. line.GetProperty("ids").EnumerateArray().Select(id => id.GetInt32())];
}
