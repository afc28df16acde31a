using System.Text.Json;
using Puna.Text.Jinja;

namespace Puna.Text;

/// <summary>What a template gets besides the conversation.</summary>
public sealed record ChatInputs
{
    /// <summary>Nothing.</summary>
    public static ChatInputs None { get; } = new();

    /// <summary>The functions that the model may call: a JSON array as OpenAI describes tools. Where it is given, a model's template for tools is used if it has one.</summary>
    public JsonElement? Tools { get; init; }

    /// <summary>More variables, by name, such as <c>date_string</c>.</summary>
    public IReadOnlyDictionary<string, JsonElement> Variables { get; init; } = new Dictionary<string, JsonElement>();

    /// <summary>Clock and limits.</summary>
    public JinjaOptions Options { get; init; } = JinjaOptions.Default;
}
