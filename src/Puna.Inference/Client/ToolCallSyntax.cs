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
    /// <summary>Control symbols that are part of one of the syntaxes: text to whoever reads calls.</summary>
    public static IReadOnlyCollection<string> Symbols { get; } = ["<tool_call>", "</tool_call>", "[TOOL_CALLS]", "[ARGS]", "<|python_tag|>"];

    public static ToolCallSyntax Of(ChatTemplate template)
    {
        string[] sources = [template.JinjaSource, .. template.OtherSources.Values];
        if (sources.Any(source => source.Contains("<tool_call>", StringComparison.Ordinal))) return ToolCallSyntax.Tags;
        return sources.Any(source => source.Contains("[TOOL_CALLS]", StringComparison.Ordinal)) ? ToolCallSyntax.Mistral : ToolCallSyntax.Json;
    }
}
