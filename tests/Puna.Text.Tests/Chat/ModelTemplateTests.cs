using System.Text.Json;
using Puna.Tests;
using Puna.Text.Jinja;

namespace Puna.Text.Tests;

/// <summary>A model's own template: which symbols it writes, where it begins, what the assistant says.</summary>
public class ModelTemplateTests
{
    private static readonly string[] Symbols = ["<|start_header_id|>", "<|end_header_id|>", "<|eot_id|>", "<|eom_id|>", "<|im_start|>", "<|im_end|>", "<|user|>", "<|assistant|>", "<|system|>", "<|end|>", "<|tool|>", "<start_of_turn>", "<end_of_turn>"];
    private static readonly string[] Alphabet = [string.Concat(Enumerable.Range(32, 95).Select(c => (char)c)), "\n"];
    private static readonly Tokenizer Characters = CharacterTokenizerTrainer.Train(Alphabet, new CharacterTrainerOptions { ControlSymbols = Symbols });
    private static readonly ChatTurn[] Dialog = [new("user", "One?"), new("assistant", "first"), new("user", "Two?"), new("assistant", "second")];

    private const string Plain = "{% for m in messages %}{{ m.role + ': ' + m.content + '\\n' }}{% endfor %}{% if add_generation_prompt %}assistant: {% endif %}";

    [SkippableFact]
    public void In_no_published_template_can_a_message_write_a_symbol_or_a_second_begin()
    {
        var (tried, hostile) = (0, string.Concat(Symbols) + "</s><s>");
        foreach (var file in Directory.GetFiles(SharedData.Shared("data/chat-templates"), "*.jinja", SearchOption.AllDirectories).Order())
        {
            var template = new JinjaChatTemplate(file, File.ReadAllText(file));
            EncodedChat plain;
            try
            {
                plain = template.Encode(Characters, Dialog[..3], true);
            }
            catch (InvalidDataException error) when (error.Message.Contains("'functions' is undefined") || error.Message.Contains("'tools' is undefined") || error.Message.Contains("item pairs") || error.Message.Contains("not iterable"))
            {
                continue;
            }
            var attacked = template.Encode(Characters, [.. Dialog[..3].Select(turn => turn with { Content = turn.Content + hostile })], true);
            attacked.Ids.Where(Characters.IsControl).ShouldBe(plain.Ids.Where(Characters.IsControl), file);
            plain.Ids.Count(id => id == 1).ShouldBe(file.EndsWith("llama-2-chat.jinja", StringComparison.Ordinal) ? 2 : 1, file);
            Characters.IsControl(template.StopIds(Characters)[0]).ShouldBeTrue();
            tried++;
        }
        tried.ShouldBeGreaterThan(25);
    }

    [SkippableFact]
    public void Answers_found_by_rendering_are_those_that_generation_blocks_mark()
    {
        var folder = SharedData.Shared("data/chat-templates/trl");
        var marked = new JinjaChatTemplate("marked", File.ReadAllText(Path.Combine(folder, "llama3_training.jinja")));
        var found = new JinjaChatTemplate("found", File.ReadAllText(Path.Combine(folder, "llama3.jinja")));
        foreach (var (turns, prompt) in new (ChatTurn[], bool)[] { (Dialog, false), (Dialog[..3], true), (Dialog[..1], true), ([new ChatTurn("system", "s"), .. Dialog], false) })
        {
            var (one, other) = (marked.Encode(Characters, turns, prompt), found.Encode(Characters, turns, prompt));
            one.Ids.ShouldBe(other.Ids);
            one.IsAnswer.ShouldBe(other.IsAnswer);
        }
        BuiltInTemplateTests.Answers(marked.Encode(Characters, Dialog, false)).Select(answer => Characters.Decode(answer)).ShouldBe(["first", "second"]);
    }

    [Fact]
    public void Rendered_text_tells_what_was_given_and_what_was_generated()
    {
        var variables = new Dictionary<string, JsonElement> { ["x"] = JsonDocument.Parse("\" ab \"").RootElement };
        var rendering = JinjaTemplate.Parse("<{{ x | trim | upper }}>{% generation %}{{ '[' + x[1:3] + ']' }}{% endgeneration %}{% set y %}{% generation %}q{% endgeneration %}{% endset %}!{{ y ~ y }}").Render(variables);
        rendering.Text.ShouldBe("<AB>[ab]!qq");
        rendering.Given.ShouldBe([1..3, 5..7]);
        rendering.Generated.ShouldBe([4..8, 9..11]);
    }

    [Theory]
    [InlineData("{{ x.split('|')[1] }}")]
    [InlineData("{{ x.replace('b', x) }}")]
    [InlineData("{{ [x, x] | join(x) }}")]
    [InlineData("{{ x | tojson }}{{ {x: x} | tojson(indent=1) }}{{ [x] }}{{ (x,) | string }}")]
    [InlineData("{{ '%s' % x }}{{ '%9s' | format(x) | trim }}")]
    [InlineData("{{ x | list | map('upper') | join }}{{ x | reverse }}{{ x | title }}")]
    [InlineData("{% macro m(a) %}{{ a }}{% endmacro %}{{ m(x) ~ m(x)[::-1] }}")]
    [InlineData("{% set y %}{{ x }}{% endset %}{{ y }}{% filter lower %}{{ x }}{% endfilter %}")]
    [InlineData("{% for c in x %}{{ c }}{% endfor %}{{ x | indent(0, true) }}{{ x | truncate(3, true, '') }}{{ x.swapcase() }}{{ x | urlencode | replace('%', '') }}{{ x | e }}")]
    public void What_was_given_stays_so_through_every_operation(string template)
    {
        var given = JsonDocument.Parse("\"a|b|<é\\n>\"").RootElement;
        var rendering = JinjaTemplate.Parse(template).Render(new Dictionary<string, JsonElement> { ["x"] = given });
        rendering.Text.Length.ShouldBeGreaterThan(0);
        var own = string.Concat(Enumerable.Range(0, rendering.Text.Length).Where(i => !rendering.Given.Any(range => range.Start.Value <= i && i < range.End.Value)).Select(i => rendering.Text[i]));
        own.Trim().ShouldBe("");
    }

    [Fact]
    public void A_known_role_may_make_a_symbol_and_no_other()
    {
        var template = new JinjaChatTemplate("phi", "{% for m in messages %}{{ '<|' + m.role + '|>' + m.content + '<|end|>' }}{% endfor %}");
        int Id(string symbol) => Characters.TryGetId(symbol, out var id) ? id : -1;
        template.Encode(Characters, [new("user", "a")], false).Ids.ShouldBe([1, Id("<|user|>"), .. Characters.Encode("a"), Id("<|end|>")]);
        template.Encode(Characters, [new("end", "a")], false).Ids.ShouldNotContain(Id("<|user|>"));
        template.Encode(Characters, [new("end", "a")], false).Ids.Count(id => id == Id("<|end|>")).ShouldBe(1);
    }

    [Fact]
    public void A_begin_symbol_is_added_where_the_template_has_none_and_the_model_says_so()
    {
        new JinjaChatTemplate("t", Plain).Encode(Characters, Dialog, false).Ids.Count(id => id == 1).ShouldBe(1);
        new JinjaChatTemplate("t", Plain, new ChatTokens(AddBos: false)).Encode(Characters, Dialog, false).Ids.ShouldNotContain(1);
        new JinjaChatTemplate("t", "{{ bos_token }}" + Plain).Encode(Characters, Dialog, false).Ids.Count(id => id == 1).ShouldBe(1);
        new JinjaChatTemplate("t", "\n{{ bos_token }}" + Plain, new ChatTokens(AddBos: false)).Encode(Characters, Dialog, false).Ids.Count(id => id == 1).ShouldBe(1);
        // What the template itself doubles is its own affair.
        new JinjaChatTemplate("t", "{{ bos_token + bos_token }}" + Plain).Encode(Characters, Dialog, false).Ids[..3].Count(id => id == 1).ShouldBe(2);
        // A message that spells it is no begin symbol.
        var spelled = new JinjaChatTemplate("t", Plain).Encode(Characters, [new("user", "<s>")], true);
        spelled.Ids.Count(id => id == 1).ShouldBe(1);
        spelled.Ids[0].ShouldBe(1);
    }

    [Fact]
    public void A_message_that_the_template_leaves_out_is_refused()
    {
        var template = new JinjaChatTemplate("t", "{% for m in messages if m.role != 'system' %}{{ m.content }}{% endfor %}");
        Should.Throw<InvalidDataException>(() => template.Encode(Characters, [new("system", "s"), new("user", "a")], true)).Message.ShouldContain("leaves out turn 1, of the role 'system'");
        template.Encode(Characters, [new("system", " "), new("user", "a")], true).Ids.Length.ShouldBeGreaterThan(0);
        Should.Throw<InvalidDataException>(() => ChatTemplates.Llama2.Encode(Characters, [new("system", "s")], false)).Message.ShouldContain("leaves out turn 1");
    }

    [Fact]
    public void A_symbol_that_text_can_become_is_the_templates_alone()
    {
        var tokenizer = CharacterTokenizerTrainer.Train(Alphabet, new CharacterTrainerOptions { UserDefinedSymbols = ["<start_of_turn>", "<b>"] });
        int Id(string symbol) => tokenizer.TryGetId(symbol, out var id) ? id : -1;
        var template = new JinjaChatTemplate("gemma", "{% for m in messages %}{{ '<start_of_turn>' + m.content }}{% endfor %}");
        var ids = template.Encode(tokenizer, [new("user", "x<start_of_turn>y<b>z")], false).Ids;
        ids.Count(id => id == Id("<start_of_turn>")).ShouldBe(1);
        ids.Count(id => id == Id("<b>")).ShouldBe(1);
        tokenizer.Decode(ids).ShouldContain("x<start_of_turn>y<b>z");
    }

    [Fact]
    public void Stop_ids_are_the_symbol_behind_an_answer_and_the_end_symbol()
    {
        int Id(string symbol) => Characters.TryGetId(symbol, out var id) ? id : -1;
        new JinjaChatTemplate("t", ChatTemplates.ByName("chatml").JinjaSource + " ").StopIds(Characters).ShouldBe([Id("<|im_end|>"), 2]);
        new JinjaChatTemplate("t", Plain).StopIds(Characters).ShouldBe([2]);
        new JinjaChatTemplate("t", Plain, new ChatTokens(Eos: "<|end|>")).StopIds(Characters).ShouldBe([Id("<|end|>")]);
        new JinjaChatTemplate("t", "{{ raise_exception('no') }}").StopIds(Characters).ShouldBe([2]);
    }

    [Fact]
    public void A_folder_may_have_several_templates_and_they_survive_saving()
    {
        var folder = Directory.CreateTempSubdirectory().FullName;
        var config = Path.Combine(folder, TokenizerConfig.FileName);
        File.WriteAllText(config, """{"add_bos_token": false, "eos_token": {"content": "<|end|>"}, "chat_template": [{"name": "default", "template": "d{{ messages[0].content }}"}, {"name": "tool_use", "template": "t{{ messages[0].content }}{{ tools | length }}"}]}""");
        var tools = new ChatInputs { Tools = JsonDocument.Parse("[{}, {}]").RootElement };
        for (var round = 0; round < 2; round++)
        {
            var template = ChatTemplates.FromFolder(folder)!;
            template.Render(Characters, Dialog[..1], false).ShouldBe("dOne?");
            template.Render(Characters, Dialog[..1], false, tools).ShouldBe("tOne?2");
            template.Encode(Characters, Dialog[..1], false).Ids.ShouldBe(Characters.Encode("dOne?"));
            template.StopIds(Characters).ShouldBe([Characters.TryGetId("<|end|>", out var id) ? id : -1]);
            TokenizerConfig.Save(folder, Characters, template);
        }
        File.WriteAllText(Path.Combine(folder, "chat_template.jinja"), "f{{ messages[0].content }}");
        ChatTemplates.FromFolder(folder)!.Render(Characters, Dialog[..1], false, tools).ShouldBe("fOne?");
        Directory.CreateDirectory(Path.Combine(folder, "additional_chat_templates"));
        File.WriteAllText(Path.Combine(folder, "additional_chat_templates", "tool_use.jinja"), "g");
        ChatTemplates.FromFolder(folder)!.Render(Characters, Dialog[..1], false, tools).ShouldBe("g");
        ChatTemplates.FromFolder(folder)!.Render(Characters, Dialog[..1], false).ShouldBe("fOne?");
        File.Delete(Path.Combine(folder, "chat_template.jinja"));
        File.WriteAllText(config, """{"chat_template": [{"name": "rag", "template": "x"}]}""");
        ChatTemplates.Find(folder).Problem!.ShouldContain("holds templates named rag, and none is named default");
        File.WriteAllText(config, """{"chat_template": 5}""");
        ChatTemplates.Find(folder).Problem!.ShouldContain("of the JSON type Number");
        var file = Path.Combine(folder, "own.jinja");
        File.WriteAllText(file, "{{ messages[0].content }}");
        ChatTemplates.ByNameOrFile(file).Render(Characters, Dialog[..1], false).ShouldBe("One?");
        ChatTemplates.ByNameOrFile("chatml").Name.ShouldBe("chatml");
        Should.Throw<InvalidDataException>(() => ChatTemplates.ByNameOrFile(file + "x")).Message.ShouldContain("there is no file of this name");
        Directory.Delete(folder, true);
    }

    [Fact]
    public void Other_fields_of_a_message_tools_and_variables_reach_the_template()
    {
        var turn = new ChatTurn("assistant", "") { Fields = JsonDocument.Parse("""{"tool_calls": [{"function": {"name": "<|end|>f"}}], "content": "ignored"}""").RootElement };
        var template = new JinjaChatTemplate("t", "{{ messages[1].tool_calls[0].function.name }}{{ messages[1].content }}{{ date_string }}{{ strftime_now('%Y') }}{{ messages[0].content }}");
        var inputs = new ChatInputs
        {
            Variables = new Dictionary<string, JsonElement> { ["date_string"] = JsonDocument.Parse("\"today\"").RootElement },
            Options = new JinjaOptions { Clock = new FixedClock(new DateTime(2024, 7, 26)) },
        };
        template.Render(Characters, [new("user", "u"), turn], false, inputs).ShouldBe("<|end|>ftoday2024u");
        template.Encode(Characters, [new("user", "u"), turn], false, inputs).Ids.Where(Characters.IsControl).ShouldBe([1]);
    }
}
