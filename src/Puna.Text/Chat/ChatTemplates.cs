using System.Text.Json;

namespace Puna.Text;

/// <summary>The chat templates of this build.</summary>
public static class ChatTemplates
{
    /// <summary>All of them.</summary>
    public static IReadOnlyList<ChatTemplate> All { get; } = [new Llama3ChatTemplate(), new Llama2ChatTemplate()];

    private static string Names => string.Join(" and ", All.Select(t => t.Name));

    /// <summary>Finds a template by <see cref="ChatTemplate.Name"/>.</summary>
    /// <param name="name">For example <c>llama3</c>.</param>
    /// <exception cref="InvalidDataException">There is none of this name; the sentence lists them.</exception>
    public static ChatTemplate ByName(string name) => All.FirstOrDefault(t => t.Name == name)
        ?? throw new InvalidDataException($"Chat template '{name}' is not known; this build has {Names}.");

    /// <summary>The template that a model folder names: <c>chat_template</c> in tokenizer_config.json, or the file chat_template.jinja.</summary>
    /// <param name="folder">The model folder.</param>
    /// <returns>The template, or null where the folder names none.</returns>
    /// <exception cref="InvalidDataException">The folder has another template than this build's, or the file is not JSON.</exception>
    public static ChatTemplate? FromFolder(string folder)
    {
        var path = Path.Combine(folder, TokenizerConfig.FileName);
        var source = File.Exists(path) ? FromConfig(path) : null;
        if (source is null)
        {
            path = Path.Combine(folder, "chat_template.jinja");
            if (!File.Exists(path)) return null;
            source = File.ReadAllText(path);
        }
        return All.FirstOrDefault(t => t.JinjaSource == source || t.JinjaSource == source.TrimEnd('\n'))
            ?? throw new InvalidDataException($"{path}: the chat template ({source.Length} characters) is not one that this build can run; it knows {Names}, by their exact text. Choose one of them by name.");
    }

    private static string? FromConfig(string path)
    {
        try
        {
            using var config = JsonDocument.Parse(File.ReadAllBytes(path));
            if (config.RootElement.ValueKind != JsonValueKind.Object) throw new InvalidDataException($"{path}: the file is not a JSON object; repair it.");
            if (!config.RootElement.TryGetProperty("chat_template", out var template) || template.ValueKind == JsonValueKind.Null) return null;
            if (template.ValueKind == JsonValueKind.String) return template.GetString();
            throw new InvalidDataException($"{path}: chat_template is of the JSON type {template.ValueKind}; this build reads one template as a string.");
        }
        catch (JsonException error)
        {
            throw new InvalidDataException($"{path}: the file is not JSON (line {error.LineNumber + 1}); repair it.", error);
        }
    }
}
