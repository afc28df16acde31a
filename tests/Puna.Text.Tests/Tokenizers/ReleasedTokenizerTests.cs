namespace Puna.Text.Tests;

/// <summary>Vocabularies of released models give the ids that the originals give.</summary>
public class ReleasedTokenizerTests
{
    [SkippableTheory]
    [InlineData("llama2", "llama2")]
    [InlineData("llama2/tokenizer.bin", "llama2")]
    [InlineData("llama-cpp/ggml-vocab-llama-spm.gguf", "llama2")]
    [InlineData("llama3", "llama3")]
    [InlineData("gpt2", "gpt2")]
    [InlineData("llama-cpp/ggml-vocab-gpt-2.gguf", "gpt2")]
    public void Every_golden_text_gives_its_ids_and_they_give_it_back(string file, string kind)
    {
        var tokenizer = ReleasedTokenizers.Load(file);
        var count = 0;
        foreach (var (text, ids) in ReleasedTokenizers.Cases(kind))
        {
            tokenizer.Encode(text).ShouldBe(ids, text);
            tokenizer.Decode(ids).ShouldBe(text);
            count++;
        }
        count.ShouldBe(80);
    }

    [SkippableTheory]
    [InlineData("llama3", "llama-bpe")]
    [InlineData("llama2", "llama-spm")]
    [InlineData("llama-cpp/ggml-vocab-llama-spm.gguf", "llama-spm")]
    [InlineData("llama-cpp/ggml-vocab-phi-3.gguf", "phi-3")]
    [InlineData("llama-cpp/ggml-vocab-gpt-2.gguf", "gpt-2")]
    [InlineData("llama-cpp/ggml-vocab-starcoder.gguf", "starcoder")]
    [InlineData("llama-cpp/ggml-vocab-falcon.gguf", "falcon")]
    [InlineData("llama-cpp/ggml-vocab-deepseek-coder.gguf", "deepseek-coder")]
    [InlineData("llama-cpp/ggml-vocab-bert-bge.gguf", "bert-bge")]
    public void Every_text_of_llama_cpp_gives_its_ids(string file, string name)
    {
        var tokenizer = ReleasedTokenizers.Load(file);
        var count = 0;
        foreach (var (text, ids) in ReleasedTokenizers.LlamaCppCases(name))
        {
            tokenizer.Encode(text).ShouldBe(ids, text);
            count++;
        }
        count.ShouldBeGreaterThan(40);
    }

    [SkippableFact]
    public void Llama_3_has_its_special_tokens_and_its_dialog()
    {
        var tokenizer = ReleasedTokenizers.Llama3;
        (tokenizer.VocabularySize, tokenizer.BosId, tokenizer.EosId, tokenizer.PadId, tokenizer.AddsBos).ShouldBe((128256, 128000, 128001, 128004, true));
        var golden = ReleasedTokenizers.Golden();
        foreach (var special in golden.GetProperty("llama3_special").EnumerateObject())
        {
            tokenizer.TryGetId(special.Name, out var id).ShouldBeTrue();
            id.ShouldBe(special.Value.GetInt32());
            tokenizer.IdToPiece(id).ShouldBe(special.Name);
            tokenizer.Encode(special.Name).ShouldAllBe(part => part < 128000);
            tokenizer.Encode(special.Name, new EncodeOptions(ParseSpecial: true)).ShouldBe([id]);
        }
        var dialog = golden.GetProperty("llama3_dialog");
        var turns = dialog.GetProperty("messages").EnumerateArray().Select(message => new ChatTurn(message.GetProperty("role").GetString()!, message.GetProperty("content").GetString()!)).ToArray();
        ChatTemplates.Llama3.Encode(tokenizer, turns, addGenerationPrompt: true).Ids.ShouldBe(ReleasedTokenizers.Ids(dialog.GetProperty("ids")));
    }

    [SkippableFact]
    public void Every_id_decodes()
    {
        foreach (var file in (string[])["llama3", "llama2", "gpt2", "llama-cpp/ggml-vocab-deepseek-coder.gguf"])
        {
            var tokenizer = ReleasedTokenizers.Load(file);
            for (var id = 0; id < tokenizer.VocabularySize; id++)
            {
                var text = tokenizer.Decode([id]);
                if (!tokenizer.IsControl(id) && text.Length == 0) tokenizer.IdToPiece(id).ShouldBe("\u2581", $"{file}: id {id} is no text");
            }
        }
    }
}
