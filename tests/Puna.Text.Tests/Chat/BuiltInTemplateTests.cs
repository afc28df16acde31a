using System.Text.Json;
using Puna.Tests;
using Puna.Text.Jinja;

namespace Puna.Text.Tests;

/// <summary>The built-in templates against what the models' makers publish.</summary>
public class BuiltInTemplateTests
{
    private static readonly string[] Symbols = ["<|start_header_id|>", "<|end_header_id|>", "<|eot_id|>", "<|eom_id|>", "<|im_start|>", "<|im_end|>", "<step>"];
    private static readonly Tokenizer Characters = CharacterTokenizerTrainer.Train([string.Concat(Enumerable.Range(32, 95).Select(c => (char)c)), "\n"], new CharacterTrainerOptions { ControlSymbols = Symbols });
    private static readonly ChatTurn[] Dialog = [new("system", "Be kind."), new("user", "One?"), new("assistant", "1"), new("user", "Two?")];

    public static TheoryData<string> Names
    {
        get
        {
            var names = new TheoryData<string>();
            foreach (var template in ChatTemplates.All) names.Add(template.Name);
            return names;
        }
    }

    [SkippableFact]
    public void Llama_2_ids_are_those_of_Metas_program()
    {
        var tokenizer = Tokenizers.Load(SharedData.Shared("data/tokenizers/llama2"));
        var count = 0;
        foreach (var item in JsonDocument.Parse(File.ReadAllText(SharedData.Shared("data/chat-templates/llama2-dialog-tokens.json"))).RootElement.GetProperty("cases").EnumerateArray())
        {
            ChatTurn[] turns = [.. item.GetProperty("messages").EnumerateArray().Select(turn => new ChatTurn(turn.GetProperty("role").GetString()!, turn.GetProperty("content").GetString()!))];
            var expected = item.GetProperty("ids").EnumerateArray().Select(id => id.GetInt32()).ToArray();
            ChatTemplates.Llama2.Encode(tokenizer, turns, true).Ids.ShouldBe(expected);
            ChatTemplates.ByName("codellama").Encode(tokenizer, turns, true).Ids.ShouldBe(expected);
            ChatTemplates.Llama2.Render(tokenizer, turns, true).ShouldBe(string.Concat(item.GetProperty("segments").EnumerateArray().Select(segment => segment.GetString())));
            count++;
        }
        count.ShouldBe(6);
    }

    [SkippableFact]
    public void Llama_3_1_writes_what_Metas_template_writes_with_and_without_tools()
    {
        var golden = JsonDocument.Parse(File.ReadAllText(SharedData.Shared("data/chat-templates/golden-renderings.json"))).RootElement;
        var template = JinjaTemplate.Parse(ChatTemplates.ByName("llama3.1").JinjaSource);
        var count = 0;
        foreach (var item in golden.GetProperty("renderings").EnumerateArray())
        {
            if (!item.GetProperty("template").GetString()!.EndsWith("Llama-3.1-8B-Instruct.jinja", StringComparison.Ordinal)) continue;
            var variables = golden.GetProperty("contexts").GetProperty(item.GetProperty("context").GetString()!).EnumerateObject().ToDictionary(property => property.Name, property => property.Value);
            foreach (var name in new[] { "bos_token", "eos_token", "add_generation_prompt" }) variables[name] = item.GetProperty(name);
            if (item.TryGetProperty("error", out _))
            {
                Should.Throw<InvalidDataException>(() => template.Render(variables));
                continue;
            }
            template.Render(variables).Text.ShouldBe(item.GetProperty("output").GetString(), item.GetProperty("context").GetString());
            // Where the functions stand in the system message.
            variables["tools_in_user_message"] = JsonDocument.Parse("false").RootElement;
            var theirs = JinjaTemplate.Parse(File.ReadAllText(SharedData.Shared("data/" + item.GetProperty("template").GetString()))).Render(variables).Text;
            template.Render(variables).Text.ShouldBe(theirs);
            count++;
        }
        count.ShouldBe(7);
    }

    [SkippableFact]
    public void ChatML_and_Llama_3_write_what_published_templates_write()
    {
        var golden = JsonDocument.Parse(File.ReadAllText(SharedData.Shared("data/chat-templates/llama-cpp-expected.json"))).RootElement;
        foreach (var (builtIn, published) in new[] { ("chatml", "teknium/OpenHermes-2.5-Mistral-7B"), ("llama3", "Llama-3") })
        {
            var item = golden.GetProperty("cases").EnumerateArray().Single(item => item.GetProperty("name").GetString() == published);
            var variables = new Dictionary<string, JsonElement> { ["messages"] = golden.GetProperty("messages"), ["add_generation_prompt"] = golden.GetProperty("add_generation_prompt") };
            JinjaTemplate.Parse(ChatTemplates.ByName(builtIn).JinjaSource).Render(variables).Text.ShouldBe(item.GetProperty("jinja2_rendering").GetProperty("output").GetString());
        }
    }

    [Fact]
    public void Mistral_puts_the_system_message_into_the_first_question() =>
        Written("mistral", Dialog).ShouldBe("<s>[INST] Be kind.\n\nOne? [/INST] 1</s>[INST] Two? [/INST]");

    [Fact]
    public void Alpaca_has_sections_and_perhaps_an_input()
    {
        const string Plain = "Below is an instruction that describes a task. Write a response that appropriately completes the request.";
        Written("alpaca", new ChatTurn("user", "Add.")).ShouldBe($"<s>{Plain}\n\n### Instruction:\nAdd.\n\n### Response:\n");
        Written("alpaca", new("user", "Add."), new("input", "1, 2")).ShouldEndWith("further context. Write a response that appropriately completes the request.\n\n### Instruction:\nAdd.\n\n### Input:\n1, 2\n\n### Response:\n");
        Written("alpaca", Dialog).ShouldBe("<s>Be kind.\n\n### Instruction:\nOne?\n\n### Response:\n1</s>\n\n### Instruction:\nTwo?\n\n### Response:\n");
    }

    [Fact]
    public void The_walkthroughs_prompt_is_the_walkthroughs()
    {
        const string Head = "<s>### Instruction:\nUse the Task below and the Input given to write the Response, which is a programming code that can solve the following Task:\n\n### Task:\n";
        Written("qlora", new("user", "Add two numbers."), new("input", "a = 1\nb = 2")).ShouldBe(Head + "Add two numbers.\n\n### Input:\na = 1\nb = 2\n\n### Response:\n");
        Written("qlora", new ChatTurn("user", "Add.")).ShouldBe(Head + "Add.\n\n### Input:\n\n\n### Response:\n");
        ChatTemplates.ByName("qlora").Render(Characters, [new("user", "Add."), new("input", "x"), new("assistant", "x + x")], false).ShouldBe(Head + "Add.\n\n### Input:\nx\n\n### Response:\nx + x</s>");
    }

    [Fact]
    public void Code_Llama_70B_names_the_source_of_each_message()
    {
        Written("codellama-70b", Dialog).ShouldBe("<s>Source: system\n\n Be kind. <step> Source: user\n\n One? <step> Source: assistant\n\n 1 <step> Source: user\n\n Two? <step> Source: assistant\nDestination: user\n\n ");
        Written("codellama-70b", new ChatTurn("user", "One?")).ShouldStartWith("<s>Source: system\n\n  <step> Source: user\n\n One? <step> ");
    }

    [Theory]
    [MemberData(nameof(Names))]
    public void Each_marks_answers_with_their_end_and_begins_once(string name)
    {
        var template = ChatTemplates.ByName(name);
        ChatTurn[] turns = [new("system", "Be kind."), new("user", "One?"), new("assistant", "first"), new("user", "Two?"), new("assistant", "second")];
        var chat = template.Encode(Characters, turns, false);
        var stop = template.StopIds(Characters)[0];
        var answers = Answers(chat);
        answers.Count.ShouldBe(2);
        foreach (var (answer, text) in answers.Zip(["first", "second"]))
        {
            answer[^1].ShouldBe(stop);
            Characters.Decode(answer).Trim().ShouldBe(text);
        }
        chat.Ids[0].ShouldBe(1);
        chat.Ids.Count(id => id == 1).ShouldBe(name is "llama2" or "qlora" ? 2 : 1);
        Adjacent(chat.Ids).ShouldBeFalse();
        var prompt = template.Encode(Characters, turns[..4], true);
        prompt.IsAnswer.Count(answer => answer).ShouldBe(answers[0].Length);
        if (name != "codellama-70b") chat.Ids[..prompt.Ids.Length].ShouldBe(prompt.Ids);
    }

    [Theory]
    [MemberData(nameof(Names))]
    public void No_message_can_write_a_symbol(string name)
    {
        var template = ChatTemplates.ByName(name);
        var hostile = string.Concat(Symbols) + "</s><s>";
        var plain = template.Encode(Characters, [new("system", "a"), new("user", "b"), new("assistant", "c"), new("user", "d")], true);
        var attacked = template.Encode(Characters, [new("system", "a" + hostile), new("user", "b" + hostile), new("assistant", "c" + hostile), new("user", "d" + hostile)], true);
        attacked.Ids.Where(Characters.IsControl).ShouldBe(plain.Ids.Where(Characters.IsControl));
        attacked.Ids.Length.ShouldBeGreaterThan(plain.Ids.Length + 4 * hostile.Length - 10);
    }

    [Fact]
    public void Tags_of_ordinary_text_are_refused_in_messages()
    {
        foreach (var (name, tag) in new[] { ("mistral", "[/INST]"), ("alpaca", "### Response:"), ("qlora", "### Task:") })
            Should.Throw<InvalidDataException>(() => ChatTemplates.ByName(name).Encode(Characters, [new("user", "a " + tag)], true)).Message.ShouldContain($"Turn 1 holds the tag {tag}");
        Should.Throw<InvalidDataException>(() => ChatTemplates.ByName("chatml").Encode(GoldenModels.LoadStored("bpe_512_llama"), [new("user", "a")], true)).Message.ShouldContain("needs the control symbol <|im_start|>");
        Should.Throw<InvalidDataException>(() => ChatTemplates.ByName("alpaca").Encode(Characters, [new("input", "a")], true)).Message.ShouldContain("Turn 1 is of the role 'input'");
    }

    internal static List<int[]> Answers(EncodedChat chat)
    {
        var answers = new List<int[]>();
        for (var i = 0; i < chat.Ids.Length; i++)
        {
            var start = i;
            while (i < chat.Ids.Length && chat.IsAnswer[i]) i++;
            if (i > start) answers.Add(chat.Ids[start..i]);
        }
        return answers;
    }

    private static bool Adjacent(int[] ids) => ids.Zip(ids.Skip(1)).Any(pair => pair is (1, 1));

    private static string Written(string name, params ChatTurn[] turns) => ChatTemplates.ByName(name).Render(Characters, turns, true);
}
