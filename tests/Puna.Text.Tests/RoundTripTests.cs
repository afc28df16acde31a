using System.Text;
using FsCheck;
using FsCheck.Fluent;

namespace Puna.Text.Tests;

public class RoundTripTests
{
    // U+2581 is SentencePiece's own spelling of a space and so the one character that cannot come back.
    private static readonly Gen<int> Character = Gen.Frequency(
        (5, Gen.Choose(1, 127)), (4, Gen.Elements(new int[] { ' ', '\n', 'a', 'e', 'q', '1', 'ß', '語', 0x1F999, 0xFFFD })), (2, Gen.Choose(128, 0xD7FF)), (1, Gen.Choose(0xE000, 0x10FFFF)));

    private static readonly Arbitrary<string> Text = Character.Where(c => c != TextNormalizer.Space).ListOf()
        .Select(all => string.Concat(all.Select(c => new Rune(c).ToString()))).ToArbitrary();

    [Theory]
    [InlineData("bpe_512_llama")]
    [InlineData("bpe_512_llama_no_dummy_prefix")]
    public void Decoding_gives_back_any_text_where_bytes_stand_in(string name)
    {
        var tokenizer = GoldenModels.LoadStored(name);
        Check.QuickThrowOnFailure(Prop.ForAll(Text, text => tokenizer.Decode(tokenizer.Encode(text)) == text));
    }

    [Theory]
    [InlineData("bpe_512_llama")]
    [InlineData("bpe_512_ascii_symbols")]
    [InlineData("unigram_1000_identity_no_dummy_prefix")]
    public void A_stream_of_any_ids_says_what_decoding_all_at_once_says(string name)
    {
        var tokenizer = GoldenModels.LoadStored(name);
        var ids = Gen.Choose(0, tokenizer.VocabularySize - 1).ArrayOf().ToArbitrary();
        Check.QuickThrowOnFailure(Prop.ForAll(ids, list =>
        {
            var decoder = tokenizer.CreateDecoder();
            List<string> parts = [.. list.Select(decoder.Append)];
            parts.Add(decoder.Flush());
            return string.Concat(parts) == tokenizer.Decode(list) && parts.All(part => part.Length == 0 || !char.IsHighSurrogate(part[^1]));
        }));
    }

    [Fact]
    public void A_stream_holds_back_half_a_character()
    {
        var tokenizer = GoldenModels.LoadStored("bpe_512_llama");
        int Byte(int value) => tokenizer.TryGetId($"<0x{value:X2}>", out var id) ? id : throw new InvalidOperationException();
        var decoder = tokenizer.CreateDecoder();
        foreach (var b in new[] { 0xF0, 0x9F, 0xA6 }) decoder.Append(Byte(b)).ShouldBe("");
        decoder.Append(Byte(0x99)).ShouldBe("\U0001F999");
        decoder.Append(Byte(0xF0)).ShouldBe("");
        decoder.Flush().ShouldBe("\uFFFD");
    }

    [Fact]
    public void Half_a_surrogate_pair_counts_as_the_replacement_character()
    {
        var tokenizer = GoldenModels.LoadStored("bpe_512_llama");
        tokenizer.Encode("a\uD83E").ShouldBe(tokenizer.Encode("a\uFFFD"));
        tokenizer.Encode("\uDD99a").ShouldBe(tokenizer.Encode("\uFFFDa"));
    }

    [Fact]
    public void An_id_outside_the_vocabulary_is_named()
    {
        var tokenizer = GoldenModels.LoadStored("bpe_512_llama");
        Should.Throw<ArgumentOutOfRangeException>(() => tokenizer.Decode([512])).Message.ShouldStartWith("Id 512 is not in the vocabulary, whose ids are 0 to 511.");
    }
}
