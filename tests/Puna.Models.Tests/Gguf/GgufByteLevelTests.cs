using Puna.Tensors;
using Puna.Tests;
using Puna.Text;

namespace Puna.Models.Tests;

public class GgufByteLevelTests
{
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
