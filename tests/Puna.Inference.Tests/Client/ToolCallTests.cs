using System.ComponentModel;
using System.Text.Json;
using Microsoft.Extensions.AI;
using Puna.Text;

namespace Puna.Inference.Tests;

public sealed class ToolCallTests
{
    private static readonly AIFunction Weather = AIFunctionFactory.Create(([Description("The city")] string city, int days) => $"sunny in {city}", "weather", "Tells the weather");
    private static readonly ChatMessage[] Question = [new(ChatRole.User, "Weather in Rome?")];
    private static readonly ChatOptions Options = new() { Temperature = 0, Tools = [Weather, AIFunctionFactory.Create(() => 1, "other")] };

    public static TheoryData<ToolCallSyntax, string, string, string> Answers => new()
    {
        { ToolCallSyntax.Json, """{"name": "weather", "parameters": {"city": "Rome", "days": 2}}""", "", "weather{\"city\":\"Rome\",\"days\":2}" },
        { ToolCallSyntax.Json, """ <|python_tag|>{"name": "weather", "parameters": {"city": "R}ome"}}""", "", "weather{\"city\":\"R}ome\"}" },
        { ToolCallSyntax.Json, """{"name": "weather", "parameters": {}}; {"name": "other", "arguments": {}}""", "", "weather{};other{}" },
        { ToolCallSyntax.Json, """As JSON: {"name": "weather", "parameters": {}}""", """As JSON: {"name": "weather", "parameters": {}}""", "" },
        { ToolCallSyntax.Json, """{"name": "weather", "parameters": {}} it is.""", """{"name": "weather", "parameters": {}} it is.""", "" },
        { ToolCallSyntax.Json, """{"name": "unknown", "parameters": {}}""", """{"name": "unknown", "parameters": {}}""", "" },
        { ToolCallSyntax.Json, """{"name": "weather", "param""", """{"name": "weather", "param""", "" },
        { ToolCallSyntax.Json, "<|python_ta", "<|python_ta", "" },
        { ToolCallSyntax.Json, "plain {text}", "plain {text}", "" },
        { ToolCallSyntax.Tags, """Let me see.<tool_call>{"name": "weather", "arguments": {"city": "Rome"}}</tool_call><tool_call>{"name": "other", "arguments": {}}</tool_call> done""", "Let me see. done", "weather{\"city\":\"Rome\"};other{}" },
        { ToolCallSyntax.Tags, """<tool_call>{"name": "weather", "arguments": "{\"city\": \"Rome\"}"}""", "", "weather{\"city\":\"Rome\"}" },
        { ToolCallSyntax.Tags, """a <tool_call>not JSON</tool_call> b""", """a <tool_call>not JSON</tool_call> b""", "" },
        { ToolCallSyntax.Tags, """1 < 2 <tool_cal""", """1 < 2 <tool_cal""", "" },
        { ToolCallSyntax.Tags, """{"name": "weather", "arguments": {}}""", """{"name": "weather", "arguments": {}}""", "" },
        { ToolCallSyntax.Mistral, """[TOOL_CALLS] [{"name": "weather", "arguments": {"city": "Rome"}}, {"name": "other", "arguments": {}}]""", "", "weather{\"city\":\"Rome\"};other{}" },
        { ToolCallSyntax.Mistral, """Well.[TOOL_CALLS]weather[ARGS]{"city": "Rome"}[TOOL_CALLS]other{}""", "Well.", "weather{\"city\":\"Rome\"};other{}" },
        { ToolCallSyntax.Tags, """<tool_call>{"name": "weather", "arguments": {"city": "</tool_call>"}} </tool_call> so""", " so", "weather{\"city\":\"</tool_call>\"}" },
        { ToolCallSyntax.Tags, """<tool_call>{"name": "weather", "arguments": {"city": "</tool_call>""", """<tool_call>{"name": "weather", "arguments": {"city": "</tool_call>""", "" },
        { ToolCallSyntax.Tags, """<tool_call>{"name": "weather", "arguments": {}} and </tool_call>""", """<tool_call>{"name": "weather", "arguments": {}} and </tool_call>""", "" },
        { ToolCallSyntax.Mistral, """[TOOL_CALLS]weather[ARGS]{"city": "[TOOL_CALLS]other{}"}""", "", "weather{\"city\":\"[TOOL_CALLS]other{}\"}" },
        { ToolCallSyntax.Mistral, """[TOOL_CALLS]weather[ARGS]{} and more""", """[TOOL_CALLS]weather[ARGS]{} and more""", "" },
        { ToolCallSyntax.Mistral, """[TOOL_CALLS] nothing of the kind""", """[TOOL_CALLS] nothing of the kind""", "" },
        { ToolCallSyntax.Mistral, """[1, 2] [TOOL""", """[1, 2] [TOOL""", "" },
    };

    [Theory, MemberData(nameof(Answers))]
    public void However_an_answer_is_cut_the_same_text_and_calls_come_out(ToolCallSyntax syntax, string answer, string text, string calls)
    {
        for (var size = 1; size <= answer.Length; size++)
        {
            var reader = new ToolCallReader(syntax, ["weather", "other"]);
            var shown = "";
            for (var at = 0; at < answer.Length; at += size) shown += reader.Push(answer.Substring(at, Math.Min(size, answer.Length - at)));
            shown += reader.Finish();
            shown.ShouldBe(text, $"in pieces of {size}");
            string.Join(';', reader.Found.Select(Show)).ShouldBe(calls, $"in pieces of {size}");
        }
    }

    [Fact]
    public void Json_nested_without_end_is_text()
    {
        var deep = "{\"name\": \"weather\", \"parameters\": " + string.Concat(Enumerable.Repeat("{\"a\":", 5000));
        var reader = new ToolCallReader(ToolCallSyntax.Json, ["weather"]);
        (reader.Push(deep) + reader.Finish()).ShouldBe(deep);
        var closed = deep + "1" + new string('}', 5001);
        reader = new ToolCallReader(ToolCallSyntax.Json, ["weather"]);
        (reader.Push(closed) + reader.Finish()).ShouldBe(closed);
    }

    [Fact]
    public async Task A_call_comes_back_to_the_caller_and_its_result_goes_to_the_model()
    {
        using var scripted = new Scripted(Scripted.Llama31).Says("""{"name": "weather", "parameters": {"city": "Rome", "days": 2}}""");
        var client = scripted.Model.AsIChatClient();
        var response = await client.GetResponseAsync(Question, Options);
        scripted.Seen.ShouldContain("\"name\": \"weather\"");
        scripted.Seen.ShouldContain("Tells the weather");
        scripted.Seen.ShouldContain("\"description\": \"The city\"");
        response.FinishReason.ShouldBe(ChatFinishReason.ToolCalls);
        response.Text.ShouldBeEmpty();
        var call = response.Messages.ShouldHaveSingleItem().Contents.OfType<FunctionCallContent>().ShouldHaveSingleItem();
        Show(call).ShouldBe("weather{\"city\":\"Rome\",\"days\":2}");
        call.CallId.ShouldMatch("^[a-z0-9]{9}$");
        var result = await Weather.InvokeAsync(new AIFunctionArguments(call.Arguments));
        scripted.Says("It is sunny.");
        var final = await client.GetResponseAsync([.. Question, .. response.Messages, new ChatMessage(ChatRole.Tool, [new FunctionResultContent(call.CallId, result)])], Options);
        (final.Text, final.FinishReason).ShouldBe(("It is sunny.", ChatFinishReason.Stop));
        scripted.Seen.ShouldContain("{\"name\": \"weather\", \"parameters\": {\"city\": \"Rome\", \"days\": 2}}<|eot_id|>");
        scripted.Seen.ShouldContain("<|start_header_id|>ipython<|end_header_id|>\n\n\"sunny in Rome\"<|eot_id|>");
    }

    [Fact]
    public async Task A_stream_shows_the_text_before_a_call_and_nothing_of_the_call()
    {
        using var scripted = new Scripted(Scripted.Hermes).Says("Let me see.\n<tool_call>\n{\"name\": \"weather\", \"arguments\": {\"city\": \"Rome\", \"days\": 1}}\n</tool_call>\n<tool_call>\n{\"name\": \"other\", \"arguments\": {}}\n</tool_call>");
        var client = scripted.Model.AsIChatClient();
        var updates = await client.GetStreamingResponseAsync(Question, Options).ToListAsync();
        string.Concat(updates.Select(update => update.Text)).ShouldBe("Let me see.");
        updates.SelectMany(update => update.Contents).OfType<FunctionCallContent>().Select(Show).ShouldBe(["weather{\"city\":\"Rome\",\"days\":1}", "other{}"]);
        updates[^1].FinishReason.ShouldBe(ChatFinishReason.ToolCalls);
        var one = await client.GetResponseAsync(Question, new ChatOptions { Temperature = 0, Tools = Options.Tools, AllowMultipleToolCalls = false });
        one.Messages.SelectMany(message => message.Contents).OfType<FunctionCallContent>().Select(Show).ShouldBe(["weather{\"city\":\"Rome\",\"days\":1}"]);
    }

    [Fact]
    public async Task Results_of_several_calls_and_of_any_type_are_written_as_turns_of_the_tool()
    {
        using var scripted = new Scripted(Scripted.Hermes).Says("fine");
        ChatMessage[] messages =
        [
            .. Question,
            new(ChatRole.Assistant, [new TextContent("Both."), new FunctionCallContent("aaaaaaaaa", "weather", new Dictionary<string, object?> { ["city"] = "Rome" }), new FunctionCallContent("bbbbbbbbb", "other", null)]),
            new(ChatRole.Tool, [new FunctionResultContent("aaaaaaaaa", new Dictionary<string, object?> { ["sky"] = "blue" }), new FunctionResultContent("bbbbbbbbb", null) { Exception = new InvalidOperationException("too late") }]),
        ];
        (await scripted.Model.AsIChatClient().GetResponseAsync(messages, Options)).Text.ShouldBe("fine");
        scripted.Seen.ShouldContain("Both.<tool_call>{\"name\": \"weather\", \"arguments\": {\"city\": \"Rome\"}}</tool_call><tool_call>{\"name\": \"other\", \"arguments\": {}}</tool_call><|im_end|>");
        scripted.Seen.ShouldContain("<|im_start|>tool\n{\"sky\":\"blue\"}<|im_end|>\n<|im_start|>tool\nerror: too late<|im_end|>");
    }

    [Fact]
    public async Task Mistral_writes_its_calls_behind_a_control_symbol()
    {
        using var scripted = new Scripted(Scripted.Mistral).Says("""[TOOL_CALLS] [{"name": "weather", "arguments": {"city": "Rome"}}]""");
        var response = await scripted.Model.AsIChatClient().GetResponseAsync(Question, Options);
        response.Messages.SelectMany(message => message.Contents).OfType<FunctionCallContent>().Select(Show).ShouldBe(["weather{\"city\":\"Rome\"}"]);
    }

    [Fact]
    public async Task Without_leave_to_call_the_model_is_told_of_no_functions_and_its_answer_is_text()
    {
        const string Answer = """{"name": "weather", "parameters": {}}""";
        using var scripted = new Scripted(Scripted.Llama31).Says(Answer);
        var response = await scripted.Model.AsIChatClient().GetResponseAsync(Question, new ChatOptions { Temperature = 0, Tools = [Weather], ToolMode = ChatToolMode.None });
        (response.Text, response.FinishReason).ShouldBe((Answer, ChatFinishReason.Stop));
        scripted.Seen.ShouldNotContain("Tells the weather");
    }

    [Fact]
    public async Task A_template_that_writes_no_tools_refuses_them()
    {
        using var scripted = new Scripted(ChatTemplates.Llama3).Says("ok");
        (await Should.ThrowAsync<InvalidDataException>(() => scripted.Model.AsIChatClient().GetResponseAsync(Question, Options))).Message.ShouldContain("the chat template llama3 of the model scripted writes no tools");
    }

    [Fact]
    public async Task A_call_that_the_limit_cuts_off_is_text_and_says_length()
    {
        using var scripted = new Scripted(Scripted.Llama31).Says("""{"name": "weather", "parameters": {"city": "Rome"}}""");
        var response = await scripted.Model.AsIChatClient().GetResponseAsync(Question, new ChatOptions { Temperature = 0, Tools = [Weather], MaxOutputTokens = 20 });
        (response.Text, response.FinishReason).ShouldBe(("""{"name": "weather", """.TrimEnd(), ChatFinishReason.Length));
    }

    internal static string Show(FunctionCallContent call) => call.Name + JsonSerializer.Serialize(call.Arguments, AIJsonUtilities.DefaultOptions).Replace("\n", "").Replace("  ", "").Replace("\": ", "\":");
}
