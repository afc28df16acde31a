using Puna.Text;

namespace Puna.Inference;

/// <summary>How a model writes that it wants a function called.</summary>
public enum ToolCallSyntax
{
    /// <summary>Llama 3.1: the whole answer is <c>{"name": …, "parameters": {…}}</c>, perhaps behind <c>&lt;|python_tag|&gt;</c>. Source: Meta's prompt format of Llama 3.1.</summary>
    Json,

    /// <summary>Hermes and its like (ChatML): <c>&lt;tool_call&gt;{"name": …, "arguments": {…}}&lt;/tool_call&gt;</c>, once or several times. Source: NousResearch/Hermes-Function-Calling.</summary>
    Tags,

    /// <summary>Mistral: <c>[TOOL_CALLS]</c> and an array of such objects, or <c>name[ARGS]{…}</c>. Source: mistralai/mistral-common.</summary>
    Mistral,
}

/// <summary>Which syntax a model was taught, as its chat template shows.</summary>
internal static class ToolCallSyntaxes
{
    /// <summary>What stands around and between the parts of a call.</summary>
    public const string Open = "<tool_call>", Close = "</tool_call>", Calls = "[TOOL_CALLS]", Arguments = "[ARGS]", PythonTag = "<|python_tag|>";

    /// <summary>Control symbols that are part of one of the syntaxes: text to whoever reads calls.</summary>
    public static IReadOnlyCollection<string> Symbols { get; } = [Open, Close, Calls, Arguments, PythonTag];

    public static ToolCallSyntax Of(ChatTemplate template)
    {
        if (Shows(template, Open)) return ToolCallSyntax.Tags;
        return Shows(template, Calls) ? ToolCallSyntax.Mistral : ToolCallSyntax.Json;
    }

    /// <summary>Whether a template of Mistral's writes <c>name[ARGS]{…}</c> and not an array.</summary>
    public static bool HasArgumentsMark(ChatTemplate template) => Shows(template, Arguments);

    private static bool Shows(ChatTemplate template, string symbol) =>
        template.OtherSources.Values.Prepend(template.JinjaSource).Any(source => source.Contains(symbol, StringComparison.Ordinal));
}
