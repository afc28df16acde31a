using System.Text;
using Puna.Tests;

namespace Puna.Text.Tests;

/// <summary>The bytes that ids add, joined, are the text that they decode to.</summary>
public class TextBytesTests
{
    [SkippableTheory]
    [InlineData("llama3")]
    [InlineData("gpt2")]
    [InlineData("llama2")]
    [InlineData("torchtune/tokenizer.json")]
    [InlineData("torchtune/tiny_bpe_tokenizer.json")]
    [InlineData("llama-cpp/ggml-vocab-llama-spm.gguf")]
    [InlineData("llama-cpp/ggml-vocab-deepseek-coder.gguf")]
    [InlineData("llama-cpp/ggml-vocab-bert-bge.gguf")]
    public void Of_released_vocabularies(string file) => Check(ReleasedTokenizers.Load(file));

    [SkippableFact]
    public void Of_a_byte_fallback_encoding() => Check(TokenizerJson.Parse(TokenizerJsonWriter.ToBytes(ReleasedTokenizers.Llama2)));

    [Theory]
    [InlineData("bpe_512_llama")]
    [InlineData("bpe_512_ascii_symbols")]
    [InlineData("bpe_512_llama_no_dummy_prefix")]
    [InlineData("unigram_1000_identity_no_dummy_prefix")]
    public void Of_small_vocabularies(string name) => Check(Puna.Text.Tokenizers.Load(SharedData.Golden($"sentencepiece/{name}.model")));

    private static void Check(Tokenizer tokenizer)
    {
        var (state, compared) = (1u, 0);
        for (var run = 0; run < 4000; run++)
        {
            var ids = new int[1 + Next(5)];
            for (var i = 0; i < ids.Length; i++)
            {
                do ids[i] = Next(Next(2) == 0 ? tokenizer.VocabularySize : Math.Min(300, tokenizer.VocabularySize));
                while (tokenizer.IsControl(ids[i]));
            }
            var bytes = new List<byte>();
            foreach (var id in ids)
            {
                // the first one that has text; one that is a dropped space alone may or may not count as the beginning
                var atStart = bytes.Count == 0;
                var text = tokenizer.TextBytes(id, atStart);
                if (atStart && text.Length == 0 && tokenizer.TextBytes(id).Length > 0)
                {
                    bytes.Clear();
                    break;
                }
                bytes.AddRange(text);
            }
            if (bytes.Count == 0 || !System.Text.Unicode.Utf8.IsValid(bytes.ToArray())) continue;
            tokenizer.Decode(ids).ShouldBe(Encoding.UTF8.GetString([.. bytes]), string.Join(' ', ids));
            compared++;
        }
        compared.ShouldBeGreaterThan(500);

        int Next(int limit)
        {
            state = (state * 1664525) + 1013904223;
            return (int)((state >> 8) % (uint)limit);
        }
    }
}
