using System.Text;
using System.Text.Json;
using Microsoft.Extensions.AI;

namespace Puna.Inference;

/// <summary>
/// Parts an answer that arrives in pieces into what is text and what are calls of functions. However it is cut into pieces, the same comes out. What looks like the
/// beginning of a call is held back; what turns out to be none is let out as the text it is, so that nothing is lost.
/// </summary>
/// <param name="syntax">The model's.</param>
/// <param name="names">The functions that the model was told of.</param>
public sealed class ToolCallReader(ToolCallSyntax syntax, IReadOnlyCollection<string> names)
{
    private const string Open = ToolCallSyntaxes.Open, Close = ToolCallSyntaxes.Close, Calls = ToolCallSyntaxes.Calls, Arguments = ToolCallSyntaxes.Arguments, PythonTag = ToolCallSyntaxes.PythonTag;
    private readonly StringBuilder _held = new();
    private readonly List<FunctionCallContent> _calls = [];
    private bool _isText;

    /// <summary>The calls so far.</summary>
    public IReadOnlyList<FunctionCallContent> Found => _calls;

    /// <summary>Takes the next piece.</summary>
    /// <returns>Text that may be shown now.</returns>
    public string Push(string piece)
    {
        if (_isText) return piece;
        _held.Append(piece);
        return syntax switch
        {
            ToolCallSyntax.Json => PushJson(),
            ToolCallSyntax.Mistral => Before(Calls),
            _ => PushTags(isEnd: false),
        };
    }

    /// <summary>Says that the answer has ended.</summary>
    /// <returns>The rest of the text.</returns>
    public string Finish()
    {
        var rest = syntax == ToolCallSyntax.Tags ? PushTags(isEnd: true) : "";
        var held = _held.ToString();
        _held.Clear();
        var found = syntax switch
        {
            ToolCallSyntax.Json => ReadJson(held),
            ToolCallSyntax.Mistral when held.StartsWith(Calls, StringComparison.Ordinal) => ReadMistral(held[Calls.Length..]),
            _ => null,
        };
        if (found is not { Count: > 0 }) return rest + held;
        _calls.AddRange(found);
        return rest;
    }

    /// <summary>An answer that begins with a brace may be a call up to its end; any other is text from its first character.</summary>
    private string PushJson()
    {
        var start = _held.ToString().TrimStart();
        if (start.Length == 0 || start[0] == '{' || start.StartsWith(PythonTag, StringComparison.Ordinal) || PythonTag.StartsWith(start, StringComparison.Ordinal)) return "";
        _isText = true;
        return Take(_held.Length);
    }

    private string PushTags(bool isEnd)
    {
        var shown = new StringBuilder();
        while (true)
        {
            shown.Append(Before(Open));
            var held = _held.ToString();
            if (!held.StartsWith(Open, StringComparison.Ordinal)) break;
            var close = held.IndexOf(Close, StringComparison.Ordinal);
            if (close < 0 && !isEnd) break;
            var value = JsonParts.First(held[Open.Length..], out var length, out var mayContinue);
            var behind = held[(Open.Length + length)..].TrimStart();
            // the closing tag that was found may stand in a string of the arguments
            if (!isEnd && (mayContinue || (value is not null && behind.Length < Close.Length && Close.StartsWith(behind, StringComparison.Ordinal)))) break;
            // a model may end its answer in place of the closing tag
            var isClosed = value is not null && (behind.StartsWith(Close, StringComparison.Ordinal) || behind.Length == 0);
            var call = isClosed ? Call(value!.Value, anyName: true) : null;
            var end = isClosed ? held.Length - Math.Max(0, behind.Length - Close.Length) : close < 0 ? held.Length : close + Close.Length;
            var raw = Take(end);
            if (call is null) shown.Append(raw);
            else _calls.Add(call);
        }
        return shown.ToString();
    }

    /// <summary>The text before a marker, or before what may still become one.</summary>
    private string Before(string marker)
    {
        var held = _held.ToString();
        var at = held.IndexOf(marker, StringComparison.Ordinal);
        if (at < 0)
        {
            at = held.Length;
            for (var length = Math.Min(marker.Length - 1, held.Length); length > 0; length--)
            {
                if (!held.EndsWith(marker[..length], StringComparison.Ordinal)) continue;
                at = held.Length - length;
                break;
            }
        }
        return Take(at);
    }

    private string Take(int count)
    {
        var text = _held.ToString(0, count);
        _held.Remove(0, count);
        return text;
    }

    /// <summary>Nothing but calls, one after the other: prose with JSON in it is no call, and neither is an object that names no function of these.</summary>
    private List<FunctionCallContent>? ReadJson(string text)
    {
        text = text.Trim();
        if (text.StartsWith(PythonTag, StringComparison.Ordinal)) text = text[PythonTag.Length..];
        return All(JsonParts.Values(text, between: ";"), anyName: false);
    }

    private List<FunctionCallContent>? ReadMistral(string text)
    {
        if (JsonParts.Values(text) is { } values)
            return All(values is [{ ValueKind: JsonValueKind.Array } array] ? [.. array.EnumerateArray()] : values, anyName: true);
        var calls = new List<FunctionCallContent>();
        while (true)
        {
            var brace = text.IndexOf('{', StringComparison.Ordinal);
            if (brace < 0) return null;
            var name = text[..brace].Replace(Arguments, "", StringComparison.Ordinal).Trim();
            if (!names.Contains(name) || JsonParts.First(text[brace..], out var length, out _) is not { ValueKind: JsonValueKind.Object } arguments) return null;
            calls.Add(Make(name, arguments));
            text = text[(brace + length)..].TrimStart();
            if (text.Length == 0) return calls;
            if (!text.StartsWith(Calls, StringComparison.Ordinal)) return null;
            text = text[Calls.Length..];
        }
    }

    private List<FunctionCallContent>? All(IReadOnlyList<JsonElement>? values, bool anyName)
    {
        if (values is null) return null;
        var calls = new List<FunctionCallContent>();
        foreach (var value in values)
        {
            if (Call(value, anyName) is not { } call) return null;
            calls.Add(call);
        }
        return calls;
    }

    private FunctionCallContent? Call(JsonElement json, bool anyName)
    {
        if (json.ValueKind != JsonValueKind.Object || !json.TryGetProperty("name", out var named) || named.ValueKind != JsonValueKind.String) return null;
        var name = named.GetString()!;
        if (!anyName && !names.Contains(name)) return null;
        if (!json.TryGetProperty("parameters", out var arguments) && !json.TryGetProperty("arguments", out arguments)) return null;
        if (arguments.ValueKind == JsonValueKind.String && JsonParts.Values(arguments.GetString()!) is [var inner]) arguments = inner; // as OpenAI writes them
        return arguments.ValueKind == JsonValueKind.Object ? Make(name, arguments) : null;
    }

    private static FunctionCallContent Make(string name, JsonElement arguments)
    {
        var values = new Dictionary<string, object?>();
        foreach (var argument in arguments.EnumerateObject()) values[argument.Name] = argument.Value.Clone();
        return new FunctionCallContent(Guid.NewGuid().ToString("N")[..9], name, values); // nine letters and digits, the form that Mistral's templates insist on
    }
}
