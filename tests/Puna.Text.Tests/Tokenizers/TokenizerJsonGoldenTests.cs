using System.Text.Json.Nodes;
using Puna.Tests;

namespace Puna.Text.Tests;

/// <summary>Every part of a tokenizer.json does what it does in Hugging Face's own program (tests/golden/tokenizers/generate.mjs asked it).</summary>
public class TokenizerJsonGoldenTests
{
    private static readonly Lazy<JsonArray> Variants = new(() => JsonNode.Parse(File.ReadAllText(SharedData.Golden("tokenizers/variants.json")))!.AsArray());

    public static TheoryData<string, string> Names
    {
        get
        {
            var names = new TheoryData<string, string>();
            foreach (var variant in Variants.Value) names.Add((string)variant!["base"]!, (string)variant["name"]!);
            return names;
        }
    }

    [SkippableTheory]
    [MemberData(nameof(Names))]
    public void Ids_and_text_are_those_of_the_original(string @base, string name)
    {
        var variant = Variants.Value.Single(variant => (string)variant!["base"]! == @base && (string)variant["name"]! == name)!;
        var file = JsonNode.Parse(@base == "bytes" ? File.ReadAllBytes(ReleasedTokenizers.Path("torchtune/tiny_bpe_tokenizer.json")) : TokenizerJsonWriter.ToBytes(GoldenModels.LoadStored("bpe_512_llama")))!;
        foreach (var (key, value) in variant["change"]!.AsObject())
        {
            if (key != "model") file[key] = value?.DeepClone();
            else foreach (var (option, setting) in value!.AsObject()) file["model"]![option] = setting?.DeepClone();
        }
        var tokenizer = TokenizerJson.Parse(System.Text.Encoding.UTF8.GetBytes(file.ToJsonString()));
        foreach (var item in variant["cases"]!.AsArray())
        {
            var text = (string)item![0]!;
            int[] ids = [.. item[1]!.AsArray().Select(id => (int)id!)];
            tokenizer.Encode(text, new EncodeOptions(ParseSpecial: true)).ShouldBe(ids, RandomText.Codes(text));
            tokenizer.Decode(ids).ShouldBe((string)item[2]!, RandomText.Codes(text));
        }
    }
}
