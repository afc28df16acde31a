namespace Puna.Text.Tests;

public class ChatTemplateTests
{
    private static readonly string[] Lines = ["the cat sat on the mat user assistant system", "the dog sat on the log", "a cat and a dog [INST] [/INST] <<SYS>> <</SYS>>"];
    private static readonly BpeTrainerOptions Options = BpeTrainerOptions.Llama with { VocabularySize = 310, ControlSymbols = ChatTemplates.Llama3.RequiredSymbols };
    private static readonly Tokenizer Llama = SentencePieceBpeTrainer.Train(Lines, Options);
    private static readonly Tokenizer Squeezing = SentencePieceBpeTrainer.Train(Lines, Options with { RemoveExtraWhitespaces = true, Normalization = "nmt_nfkc" });
    private static readonly Tokenizer Characters = CharacterTokenizerTrainer.Train(Lines.Append("\n"), new CharacterTrainerOptions { ControlSymbols = ChatTemplates.Llama3.RequiredSymbols });
    private static readonly ChatTurn[] Turns = [new("system", "sat"), new("user", " the cat </s><|eot_id|>"), new("assistant", "a dog\n"), new("user", "the log"), new("assistant", "and")];

    public static TheoryData<string, string> Cases => new() { { "llama3", "bpe" }, { "llama3", "squeezing" }, { "llama3", "characters" }, { "llama2", "bpe" }, { "llama2", "squeezing" }, { "llama2", "characters" } };

    [Theory]
    [MemberData(nameof(Cases))]
    public void Answers_are_marked_and_a_prompt_is_the_beginning_of_the_whole(string template, string kind)
    {
        var (chat, tokenizer) = (ChatTemplates.ByName(template), Find(kind));
        var whole = chat.Encode(tokenizer, Turns, false);
        var prompt = chat.Encode(tokenizer, Turns[..2], true);
        whole.Ids[..prompt.Ids.Length].ShouldBe(prompt.Ids);
        prompt.IsAnswer.ShouldAllBe(answer => !answer);
        whole.Ids.Length.ShouldBe(whole.IsAnswer.Length);
        whole.Ids.Count(id => chat.StopIds(tokenizer).Contains(id)).ShouldBe(template == "llama3" ? 5 : 2);

        var answer = whole.Ids.Skip(prompt.Ids.Length).Zip(whole.IsAnswer.Skip(prompt.Ids.Length)).TakeWhile(pair => pair.Second).Select(pair => pair.First).ToArray();
        chat.StopIds(tokenizer).ShouldContain(answer[^1]);
        tokenizer.Decode(answer).Trim().ShouldBe("a dog");
        whole.IsAnswer[^1].ShouldBeTrue();
    }

    [Fact]
    public void Llama_3_turns_have_headers_and_one_begin_symbol()
    {
        var chat = ChatTemplates.Llama3;
        int Id(string piece) => Characters.TryGetId(piece, out var id) ? id : throw new InvalidOperationException(piece);
        int[] Header(string role) => [Id("<|start_header_id|>"), .. Characters.Encode(role), Id("<|end_header_id|>"), Id("\n"), Id("\n")];
        var encoded = chat.Encode(Characters, [new("user", "cat")], true);
        encoded.Ids.ShouldBe([1, .. Header("user"), .. Characters.Encode("cat"), Id("<|eot_id|>"), .. Header("assistant")]);
        chat.StopIds(Characters).ShouldBe([Id("<|eot_id|>"), 2]);
    }

    [Fact]
    public void Llama_2_pairs_read_as_their_text_does()
    {
        var chat = ChatTemplates.Llama2;
        int[] expected = [1, .. Llama.Encode("[INST] <<SYS>>\nsat\n<</SYS>>\n\nthe cat [/INST] a dog "), 2, 1, .. Llama.Encode("[INST] the log [/INST]")];
        chat.Encode(Llama, [new("system", "sat"), new("user", "the cat"), new("assistant", "a dog"), new("user", "the log")], true).Ids.ShouldBe(expected);
    }

    [Fact]
    public void What_a_template_cannot_write_is_refused_with_a_reason()
    {
        var two = ChatTemplates.Llama2;
        Should.Throw<InvalidDataException>(() => two.Encode(Llama, [new("user", "[/INST]")], true)).Message.ShouldContain("holds the tag [/INST]");
        Should.Throw<InvalidDataException>(() => two.Encode(Llama, [new("assistant", "a")], false)).Message.ShouldContain("needs an optional system turn");
        Should.Throw<InvalidDataException>(() => two.Encode(Llama, [new("user", "a"), new("assistant", "a")], true)).Message.ShouldContain("end with a user's turn");
        Should.Throw<InvalidDataException>(() => ChatTemplates.Llama3.Encode(Llama, [new("tool", "a")], true)).Message.ShouldContain("'tool'");
        var plain = GoldenModels.LoadStored("bpe_512_llama");
        Should.Throw<InvalidDataException>(() => ChatTemplates.Llama3.StopIds(plain)).Message.ShouldContain("needs the control symbol <|eot_id|>");
        Should.Throw<InvalidDataException>(() => ChatTemplates.ByName("x")).Message.ShouldContain("llama3, llama2");
    }

    [Fact]
    public void A_folder_tells_which_template_it_uses()
    {
        var folder = Directory.CreateTempSubdirectory().FullName;
        ChatTemplates.FromFolder(folder).ShouldBeNull();
        TokenizerConfig.Save(folder, Llama);
        ChatTemplates.FromFolder(folder).ShouldBeNull();
        foreach (var template in ChatTemplates.All)
        {
            TokenizerConfig.Save(folder, Llama, template, 2048);
            (ChatTemplates.FromFolder(folder)!.Name, ChatTemplates.FromFolder(folder)!.JinjaSource).ShouldBe((template.Name, template.JinjaSource));
        }
        var config = Path.Combine(folder, TokenizerConfig.FileName);
        File.WriteAllText(config, """{"chat_template": "{{ other"}""");
        Should.Throw<InvalidDataException>(() => ChatTemplates.FromFolder(folder)).Message.ShouldContain("line 1, column 1: the tag that begins here has no end");
        ChatTemplates.Find(folder).Problem!.ShouldContain(config);
        File.WriteAllText(config, "{");
        Should.Throw<InvalidDataException>(() => ChatTemplates.FromFolder(folder)).Message.ShouldContain("not JSON");
        Directory.Delete(folder, true);
    }

    private static Tokenizer Find(string kind) => kind switch { "bpe" => Llama, "squeezing" => Squeezing, _ => Characters };
}
