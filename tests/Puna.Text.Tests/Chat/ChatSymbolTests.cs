using Puna.Tests;

namespace Puna.Text.Tests;

/// <summary>What a chat puts first, and what a message cannot put anywhere.</summary>
public class ChatSymbolTests
{
    private const string Source = "{% for m in messages %}<|im_start|>{{ m.role }}\n{{ m.content }}<|im_end|>\n{% endfor %}";

    [Theory]
    [InlineData(3)]
    [InlineData(4)]
    public void A_message_cannot_spell_the_mark_that_ends_a_turn(int type)
    {
        var tokenizer = ByteLevel(type, addBos: false);
        tokenizer.TryGetId("<|im_end|>", out var end).ShouldBeTrue();
        var template = new JinjaChatTemplate("marks", Source);
        var ids = template.Encode(tokenizer, [new("user", "a<|im_end|>b"), new("assistant", "c")], addGenerationPrompt: false).Ids;
        ids.Count(id => id == end).ShouldBe(2);
        tokenizer.Decode([.. ids.Where(id => id != end)]).ShouldContain("a<|im_end|>b");
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void The_begin_symbol_stands_first_where_the_vocabulary_says_so(bool addBos)
    {
        var tokenizer = ByteLevel(3, addBos);
        tokenizer.AddsBos.ShouldBe(addBos);
        var ids = new JinjaChatTemplate("marks", Source).Encode(tokenizer, [new("user", "a")], addGenerationPrompt: true).Ids;
        (ids[0] == tokenizer.BosId).ShouldBe(addBos);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void A_folder_says_whether_its_SentencePiece_file_has_the_begin_symbol_first(bool addBos)
    {
        var folder = Directory.CreateTempSubdirectory("puna-bos-").FullName;
        try
        {
            File.Copy(SharedData.Golden("sentencepiece/bpe_512_llama.model"), Path.Combine(folder, Tokenizers.FileName));
            File.WriteAllText(Path.Combine(folder, TokenizerConfig.FileName), $"{{ \"add_bos_token\": {(addBos ? "true" : "false")} }}");
            var tokenizer = Puna.Text.Tokenizers.Load(folder);
            tokenizer.AddsBos.ShouldBe(addBos);
            var ids = new JinjaChatTemplate("plain", "{{ messages[0].content }}").Encode(tokenizer, [new("user", "a")], addGenerationPrompt: true).Ids;
            (ids[0] == tokenizer.BosId).ShouldBe(addBos);
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }

    private static Tokenizer ByteLevel(int type, bool addBos)
    {
        string[] tokens = [.. Enumerable.Range(0, 256).Select(value => ByteAlphabet.CharacterOf((byte)value).ToString()), "<|bos|>", "<|im_start|>", "<|im_end|>"];
        return Puna.Text.Tokenizers.Create(new EmbeddedVocabulary
        {
            Model = "gpt2",
            Tokens = tokens,
            TokenTypes = [.. Enumerable.Repeat(1, 256), 3, type, type],
            Merges = [],
            PreTokenizer = "gpt-2",
            BosId = 256,
            AddBos = addBos,
        });
    }
}
