using System.Text.Json;
using Microsoft.Extensions.AI;

namespace Puna.Inference;

/// <summary>The functions that a caller offers, as a chat template wants them.</summary>
internal static class ToolDeclarations
{
    /// <summary>Those that the model is told of.</summary>
    /// <exception cref="InvalidDataException">One is no function, or two have the same name.</exception>
    public static IReadOnlyList<AIFunctionDeclaration> Of(ChatOptions options)
    {
        if (options.Tools is not { Count: > 0 } given) return [];
        var tools = new List<AIFunctionDeclaration>();
        foreach (var tool in given)
        {
            if (tool is not AIFunctionDeclaration function) throw new InvalidDataException($"ChatOptions.Tools has '{tool.Name}', a {tool.GetType().Name}; this client offers functions only (AIFunction, AIFunctionDeclaration)");
            if (tools.Any(other => other.Name == function.Name)) throw new InvalidDataException($"ChatOptions.Tools has two functions named '{function.Name}'");
            tools.Add(function);
        }
        return options.ToolMode is NoneChatToolMode ? [] : tools;
    }

    /// <summary>Those of which one must be called; null where none must.</summary>
    /// <exception cref="InvalidDataException">The function that must be called is none of them, or there is none at all.</exception>
    public static IReadOnlyList<AIFunctionDeclaration>? Required(ChatOptions options, IReadOnlyList<AIFunctionDeclaration> tools)
    {
        if (options.ToolMode is not RequiredChatToolMode { RequiredFunctionName: var name }) return null;
        var required = name is null ? tools : [.. tools.Where(tool => tool.Name == name)];
        if (required.Count > 0) return required;
        throw new InvalidDataException($"ChatOptions.ToolMode requires a call{(name is null ? "" : $" of {name}")}, and ChatOptions.Tools has {(tools.Count == 0 ? "no functions" : string.Join(", ", tools.Select(tool => tool.Name)))}; give the function in Tools, or use ChatToolMode.Auto");
    }

    /// <summary>As OpenAI describes tools, which is what chat templates read.</summary>
    public static JsonElement Json(IReadOnlyList<AIFunctionDeclaration> tools) => JsonParts.Build(json =>
    {
        json.WriteStartArray();
        foreach (var tool in tools)
        {
            json.WriteStartObject();
            json.WriteString("type", "function");
            json.WriteStartObject("function");
            json.WriteString("name", tool.Name);
            json.WriteString("description", tool.Description);
            json.WritePropertyName("parameters");
            if (tool.JsonSchema.ValueKind == JsonValueKind.Object) WriteSchema(json, tool.JsonSchema);
            else json.WriteRawValue("{\"type\":\"object\",\"properties\":{}}");
            json.WriteEndObject();
            json.WriteEndObject();
        }
        json.WriteEndArray();
    });

    /// <summary>Without $schema, which is for programs and costs the model tokens.</summary>
    private static void WriteSchema(Utf8JsonWriter json, JsonElement schema)
    {
        json.WriteStartObject();
        foreach (var member in schema.EnumerateObject())
            if (member.Name != "$schema") member.WriteTo(json);
        json.WriteEndObject();
    }
}
