using System.Text.Json;
using Puna.Tests;

namespace Puna.Text.Tests;

/// <summary>The tokenizer files that released models use.</summary>
public class LlamaTokenizerTests
{
    [SkippableFact]
    public void Llama_2_encodes_every_case_as_the_original_does()
    {
        var tokenizer = Tokenizers.Load(SharedData.Shared("data/tokenizers/llama2"));
        (tokenizer.VocabularySize, tokenizer.UnknownId, tokenizer.BosId, tokenizer.EosId, tokenizer.PadId).ShouldBe((32000, 0, 1, 2, null));
        tokenizer.Encode("Hello world").ShouldBe([15043, 3186]);
        tokenizer.Encode("[INST] hi [/INST]").ShouldBe([518, 25580, 29962, 7251, 518, 29914, 25580, 29962]);
        tokenizer.Encode(" 2024").ShouldBe([259, 29906, 29900, 29906, 29946]);
        tokenizer.Encode("\U0001F999").ShouldBe([29871, 243, 162, 169, 156]);
        var cases = JsonDocument.Parse(File.ReadAllText(SharedData.Shared("data/golden/tokenizers.json"))).RootElement.GetProperty("cases");
        foreach (var item in cases.EnumerateArray())
        {
            var text = item.GetProperty("text").GetString()!;
            var expected = item.GetProperty("llama2").EnumerateArray().Select(id => id.GetInt32()).ToArray();
            tokenizer.Encode(text).ShouldBe(expected, text);
        }
    }

    [SkippableFact]
    public void Llama_2_chat_ids_are_those_of_the_published_format()
    {
        var tokenizer = Tokenizers.Load(SharedData.Shared("data/tokenizers/llama2"));
        var chat = ChatTemplates.Llama2.Encode(tokenizer, [new("user", "hi"), new("assistant", "Hello world")], false);
        chat.Ids.ShouldBe([1, 518, 25580, 29962, 7251, 518, 29914, 25580, 29962, 15043, 3186, 29871, 2]);
        chat.IsAnswer.Count(answer => answer).ShouldBe(4);
    }

    [SkippableTheory]
    [InlineData("sentencepiece/test_model.model")]
    [InlineData("torchtune/sentencepiece-2000.model")]
    public void Other_models_load_and_are_written_again_byte_for_byte(string file)
    {
        var path = SharedData.Shared("data/tokenizers/" + file);
        var tokenizer = Tokenizers.Load(path);
        tokenizer.Decode(tokenizer.Encode("Hello world")).ShouldBe("Hello world");
        SentencePieceModel.Load(path).ToBytes().ShouldBe(File.ReadAllBytes(path));
    }

    [SkippableFact]
    public void Llama_3s_file_of_the_same_name_is_told_apart() => Tokenizers.Load(SharedData.Shared("data/tokenizers/llama3")).ShouldBeOfType<ByteLevelBpe>();
}
