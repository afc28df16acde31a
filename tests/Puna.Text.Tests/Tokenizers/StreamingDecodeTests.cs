using FsCheck;
using FsCheck.Fluent;

namespace Puna.Text.Tests;

/// <summary>Ids decoded one by one say what decoding all at once says, and never half a character.</summary>
public class StreamingDecodeTests
{
    [SkippableTheory]
    [InlineData("llama3")]
    [InlineData("gpt2")]
    [InlineData("llama2")]
    [InlineData("torchtune/tiny_bpe_tokenizer.json")]
    [InlineData("llama-cpp/ggml-vocab-deepseek-coder.gguf")]
    public void Any_ids(string file)
    {
        var tokenizer = ReleasedTokenizers.Load(file);
        Check(tokenizer, Gen.Choose(0, tokenizer.VocabularySize - 1).ArrayOf());
        // Mostly bytes, so that characters come in parts.
        Check(tokenizer, Gen.Choose(0, Math.Min(300, tokenizer.VocabularySize - 1)).ArrayOf());
    }

    [SkippableFact]
    public void Any_ids_of_a_byte_fallback_encoding()
    {
        var tokenizer = TokenizerJson.Parse(TokenizerJsonWriter.ToBytes(ReleasedTokenizers.Llama2));
        Check(tokenizer, Gen.Choose(0, 300).ArrayOf());
        Check(tokenizer, Gen.Choose(0, tokenizer.VocabularySize - 1).ArrayOf());
    }

    [SkippableTheory]
    [InlineData("llama3")]
    [InlineData("gpt2")]
    [InlineData("llama-cpp/ggml-vocab-gpt-2.gguf")]
    public void Any_text_comes_back_from_its_ids(string file)
    {
        var tokenizer = ReleasedTokenizers.Load(file);
        FsCheck.Check.One(RandomText.Runs(1000), Prop.ForAll(RandomText.Arbitrary, text => tokenizer.Decode(tokenizer.Encode(text)).ShouldBe(text, RandomText.Codes(text))));
    }

    [SkippableFact]
    public void Bytes_of_an_unfinished_character_wait_and_become_one_mark_at_the_end()
    {
        var tokenizer = ReleasedTokenizers.Llama3;
        var decoder = tokenizer.CreateDecoder();
        int Byte(int value) => Enumerable.Range(0, 256).First(id => tokenizer.IdToBytes(id) is [var only] && only == value);
        foreach (var value in new[] { 0xF0, 0x9F, 0xA6 }) decoder.Append(Byte(value)).ShouldBe("");
        decoder.Append(tokenizer.BosId!.Value).ShouldBe("");
        decoder.Append(Byte(0x99)).ShouldBe("\U0001F999");
        decoder.Append(Byte(0xF0)).ShouldBe("");
        decoder.Append(Byte(0x9F)).ShouldBe("");
        decoder.Flush().ShouldBe("\uFFFD");
        decoder.Append(Byte(0xFF)).ShouldBe("\uFFFD");
    }

    private static void Check(Tokenizer tokenizer, Gen<int[]> ids) => FsCheck.Check.One(RandomText.Runs(1000), Prop.ForAll(ids.ToArbitrary(), list =>
    {
        var decoder = tokenizer.CreateDecoder();
        List<string> parts = [.. list.Select(decoder.Append)];
        parts.Add(decoder.Flush());
        string.Concat(parts).ShouldBe(tokenizer.Decode(list));
        parts.ShouldAllBe(part => part.Length == 0 || !char.IsHighSurrogate(part[part.Length - 1]));
    }));
}
