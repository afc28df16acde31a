using Puna.Tensors;
using Puna.Tests;
using Puna.Text;

namespace Puna.Models.Tests;

public class GgufByteLevelTests
{
    [SkippableFact]
    public void Llama_2s_vocabulary_has_the_same_ids_from_its_model_from_tokenizer_json_and_from_a_GGUF_file_of_either()
    {
        using var scratch = new TemporaryFolder();
        using var pool = new WorkerPool(2);
        var pieces = Tokenizers.Load(SharedData.Shared("data/tokenizers/llama2"));
        TokenizerJsonWriter.Save(pieces, scratch["tokenizer.json"]);
        var merges = Tokenizers.Load(scratch["tokenizer.json"]).ShouldBeOfType<ByteFallbackBpe>();
        var network = LanguageNetwork.Create(LlamaConfig.Create(32, 32, 1, 2, 1, pieces.VocabularySize, 16) with { BosTokenId = 1 });
        foreach (var (name, tokenizer) in new[] { ("a.gguf", pieces), ("b.gguf", merges) }) GgufModel.Save(scratch[name], new LanguageModel(network, tokenizer, null), GgufMix.ByName("f16"), pool);
        Tokenizer[] all = [pieces, merges, TokenizerPath.Load(scratch["a.gguf"]), TokenizerPath.Load(scratch["b.gguf"])];
        var text = File.ReadAllText(SharedData.Shared("data/corpora/tinyshakespeare.txt"));
        foreach (var part in (string[])["", " ", "Hello, world!", "  two  spaces\n\n\tand a tab ", "\u00DCn\u00EFc\u00F6d\u00E9 \u65E5\u672C\u8A9E \U0001F642 don't", "<s> is text</s>", text[..30_000], .. text.Split('\n')[..500]])
            foreach (var one in all) one.Encode(part).ShouldBe(pieces.Encode(part), part.Length > 100 ? "Shakespeare" : part);
        foreach (var one in all) (one.VocabularySize, one.BosId, one.EosId, one.UnknownId, one.AddsBos).ShouldBe((32000, 1, 2, 0, true));
    }

    [SkippableTheory]
    [InlineData("data/tokenizers/gpt2")]
    [InlineData("data/tokenizers/llama3")]
    public void A_byte_level_vocabulary_comes_back_with_the_same_ids(string folder)
    {
        using var scratch = new TemporaryFolder();
        using var pool = new WorkerPool(2);
        var path = SharedData.Shared(folder);
        var tokenizer = Tokenizers.Load(Tokenizers.Find(path) ?? Directory.GetFiles(path).First(file => Path.GetFileName(file).StartsWith("tokenizer", StringComparison.Ordinal)));
        var network = LanguageNetwork.Create(LlamaConfig.Create(32, 32, 1, 2, 1, tokenizer.VocabularySize, 16));
        GgufModel.Save(scratch["m.gguf"], new LanguageModel(network, tokenizer, null), GgufMix.ByName("f16"), pool);
        using var source = ModelSource.Open(scratch["m.gguf"]);
        var read = source.Tokenizer.ShouldBeOfType<ByteLevelBpe>();
        (read.VocabularySize, read.BosId, read.EosId, read.AddsBos).ShouldBe((tokenizer.VocabularySize, tokenizer.BosId, tokenizer.EosId, tokenizer.AddsBos));
        foreach (var text in (string[])["Hello, world! 1234567 tokens", "  two  spaces\n\n\tand a tab", "Ünïcödé 日本語 🙂 don't", "<|eot_id|> is text", File.ReadAllText(SharedData.Shared("data/corpora/tinyshakespeare.txt"))[..20_000]])
            read.Encode(text).ShouldBe(tokenizer.Encode(text), text.Length > 100 ? "Shakespeare" : text);
    }
}
