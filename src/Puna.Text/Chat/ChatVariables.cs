using System.Text.Json;
using Puna.Text.Jinja;

namespace Puna.Text;

/// <summary>A conversation as a template's variables, every text of it marked with where it comes from.</summary>
internal static class ChatVariables
{
    // These are words of the templates, not of whoever writes a message; a template may build a symbol around one, as Phi's do.
    private static readonly HashSet<string> KnownRoles = ["system", "developer", "user", "assistant", "model", "tool", "function", "ipython", "input", "tool_call", "tool_response", "tool_results", "observation", "environment", "human", "gpt", "bot"];

    /// <summary>The variables, and how many characters they have.</summary>
    public static (Dictionary<string, Value> Variables, long Characters) Of(Tokenizer tokenizer, ChatTokens tokens, IReadOnlyList<ChatTurn> turns, bool addGenerationPrompt, ChatInputs inputs)
    {
        var variables = new Dictionary<string, Value>
        {
            ["messages"] = SequenceValue.List([.. turns.Select(Message)]),
            ["add_generation_prompt"] = BoolValue.Of(addGenerationPrompt),
            // transformers passes these two always, as None where there are none.
            ["tools"] = inputs.Tools is { } tools ? JsonValues.Read(tools, Mark.Given) : NoneValue.Instance,
            ["documents"] = NoneValue.Instance,
        };
        Special("bos_token", tokens.Bos, tokenizer.BosId);
        Special("eos_token", tokens.Eos, tokenizer.EosId);
        Special("unk_token", null, tokenizer.UnknownId);
        Special("pad_token", null, tokenizer.PadId);
        if (tokens.Additional is { } more) variables["additional_special_tokens"] = SequenceValue.List([.. more.Select(token => (Value)new TextValue(token))]);
        foreach (var (name, value) in inputs.Variables) variables[name] = JsonValues.Read(value, Mark.Given);
        return (variables, turns.Sum(Size) + Size(inputs.Tools) + inputs.Variables.Values.Sum(value => Size(value)));

        void Special(string name, string? spelling, int? id)
        {
            if (spelling is not null && tokenizer.TryGetId(spelling, out _)) variables[name] = new TextValue(spelling);
            else if (id is { } known) variables[name] = new TextValue(tokenizer.IdToPiece(known));
        }
    }

    /// <summary>The id of <c>bos_token</c>.</summary>
    public static int? BosId(Tokenizer tokenizer, ChatTokens tokens) => tokens.Bos is { } spelling && tokenizer.TryGetId(spelling, out var id) ? id : tokenizer.BosId;

    /// <summary>The id of <c>eos_token</c>.</summary>
    public static int? EosId(Tokenizer tokenizer, ChatTokens tokens) => tokens.Eos is { } spelling && tokenizer.TryGetId(spelling, out var id) ? id : tokenizer.EosId;

    private static DictValue Message(ChatTurn turn, int index)
    {
        var message = new DictValue();
        message.Entries[new TextValue("role")] = new TextValue(turn.Role, KnownRoles.Contains(turn.Role) ? default : Mark.Given);
        message.Entries[new TextValue("content")] = new TextValue(turn.Content, new Mark(index + 1));
        if (turn.Fields is { ValueKind: JsonValueKind.Object } fields)
            foreach (var field in fields.EnumerateObject())
                if (field.Name is not ("role" or "content")) message.Entries[new TextValue(field.Name, Mark.Given)] = JsonValues.Read(field.Value, Mark.Given);
        return message;
    }

    private static long Size(ChatTurn turn) => turn.Role.Length + turn.Content.Length + Size(turn.Fields);

    private static long Size(JsonElement? value) => value is { ValueKind: not JsonValueKind.Undefined } element ? element.GetRawText().Length : 0;
}
