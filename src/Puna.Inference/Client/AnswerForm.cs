using Microsoft.Extensions.AI;
using Puna.Text;

namespace Puna.Inference;

/// <summary>What an answer is held to: required calls, a response format, or a grammar or expression of the caller's.</summary>
internal static class AnswerForm
{
    private const string SchemaName = "ChatOptions.ResponseFormat";
    private const string AnyObject = """{"type":"object"}""";
    private static readonly Dictionary<string, Func<string, string, OutputGrammar>> Readers = new() { ["grammar"] = OutputGrammar.FromGbnf, ["regex"] = OutputGrammar.FromRegex };

    /// <summary>The additional properties that are forms.</summary>
    public static IReadOnlyCollection<string> Properties => Readers.Keys;

    /// <summary>The form of an answer; null for any text.</summary>
    /// <param name="options">What the caller says.</param>
    /// <param name="tools">The functions that the model is told of.</param>
    /// <param name="template">Of the model.</param>
    /// <param name="tokenizer">Of the model.</param>
    /// <exception cref="InvalidDataException">A form is not supported or nothing satisfies it, or two are asked for.</exception>
    public static OutputGrammar? Of(ChatOptions options, IReadOnlyList<AIFunctionDeclaration> tools, ChatTemplate template, Tokenizer tokenizer)
    {
        var schema = options.ResponseFormat is ChatResponseFormatJson json ? json.Schema?.GetRawText() ?? AnyObject : null;
        var own = Own(options);
        if (own is [var first, ..] && (own.Count > 1 ? own[1].Name : schema is not null ? SchemaName : tools.Count > 0 ? "a call of ChatOptions.Tools" : null) is { } other)
            throw new InvalidDataException($"{first.Name} is the form of the whole answer, and {other} would be another; leave one of them out");
        var oneCall = options.AllowMultipleToolCalls == false;
        if (ToolDeclarations.Required(options, tools) is { } required)
        {
            if (schema is not null) OutputGrammar.FromJsonSchema(schema, SchemaName); // no answer will need it, but a mistake in it is said
            return ToolCallGrammar.Of(required, template, tokenizer, oneCall);
        }
        if (schema is null) return own.Count > 0 ? own[0].Form : null;
        return tools.Count > 0 ? ToolCallGrammar.Of(tools, template, tokenizer, oneCall, schema, SchemaName) : OutputGrammar.FromJsonSchema(schema, SchemaName);
    }

    private static List<(string Name, OutputGrammar Form)> Own(ChatOptions options)
    {
        var found = new List<(string, OutputGrammar)>();
        foreach (var (property, read) in Readers)
        {
            if (options.AdditionalProperties?.TryGetValue(property, out var value) != true) continue;
            var name = $"AdditionalProperties[\"{property}\"]";
            found.Add((name, read(PropertyValue.Text(property, value), name)));
        }
        return found;
    }
}
