using System.Buffers.Binary;
using System.Runtime.CompilerServices;
using System.Text;
using System.Text.Json.Nodes;

namespace Puna.Text.Tests;

/// <summary>Tokenizer files that are well formed and made to cost: each is refused with a sentence before it does.</summary>
public class HostileTokenizerTests
{
    private static readonly string Whole = Encoding.UTF8.GetString(TokenizerJsonWriter.ToBytes(GoldenModels.LoadStored("bpe_512_llama")));

    [Theory]
    [InlineData("normalizer", "normalizers", """{"type":"NFC"}""")]
    [InlineData("pre_tokenizer", "pretokenizers", """{"type":"Whitespace"}""")]
    [InlineData("decoder", "decoders", """{"type":"Fuse"}""")]
    public void A_chain_has_at_most_64_steps(string part, string list, string step)
    {
        Chain(64); // as many are read, or refused for something else
        Chain(65).ShouldContain($"some.json.{part}: more than 64 steps");

        string Chain(int steps) => Refusal(part, $$"""{"type":"Sequence","{{list}}":[{"type":"Sequence","{{list}}":[{{string.Join(",", Enumerable.Repeat(step, steps))}}]}]}""");
    }

    [Fact]
    public void A_decoder_puts_little_into_each_piece() =>
        Refusal("decoder", $$"""{"type":"Replace","pattern":{"String":"a"},"content":"{{new string('x', 65)}}"}""").ShouldContain("some.json.decoder.content: the text is longer than 64 characters");

    [Fact]
    public void A_regular_expression_has_a_length() =>
        Refusal("pre_tokenizer", $$"""{"type":"Split","pattern":{"Regex":"{{new string('a', 16385)}}"},"behavior":"Isolated"}""").ShouldContain("a regular expression of 16385 characters; at most 16384 are read");

    [Fact]
    public void What_an_unknown_id_decodes_to_is_short()
    {
        var model = SentencePieceModel.Load(GoldenModels.Stored("bpe_512_ascii_symbols.model"));
        model.Trainer.UnknownSurface = new string('x', 257);
        Should.Throw<InvalidDataException>(() => SentencePieceModel.Parse(model.ToBytes(), "some.model")).Message.ShouldContain("(unk_surface) has 257 characters");
    }

    [Theory]
    [InlineData(0, 1000, "characters of a text of 1000; a tokenizer's rules keep a text about as long as it is")]
    [InlineData(1, 1, "points into a replacement of more than 1024 characters")]
    public void Character_rules_do_not_blow_a_text_up(int start, int times, string sentence)
    {
        // a trie whose one rule turns «a» into the text that begins at a byte of the replacements
        var units = new uint['a' + 512];
        units[0] = 1 << 10;
        units[1 ^ 'a'] = 'a' | 0x100 | ((300u ^ 1 ^ 'a') << 10);
        units[300] = 0x8000_0000 | (uint)start;
        var rules = new byte[4 + (4 * units.Length) + 2001];
        BinaryPrimitives.WriteInt32LittleEndian(rules, 4 * units.Length);
        for (var i = 0; i < units.Length; i++) BinaryPrimitives.WriteUInt32LittleEndian(rules.AsSpan(4 + (4 * i)), units[i]);
        rules.AsSpan(rules.Length - 2001, 2000).Fill((byte)'b');
        var model = SentencePieceModel.Load(GoldenModels.Stored("bpe_512_ascii_symbols.model"));
        model.Normalizer.CharsMap = rules;
        var tokenizer = Puna.Text.Tokenizers.Create(SentencePieceModel.Parse(model.ToBytes(), "some.model"), "some.model");
        Should.Throw<InvalidDataException>(() => tokenizer.Encode(new string('a', times))).Message.ShouldContain(sentence);
    }

    [Fact]
    public void A_tokenizer_that_was_used_goes_when_nobody_holds_it()
    {
        var one = Used();
        GC.GetTotalMemory(forceFullCollection: true).ShouldBeGreaterThan(0);
        one.IsAlive.ShouldBeFalse();
    }

    [MethodImpl(MethodImplOptions.NoInlining)]
    private static WeakReference Used()
    {
        var tokenizer = RankFile.Parse(SmallFiles.Ranks());
        tokenizer.Encode("hello world");
        return new WeakReference(tokenizer);
    }

    /// <summary>The sentence; empty where the file is read.</summary>
    private static string Refusal(string part, string json)
    {
        var root = JsonNode.Parse(Whole)!;
        root[part] = JsonNode.Parse(json);
        try
        {
            TokenizerJson.Parse(Encoding.UTF8.GetBytes(root.ToJsonString()), "some.json");
            return "";
        }
        catch (InvalidDataException error)
        {
            return error.Message;
        }
    }
}
