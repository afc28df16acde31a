using Puna.Tests;
using Puna.Text;

namespace Puna.Inference.Tests;

public class DraftVocabularyTests
{
    [Fact]
    public void The_same_vocabulary_is_welcome_and_another_is_refused_with_the_first_difference()
    {
        var model = Load("bpe_512_llama");
        DraftVocabulary.Require(model, Load("bpe_512_llama"));
        Should.Throw<InvalidDataException>(() => DraftVocabulary.Require(model, Load("unigram_1000_identity_no_dummy_prefix"))).Message.ShouldMatch("another vocabulary: it has \\d+ tokens and the model 512;");
        var message = Should.Throw<InvalidDataException>(() => DraftVocabulary.Require(model, Load("bpe_512_ascii_symbols"))).Message;
        message.ShouldContain("another vocabulary: token ");
        message.ShouldContain("in the model");
    }

    private static Tokenizer Load(string name) => Tokenizers.Load(SharedData.Golden($"sentencepiece/{name}.model"));
}
