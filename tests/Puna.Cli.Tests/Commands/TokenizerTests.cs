using System.Text.Json;
using Puna.Text;

namespace Puna.Cli.Tests;

public sealed class TokenizerTests : IDisposable
{
    private readonly Scratch _scratch = new();

    public void Dispose() => _scratch.Dispose();

    private string Train(params string[] more)
    {
        CommandLine.Done(["tokenizer", "train", "--data", Tiny.Text, "--output", _scratch["t.model"], .. more]);
        return _scratch["t.model"];
    }

    [Fact]
    public void Training_saves_a_file_or_a_folder_and_shows_progress()
    {
        var outcome = CommandLine.Done("tokenizer", "train", "--data", Tiny.Text, "--vocab-size", "60", "--output", _scratch["folder"]);
        outcome.Output.ShouldContain("60 pieces");
        outcome.Error.ShouldContain("100");
        Tokenizers.Load(_scratch["folder"]).VocabularySize.ShouldBe(60);
        Tokenizers.Load(Train("--type", "char")).ShouldBeOfType<SentencePieceCharacters>();
        CommandLine.Done("tokenizer", "train", "--data", Tiny.Text, "--vocab-size", "60", "-o", _scratch["t.model"], "--json").Json.GetProperty("vocab_size").GetInt32().ShouldBe(60);
    }

    [Fact]
    public void A_byte_level_vocabulary_is_saved_as_tokenizer_json_or_as_ranks()
    {
        string[] train = ["tokenizer", "train", "--data", Tiny.Text, "--type", "byte-bpe", "--vocab-size", "300", "--output"];
        CommandLine.Done([.. train, _scratch["folder"], "--split-rule", "gpt-2", "--control-symbol", "<|eot_id|>"]).Output.ShouldContain("tokenizer.json");
        var tokenizer = Tokenizers.Load(_scratch["folder"]).ShouldBeOfType<ByteLevelBpe>();
        (tokenizer.VocabularySize, tokenizer.IdToPiece(299)).ShouldBe((300, "<|eot_id|>"));
        CommandLine.Done([.. train, _scratch["t.tiktoken"]]);
        Tokenizers.Load(_scratch["t.tiktoken"]).ShouldBeOfType<ByteLevelBpe>();
        CommandLine.Refused([.. train, _scratch["no.json"], "--llama"], "--llama has no effect on --type byte-bpe");
        CommandLine.Refused([.. train, _scratch["no.json"], "--split-rule", "unheard-of"], "'unheard-of'");
        CommandLine.Refused(["tokenizer", "train", "--data", Tiny.Text, "--output", _scratch["no.model"], "--split-rule", "gpt-2"], "--split-rule has no effect on --type bpe");
    }

    [Fact]
    public void A_unigram_vocabulary_is_trained_in_the_memory_that_is_given()
    {
        string[] train = ["tokenizer", "train", "--data", Tiny.Text, "--type", "unigram", "--vocab-size", "40", "--output"];
        var outcome = CommandLine.Done([.. train, _scratch["folder"], "--memory", "64M", "--threads", "2", "--json"]);
        (outcome.Json.GetProperty("vocab_size").GetInt32(), outcome.Json.GetProperty("dropped_words").GetInt64()).ShouldBe((40, 0));
        Tokenizers.Load(_scratch["folder"]).ShouldBeOfType<SentencePieceUnigram>();
        var words = _scratch.Write("many.txt", string.Concat(Enumerable.Range(0, 40_000).Select(i => $"{i * 7919 % 1_000_003} ok\n")));
        var said = CommandLine.Done("tokenizer", "train", "--data", words, "--vocab-size", "30", "--memory", "1M", "-o", _scratch["many.model"]);
        said.Error.ShouldContain("rare words were left out");
        CommandLine.Refused([.. train, _scratch["no.model"], "--memory", "1K"], "--memory 1K: use a size of at least 1M");
        CommandLine.Refused([.. train, _scratch["no.model"], "--memory", "much"], "for example 512M or 2G");
        CommandLine.Refused([.. train, _scratch["no.model"], "--split-rule", "gpt-2"], "no effect on --type unigram");
        CommandLine.Refused(["tokenizer", "train", "--data", Tiny.Text, "--type", "char", "--memory", "1G", "-o", _scratch["no.model"]], "--memory has no effect on --type char");
    }

    [Fact]
    public void A_vocabulary_that_cannot_be_is_refused_with_the_number()
    {
        string[] train = ["tokenizer", "train", "--data", Tiny.Text, "--output", _scratch["no.model"]];
        CommandLine.Refused([.. train, "--vocab-size", "200", "--byte-fallback"], "256");
        CommandLine.Refused([.. train, "--vocab-size", "100000"], "largest possible");
        CommandLine.Refused([.. train, "--normalization", "nfd"], "nmt_nfkc");
        File.Exists(_scratch["no.model"]).ShouldBeFalse();
    }

    [Theory]
    [InlineData("the cat sees the moon")]
    [InlineData("  two  spaces\nand a line end\n")]
    [InlineData("naïve 漢字 🙂 \t </s> <0x41>")]
    [InlineData("")]
    public void Plain_text_goes_through_and_back_exactly(string text)
    {
        var tokenizer = Train("--vocab-size", "300", "--llama");
        var ids = CommandLine.RunWith(text, "tokenizer", "encode", "--tokenizer", tokenizer);
        ids.Code.ShouldBe(0, ids.Error);
        ids.Output.TrimEnd('\n').ShouldMatch("^[0-9 ]*$");
        CommandLine.RunWith(ids.Output, "tokenizer", "decode", "--tokenizer", tokenizer).Output.ShouldBe(text);
    }

    [Fact]
    public void Json_has_a_value_a_line_both_ways()
    {
        var tokenizer = Train("--vocab-size", "300", "--llama");
        string[] texts = ["the cat", "", "a\nb \"c\"", "漢字 🙂"];
        var lines = string.Concat(texts.Select(text => JsonSerializer.Serialize(text) + "\n"));
        var ids = CommandLine.RunWith(lines, "tokenizer", "encode", "--tokenizer", tokenizer, "--json");
        ids.Output.TrimEnd('\n').Split('\n').Length.ShouldBe(texts.Length);
        var back = CommandLine.RunWith(ids.Output, "tokenizer", "decode", "--tokenizer", tokenizer, "--json");
        back.Output.TrimEnd('\n').Split('\n').Select(line => JsonSerializer.Deserialize<string>(line)).ShouldBe(texts);
    }

    [Fact]
    public void Special_symbols_come_only_when_asked_for()
    {
        var tokenizer = Train("--vocab-size", "300", "--llama");
        string[] encode = ["tokenizer", "encode", "--tokenizer", tokenizer];
        var plain = CommandLine.RunWith("cat</s>", encode).Output.Trim();
        plain.Split(' ').ShouldNotContain("2");
        CommandLine.RunWith("cat</s>", [.. encode, "--parse-special"]).Output.Trim().ShouldEndWith(" 2");
        CommandLine.RunWith("cat</s>", [.. encode, "--add-bos", "--add-eos"]).Output.Trim().ShouldBe($"1 {plain} 2");
    }

    [Fact]
    public void Input_that_is_not_what_it_must_be_is_named_with_its_place()
    {
        var tokenizer = Train("--vocab-size", "60");
        void Refused(string input, string[] args, params string[] words)
        {
            var outcome = CommandLine.RunWith(input, ["tokenizer", .. args, "--tokenizer", tokenizer]);
            outcome.Code.ShouldBe(2);
            foreach (var word in words) outcome.Mistakes.ShouldHaveSingleItem().ShouldContain(word);
        }
        Refused("\"a\"\n[1]\n", ["encode", "--json"], "line 2", "JSON string");
        Refused("[1]\n\"a\"\n", ["decode", "--json"], "line 2", "array of ids");
        Refused("[1,60]", ["decode", "--json"], "id 60", "number 2 of line 1", "0 to 59");
        Refused("1 two", ["decode"], "'two'", "word 2");
        Refused("1 -1", ["decode"], "id -1");
        CommandLine.Refused(["tokenizer", "encode", "--tokenizer", _scratch["none.model"]], "none.model");
    }
}
