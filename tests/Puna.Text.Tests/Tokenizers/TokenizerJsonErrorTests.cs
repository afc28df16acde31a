using System.Text;
using System.Text.Json.Nodes;

namespace Puna.Text.Tests;

/// <summary>What a tokenizer.json asks for and this build does not run is refused by name; so is what contradicts itself.</summary>
public class TokenizerJsonErrorTests
{
    private static readonly string Whole = Encoding.UTF8.GetString(TokenizerJsonWriter.ToBytes(GoldenModels.LoadStored("bpe_512_llama")));

    [Theory]
    [InlineData("normalizer", """{"type":"Nmt"}""", "some.json.normalizer: the type 'Nmt' is not run by this build, and without it the ids would be others; it runs Sequence, Prepend")]
    [InlineData("normalizer", """{"type":"Sequence","normalizers":[{"type":"NFC"},{"type":"BertNormalizer"}]}""", "some.json.normalizer.normalizers[1]: the type 'BertNormalizer'")]
    [InlineData("normalizer", """{"type":"Replace","pattern":{"Regex":"[^a]"},"content":""}""", "the regular expression '[^a]' is not run in a normaliser")]
    [InlineData("normalizer", """{"type":"Replace","pattern":{"String":""},"content":""}""", "the text to look for is empty")]
    [InlineData("normalizer", """{"prepend":"a"}""", "some.json.normalizer: the member type is missing")]
    [InlineData("normalizer", "[]", "some.json.normalizer: Array stands where a JSON object belongs")]
    [InlineData("pre_tokenizer", """{"type":"UnicodeScripts"}""", "some.json.pre_tokenizer: the type 'UnicodeScripts' is not run")]
    [InlineData("pre_tokenizer", """{"type":"Split","pattern":{"Regex":"\\w+"},"behavior":"Isolated"}""", "the escape \\w at character 0")]
    [InlineData("pre_tokenizer", """{"type":"Split","pattern":{"Regex":"a++++"},"behavior":"Isolated"}""", "a quantifier behind a quantifier at character 3")]
    [InlineData("pre_tokenizer", """{"type":"Split","pattern":{"Regex":"a"},"behavior":"Other"}""", "'Other' is not one of Isolated, Removed")]
    [InlineData("pre_tokenizer", """{"type":"Metaspace","replacement":"ab"}""", "'ab' is not one character")]
    [InlineData("pre_tokenizer", """{"type":"Metaspace","prepend_scheme":"sometimes"}""", "'sometimes' is not always, first or never")]
    [InlineData("pre_tokenizer", """{"type":"Sequence","pretokenizers":[{"type":"ByteLevel"},{"type":"ByteLevel"}]}""", "ByteLevel stands there 2 times")]
    [InlineData("pre_tokenizer", """{"type":"ByteLevel"}""", "need the decoder ByteLevel, alone")]
    [InlineData("post_processor", """{"type":"BertProcessing"}""", "some.json.post_processor: the type 'BertProcessing' is not run")]
    [InlineData("post_processor", """{"type":"TemplateProcessing","single":[{"SpecialToken":{"id":"<s>"}},{"SpecialToken":{"id":"<s>"}},{"Sequence":{"id":"A"}}]}""", "'<s>' is the second special token on its side")]
    [InlineData("post_processor", """{"type":"TemplateProcessing","single":[{"SpecialToken":{"id":"<x>"}},{"Sequence":{"id":"A"}}]}""", "'<x>' is not in the vocabulary")]
    [InlineData("post_processor", """{"type":"TemplateProcessing","single":[]}""", "the text stands there 0 times")]
    [InlineData("decoder", """{"type":"CTC"}""", "some.json.decoder: the type 'CTC' is not run")]
    [InlineData("decoder", """{"type":"ByteLevel"}""", "the decoder ByteLevel needs the pre_tokenizer ByteLevel")]
    [InlineData("decoder", """{"type":"Strip","content":" ","start":1,"stop":0}""", "Strip without Fuse before it")]
    [InlineData("decoder", """{"type":"Sequence","decoders":[{"type":"Fuse"},{"type":"Strip","content":" ","start":0,"stop":1}]}""", "dropping characters at the end (stop 1)")]
    [InlineData("decoder", """{"type":"Sequence","decoders":[{"type":"Fuse"},{"type":"Replace","pattern":{"String":"ab"},"content":""}]}""", "replacing 'ab' across pieces")]
    [InlineData("decoder", "null", "the file has no decoder")]
    [InlineData("added_tokens", """[{"id":0,"content":"a b"}]""", "the id 0 is given to")]
    [InlineData("added_tokens", """[{"id":600,"content":"new"}]""", "'new' has the id 600, but 513 tokens have the ids 0 to 512")]
    [InlineData("added_tokens", """[{"id":512,"content":"new"},{"id":512,"content":"newer"}]""", "the id 512 is given to 'new' and to 'newer'")]
    [InlineData("added_tokens", """[{"id":512,"content":""}]""", "the content is empty")]
    [InlineData("added_tokens", """[{"id":512,"content":"<s>"}]""", "'<s>' is 1 here and 512 among the added tokens")]
    [InlineData("added_tokens", """[{"id":"512","content":"new"}]""", "some.json.added_tokens[0].id: String stands where a whole number belongs")]
    [InlineData("model.type", "\"Unigram\"", "the type 'Unigram' is not run by this build; of tokenizer.json it runs BPE")]
    [InlineData("model.type", "\"WordPiece\"", "the type 'WordPiece' is not run")]
    [InlineData("model.dropout", "0.1", "dropout draws ids at random")]
    [InlineData("model.end_of_word_suffix", "\"</w>\"", "some.json.model.end_of_word_suffix: '</w>' is not run")]
    [InlineData("model.unk_token", "\"<none>\"", "'<none>' is not in the vocabulary")]
    [InlineData("model.merges", """["a"]""", "a merge is two tokens")]
    [InlineData("model.merges", """[["a","<none>"]]""", "'a' and '<none>' are not both in the vocabulary")]
    [InlineData("model.merges", "null", "some.json.model: the member merges is missing")]
    [InlineData("model.vocab", """{"a":0,"b":0}""", "the id 0 is given to 'a' and to 'b'")]
    [InlineData("model.vocab", """{"a":"b"}""", "String stands where a whole number belongs")]
    public void A_part_is_refused_by_name(string path, string json, string sentence)
    {
        var root = JsonNode.Parse(Whole)!;
        var keys = path.Split('.');
        if (path == "model.vocab") root["added_tokens"] = new JsonArray();
        (keys.Length == 1 ? root : root[keys[0]]!)[keys[^1]] = JsonNode.Parse(json);
        Refusal(root.ToJsonString()).ShouldContain(sentence);
    }

    [Fact]
    public void A_file_that_is_no_such_json_is_refused()
    {
        Refusal("{").ShouldBe("some.json: the file is not JSON, or nests deeper than 48 (line 1); repair it.");
        Refusal("[]").ShouldContain("some.json: Array stands where a JSON object belongs");
        Refusal("{}").ShouldContain("some.json: the member model is missing");
        Refusal(new string('[', 1000)).ShouldContain("nests deeper than 48");
        Refusal(Whole.Replace("\"<unk>\": 0,", "\"<unk>\": 0,\"<unk>\": 1,")).ShouldContain("'<unk>' is there twice, as 0 and as 1");
        Refusal(Whole.Replace("\"content\": \"<s>\"", "\"content\": \"\\ud800\"")).ShouldContain("a string in the file is not Unicode text");
    }

    [Fact]
    public void Replacements_that_grow_and_grow_are_stopped()
    {
        var root = JsonNode.Parse(Whole)!;
        var step = """{"type":"Replace","pattern":{"String":"a"},"content":"aaaaaaaaaa"}""";
        root["normalizer"] = JsonNode.Parse($$"""{"type":"Sequence","normalizers":[{{string.Join(',', Enumerable.Repeat(step, 40))}}]}""");
        var tokenizer = TokenizerJson.Parse(Encoding.UTF8.GetBytes(root.ToJsonString()));
        Should.Throw<InvalidDataException>(() => tokenizer.Encode("a")).Message.ShouldStartWith("The replacements of the tokenizer make ");
    }

    [Fact]
    public void A_name_in_the_configuration_that_the_vocabulary_lacks_is_told()
    {
        var folder = Directory.CreateTempSubdirectory().FullName;
        File.WriteAllText(Path.Combine(folder, "tokenizer.json"), Whole);
        File.WriteAllText(Path.Combine(folder, "tokenizer_config.json"), """{"bos_token":{"content":"</s>"},"eos_token":"<s>","add_bos_token":false,"pad_token":"<none>"}""");
        var tokenizer = Puna.Text.Tokenizers.Load(folder);
        (tokenizer.BosId, tokenizer.EosId, tokenizer.PadId, tokenizer.AddsBos).ShouldBe((2, 1, null, false));
        File.WriteAllText(Path.Combine(folder, "tokenizer_config.json"), """{"bos_token":"<none>"}""");
        Should.Throw<InvalidDataException>(() => Puna.Text.Tokenizers.Load(folder)).Message.ShouldContain("tokenizer_config.json names the symbol '<none>', which the vocabulary lacks");
    }

    private static string Refusal(string json) => Should.Throw<InvalidDataException>(() => TokenizerJson.Parse(Encoding.UTF8.GetBytes(json), "some.json")).Message;
}
