using System.Text.Json;
using Microsoft.Extensions.AI;
using Puna.Text;

namespace Puna.Inference.Tests;

/// <summary>Where a call is required, whatever the model is, its answer is calls of known functions with arguments that satisfy their schemas.</summary>
public sealed class RequiredCallTests
{
    private static readonly ChatMessage[] Question = [new(ChatRole.User, "Soup for Rome?")];
    private static readonly AIFunctionDeclaration Order = Declare("order", """
        {"type":"object","properties":{"dish":{"enum":["soup","bread"]},"count":{"type":"integer","minimum":1,"maximum":20},"note":{"type":"string","maxLength":8},
        "tags":{"type":"array","items":{"type":"string","maxLength":3},"maxItems":2},"to":{"$ref":"#/$defs/place"}},"required":["dish","count"],"additionalProperties":false,
        "$defs":{"place":{"type":"object","properties":{"street":{"type":"string","maxLength":9},"floor":{"type":["integer","null"]}},"required":["street"]}}}
        """);

    private static readonly AIFunctionDeclaration Weather = Declare("weather", """{"type":"object","properties":{"city":{"type":"string","minLength":1,"maxLength":10},"days":{"type":"integer","minimum":0,"maximum":7}},"required":["city"]}""");
    private static readonly AIFunctionDeclaration Now = Declare("now", """{"type":"object","properties":{}}""");
    private static readonly AITool[] Tools = [Order, Weather, Now];

    private static readonly Dictionary<string, ChatTemplate> Templates = new()
    {
        ["llama 3.1"] = Scripted.Llama31,
        ["hermes"] = Scripted.Hermes,
        ["mistral"] = Scripted.Mistral,
        ["mistral with marks"] = Scripted.MistralMarked,
    };

    public static TheoryData<string> Syntaxes => new(Templates.Keys);

    [Theory, MemberData(nameof(Syntaxes))]
    public async Task Calls_of_random_weights_parse_and_satisfy_their_schemas(string syntax)
    {
        var (whole, several, called) = (0, 0, new HashSet<string>());
        for (ulong seed = 0; seed < 4; seed++)
        {
            using var tiny = new TinyChat(6000, Templates[syntax], seed);
            var client = tiny.Model.AsIChatClient();
            for (var run = 0; run < 4; run++)
            {
                var response = await client.GetResponseAsync(Question, Options(run, ChatToolMode.RequireAny, run == 3 ? false : null));
                var calls = Calls(response);
                foreach (var call in calls)
                {
                    called.Add(call.Name);
                    var arguments = JsonSerializer.SerializeToElement(call.Arguments, AIJsonUtilities.DefaultOptions);
                    SchemaValidator.IsValid(Tools.Cast<AIFunctionDeclaration>().Single(tool => tool.Name == call.Name).JsonSchema, arguments).ShouldBeTrue($"{call.Name} {arguments}");
                    if (call.Name == "now") arguments.EnumerateObject().ShouldBeEmpty();
                }
                if (run == 3) calls.Length.ShouldBeLessThan(2);
                if (calls.Length > 1) several++;
                if (response.FinishReason == ChatFinishReason.ToolCalls)
                {
                    whole++;
                    calls.ShouldNotBeEmpty();
                    response.Text.ShouldBeEmpty();
                }
                else
                {
                    response.FinishReason.ShouldBe(ChatFinishReason.Length);
                    response.Text.ShouldNotBeEmpty();
                }
            }
        }
        whole.ShouldBeGreaterThan(3);
        called.Count.ShouldBeGreaterThan(1);
        if (syntax == "llama 3.1") several.ShouldBe(0, "its syntax has one call");
    }

    [Fact]
    public async Task The_function_can_be_called_with_the_arguments()
    {
        var function = AIFunctionFactory.Create((string city, int days, DayOfWeek from = DayOfWeek.Monday) => $"{city} {days} {from}", "forecast");
        using var tiny = new TinyChat(6000, Scripted.Llama31);
        var done = 0;
        for (var seed = 0; seed < 8; seed++)
        {
            var response = await tiny.Model.AsIChatClient().GetResponseAsync(Question, new ChatOptions { Temperature = 1, Seed = seed, MaxOutputTokens = 400, Tools = [function, Now], ToolMode = ChatToolMode.RequireSpecific("forecast") });
            foreach (var call in Calls(response))
            {
                call.Name.ShouldBe("forecast");
                call.Arguments!.Keys.ShouldBeSubsetOf(["city", "days", "from"]);
                if (call.Arguments["days"]!.ToString()!.Length > 8) continue; // a schema has no bounds of 32 bits
                (await function.InvokeAsync(new AIFunctionArguments(call.Arguments))).ShouldNotBeNull();
                done++;
            }
        }
        done.ShouldBeGreaterThan(0);
    }

    [Fact]
    public async Task A_control_symbol_of_the_syntax_is_the_symbol_and_is_never_spelled()
    {
        using var scripted = new Scripted(Scripted.Mistral).Says("no calls here");
        var symbol = scripted.Tokenizer.Encode("[TOOL_CALLS]", new EncodeOptions(ParseSpecial: true)).ShouldHaveSingleItem();
        var response = await scripted.Model.AsIChatClient().GetResponseAsync(Question, new ChatOptions { Temperature = 0, Tools = Tools, ToolMode = ChatToolMode.RequireSpecific("now") });
        Calls(response).ShouldHaveSingleItem().Name.ShouldBe("now");
        scripted.Engine.Seen.Count(id => id == symbol).ShouldBe(1);
        (response.Text, response.FinishReason).ShouldBe(("", ChatFinishReason.ToolCalls));
    }

    [Theory]
    [InlineData("llama 3.1", """{"name": "weather", "parameters": {"city": "Rome", "days": 2}}""", 1)]
    [InlineData("hermes", """<tool_call>~{"name": "weather", "arguments": {"city": "Rome", "days": 2}}~</tool_call>~<tool_call>~{"name": "now", "arguments": {}}~</tool_call>""", 2)]
    [InlineData("mistral", """[TOOL_CALLS] [{"name": "weather", "arguments": {"city": "Rome", "days": 2}}, {"name": "now", "arguments": {}}]""", 2)]
    [InlineData("mistral with marks", """[TOOL_CALLS]weather[ARGS]{"city": "Rome", "days": 2}[TOOL_CALLS]now[ARGS]{}""", 2)]
    public async Task What_the_model_would_say_comes_out_where_it_is_calls_and_another_function_where_that_is_required(string syntax, string answer, int count)
    {
        using var scripted = new Scripted(Templates[syntax]).Says(answer.Replace('~', '\n'));
        var client = scripted.Model.AsIChatClient();
        ChatOptions With(ChatToolMode mode, bool? several = null) => new() { Temperature = 0, Tools = Tools, ToolMode = mode, AllowMultipleToolCalls = several, MaxOutputTokens = 300 };
        string[] expected = ["weather{\"city\":\"Rome\",\"days\":2}", "now{}"];
        var all = await client.GetResponseAsync(Question, With(ChatToolMode.RequireAny));
        Calls(all).Select(Show).ShouldBe(expected[..count]);
        (all.Text, all.FinishReason).ShouldBe(("", ChatFinishReason.ToolCalls));
        var one = await client.GetResponseAsync(Question, With(ChatToolMode.RequireAny, several: false));
        Calls(one).Select(Show).ShouldBe(expected[..1]);
        one.FinishReason.ShouldBe(ChatFinishReason.ToolCalls);
        Calls(await client.GetResponseAsync(Question, With(ChatToolMode.RequireSpecific("now"), several: false))).Select(Show).ShouldBe(["now{}"]);
        var streamed = await client.GetStreamingResponseAsync(Question, With(ChatToolMode.RequireAny)).ToListAsync();
        streamed.SelectMany(update => update.Contents).OfType<FunctionCallContent>().Select(Show).ShouldBe(expected[..count]);
    }

    [Theory]
    [InlineData(20, 0)]
    [InlineData(70, 1)]
    public async Task Where_the_limit_ends_it_what_is_no_whole_call_is_text(int limit, int calls)
    {
        const string First = """<tool_call>{"name": "weather", "arguments": {"city": "Rome"}}</tool_call>""", Second = """<tool_call>{"name": "now", "arguments": {}}</tool_call>""";
        using var scripted = new Scripted(Scripted.Hermes).Says(First + Second);
        var response = await scripted.Model.AsIChatClient().GetResponseAsync(Question, new ChatOptions { Temperature = 0, Tools = Tools, ToolMode = ChatToolMode.RequireAny, MaxOutputTokens = limit });
        var symbols = "<tool_call>".Length - 1 + (calls * ("</tool_call>".Length - 1 + "<tool_call>".Length - 1)); // a token each
        response.FinishReason.ShouldBe(ChatFinishReason.Length);
        Calls(response).Length.ShouldBe(calls);
        response.Text.ShouldBe((First + Second)[(calls * First.Length)..(limit + symbols)].Trim());
    }

    [Fact]
    public async Task Beside_a_response_format_an_answer_is_a_call_or_what_the_schema_says()
    {
        using var scripted = new Scripted(Scripted.Llama31);
        var client = scripted.Model.AsIChatClient();
        var options = new ChatOptions { Temperature = 0, Tools = Tools, MaxOutputTokens = 200, ResponseFormat = ChatResponseFormat.ForJsonSchema(JsonDocument.Parse("""{"type":"object","properties":{"answer":{"type":"integer"}},"required":["answer"]}""").RootElement) };
        scripted.Says("""{"answer": 3}""");
        var text = await client.GetResponseAsync(Question, options);
        (text.Text, text.FinishReason).ShouldBe(("""{"answer": 3}""", ChatFinishReason.Stop));
        scripted.Says("""{"name": "weather", "parameters": {"city": "Rome"}}""");
        var call = await client.GetResponseAsync(Question, options);
        Calls(call).Select(Show).ShouldBe(["weather{\"city\":\"Rome\"}"]);
        call.FinishReason.ShouldBe(ChatFinishReason.ToolCalls);
    }

    [Theory]
    [InlineData("""{"type":"object","properties":{"a":{"not":{}}}}""", "the schema of the function 'f' at #/properties/a/not: the keyword 'not' is not supported")]
    [InlineData("""{"type":"string"}""", "the schema of the function 'f': no object satisfies the schema")]
    [InlineData("""{"properties":{"a":{"type":"integer","minimum":3,"maximum":2}},"required":["a"]}""", "the schema of the function 'f': no object satisfies the schema")]
    public async Task A_schema_that_cannot_be_kept_to_is_refused_with_the_name_of_the_function(string schema, string words)
    {
        using var scripted = new Scripted(Scripted.Llama31).Says("ok");
        var client = scripted.Model.AsIChatClient();
        var options = new ChatOptions { Temperature = 0, Tools = [Weather, Declare("f", schema)], ToolMode = ChatToolMode.RequireAny };
        (await Should.ThrowAsync<InvalidDataException>(() => client.GetResponseAsync(Question, options))).Message.ShouldContain(words);
        options.ToolMode = ChatToolMode.Auto;
        (await client.GetResponseAsync(Question, options)).Text.ShouldBe("ok");
        options.ToolMode = ChatToolMode.RequireSpecific("g");
        (await Should.ThrowAsync<InvalidDataException>(() => client.GetResponseAsync(Question, options))).Message.ShouldContain("requires a call of g, and ChatOptions.Tools has weather, f;");
    }

    private static AIFunctionDeclaration Declare(string name, string schema) => AIFunctionFactory.CreateDeclaration(name, "", JsonDocument.Parse(schema).RootElement);

    private static ChatOptions Options(long seed, ChatToolMode mode, bool? several) => new()
    {
        Temperature = 1.2f,
        TopK = 0,
        TopP = 1,
        Seed = seed,
        MaxOutputTokens = 350,
        Tools = Tools,
        ToolMode = mode,
        AllowMultipleToolCalls = several,
    };

    private static FunctionCallContent[] Calls(ChatResponse response) => [.. response.Messages.SelectMany(message => message.Contents).OfType<FunctionCallContent>()];

    private static string Show(FunctionCallContent call) => ToolCallTests.Show(call);
}
