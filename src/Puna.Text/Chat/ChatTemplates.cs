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
        var (template, problem) = Find(folder);
        return problem is null ? template : throw new InvalidDataException(problem);
    }

    /// <summary>As <see cref="FromFolder"/>, for those who may do without: a template that this build cannot run is told, not thrown.</summary>
    /// <param name="folder">The model folder.</param>
    /// <returns>The template, or null; and where the folder has one that this build cannot run, a sentence about it.</returns>
    /// <exception cref="InvalidDataException">The file is not JSON.</exception>
    public static (ChatTemplate? Template, string? Problem) Find(string folder)
    {
        var path = Path.Combine(folder, TokenizerConfig.FileName);
        var (source, problem) = File.Exists(path) ? FromConfig(path) : (null, null);
        if (problem is not null) return (null, problem);
        if (source is null)
        {
            path = Path.Combine(folder, "chat_template.jinja");
            if (!File.Exists(path)) return (null, null);
            source = File.ReadAllText(path);
        }
        return FromSource(source, path);
    }

    /// <summary>The template of a text in the language that Hugging Face and GGUF files store.</summary>
    /// <param name="source">The text.</param>
    /// <param name="name">Where it stands, for the sentence.</param>
    /// <returns>The template; or, where it is one that this build cannot run, a sentence about it.</returns>
    public static (ChatTemplate? Template, string? Problem) FromSource(string source, string name) =>
        All.FirstOrDefault(t => t.JinjaSource == source || t.JinjaSource == source.TrimEnd('\n')) is { } template
            ? (template, null)
            : (null, $"{name}: the chat template ({source.Length} characters) is not one that this build can run; it knows {Names}, by their exact text");

    private static (string? Source, string? Problem) FromConfig(string path)
    {
        try
        {
            using var config = JsonDocument.Parse(File.ReadAllBytes(path));
            if (config.RootElement.ValueKind != JsonValueKind.Object) throw new InvalidDataException($"{path}: the file is not a JSON object; repair it.");
            if (!config.RootElement.TryGetProperty("chat_template", out var template) || template.ValueKind == JsonValueKind.Null) return (null, null);
            if (template.ValueKind == JsonValueKind.String) return (template.GetString(), null);
            return (null, $"{path}: chat_template is of the JSON type {template.ValueKind}; this build reads one template as a string");
        }
        catch (JsonException error)
        {
            throw new InvalidDataException($"{path}: the file is not JSON (line {error.LineNumber + 1}); repair it.", error);
        }
    }
}
