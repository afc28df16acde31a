using System.Text;
using System.Text.Json;
using Microsoft.Extensions.AI;
using Puna.Text;

namespace Puna.Inference;

/// <summary>Messages of Microsoft.Extensions.AI as the turns that a chat template writes.</summary>
internal static class MessageTurns
{
    /// <summary>
    /// The turns: instructions and leading system messages become one, since most templates have room for one; a function's result becomes a turn of the role
    /// <c>tool</c>; an answer's calls become its <c>tool_calls</c>, its reasoning <c>reasoning_content</c>.
    /// </summary>
    /// <exception cref="InvalidDataException">A message holds what no text can say (an image, say), or there is none.</exception>
    public static IReadOnlyList<ChatTurn> Of(IEnumerable<ChatMessage> messages, string? instructions)
    {
        var system = new List<string>();
        if (instructions is not null) system.Add(instructions);
        var turns = new List<ChatTurn>();
        var number = 0;
        foreach (var message in messages)
        {
            number++;
            if (message.Role == ChatRole.System && turns.Count == 0) system.Add(Plain(message, number));
            else if (message.Role == ChatRole.Tool) AddResults(turns, message, number);
            else if (message.Role == ChatRole.Assistant) turns.Add(Answer(message, number));
            else turns.Add(Named(message, new ChatTurn(message.Role.Value, Plain(message, number))));
        }
        if (number == 0) throw new InvalidDataException("there are no messages; send at least one");
        if (system.Count > 0) turns.Insert(0, new ChatTurn("system", string.Join("\n\n", system)));
        return turns;
    }

    private static string Plain(ChatMessage message, int number)
    {
        var text = new StringBuilder();
        foreach (var content in message.Contents) text.Append(TextOf(content, number, message.Role));
        return text.ToString();
    }

    private static ChatTurn Answer(ChatMessage message, int number)
    {
        var (text, reasoning, calls) = (new StringBuilder(), new StringBuilder(), new List<FunctionCallContent>());
        foreach (var content in message.Contents)
        {
            if (content is FunctionCallContent call) calls.Add(call);
            else if (content is TextReasoningContent thought) reasoning.Append(thought.Text);
            else text.Append(TextOf(content, number, message.Role));
        }
        var turn = new ChatTurn("assistant", text.ToString());
        if (calls.Count == 0 && reasoning.Length == 0) return Named(message, turn);
        return turn with
        {
            Fields = JsonParts.Build(json =>
            {
                json.WriteStartObject();
                if (message.AuthorName is { } author) json.WriteString("name", author);
                if (reasoning.Length > 0) json.WriteString("reasoning_content", reasoning.ToString());
                if (calls.Count > 0) WriteCalls(json, calls);
                json.WriteEndObject();
            }),
        };
    }

    private static void WriteCalls(Utf8JsonWriter json, List<FunctionCallContent> calls)
    {
        json.WriteStartArray("tool_calls");
        foreach (var call in calls)
        {
            json.WriteStartObject();
            json.WriteString("id", call.CallId);
            json.WriteString("type", "function");
            json.WriteStartObject("function");
            json.WriteString("name", call.Name);
            json.WriteStartObject("arguments");
            foreach (var (name, value) in call.Arguments ?? new Dictionary<string, object?>())
            {
                json.WritePropertyName(name);
                JsonParts.Element(value).WriteTo(json);
            }
            json.WriteEndObject();
            json.WriteEndObject();
            json.WriteEndObject();
        }
        json.WriteEndArray();
    }

    private static void AddResults(List<ChatTurn> turns, ChatMessage message, int number)
    {
        foreach (var content in message.Contents)
        {
            if (content is not FunctionResultContent result)
            {
                var text = TextOf(content, number, message.Role);
                if (text.Length > 0) turns.Add(new ChatTurn("tool", text));
                continue;
            }
            var name = turns.Where(turn => turn.Fields is not null).Select(turn => NameOf(turn.Fields!.Value, result.CallId)).LastOrDefault(found => found is not null);
            turns.Add(new ChatTurn("tool", ResultText(result))
            {
                Fields = JsonParts.Build(json =>
                {
                    json.WriteStartObject();
                    json.WriteString("tool_call_id", result.CallId);
                    if (name is not null) json.WriteString("name", name);
                    json.WriteEndObject();
                }),
            });
        }
    }

    /// <summary>What the function was called whose result this is: some templates write it.</summary>
    private static string? NameOf(JsonElement fields, string callId)
    {
        if (!fields.TryGetProperty("tool_calls", out var calls)) return null;
        foreach (var call in calls.EnumerateArray())
            if (call.GetProperty("id").GetString() == callId) return call.GetProperty("function").GetProperty("name").GetString();
        return null;
    }

    private static string ResultText(FunctionResultContent result) => result switch
    {
        { Result: string text } => text,
        { Result: null, Exception: { } exception } => $"error: {exception.Message}",
        { Result: null } => "null",
        _ => Compact(JsonParts.Element(result.Result)),
    };

    private static string Compact(JsonElement json) => json.ValueKind == JsonValueKind.String ? json.GetString()! : JsonParts.Build(json.WriteTo).GetRawText();

    private static string TextOf(AIContent content, int number, ChatRole role) => content switch
    {
        TextContent text => text.Text,
        UsageContent => "", // figures of an earlier answer, nothing that was said
        _ => throw new InvalidDataException($"message {number}, of the role '{role}', holds a {content.GetType().Name}, and this client reads text and function calls only"),
    };

    private static ChatTurn Named(ChatMessage message, ChatTurn turn) => message.AuthorName is not { } author ? turn : turn with
    {
        Fields = JsonParts.Build(json =>
        {
            json.WriteStartObject();
            json.WriteString("name", author);
            json.WriteEndObject();
        }),
    };
}
