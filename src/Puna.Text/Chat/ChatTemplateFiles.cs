using System.Text.Json;

namespace Puna.Text;

/// <summary>The chat templates of a model folder as they are stored. The file chat_template.jinja goes before tokenizer_config.json, as transformers has it.</summary>
/// <param name="Path">Where the default template stands, for people.</param>
/// <param name="Source">Its text.</param>
/// <param name="Others">The others, by name.</param>
/// <param name="Tokens">What tokenizer_config.json says about special tokens.</param>
internal sealed record ChatTemplateFiles(string Path, string Source, IReadOnlyDictionary<string, string> Others, ChatTokens Tokens)
{
    /// <summary>The file with a template of its own.</summary>
    public const string FileName = "chat_template.jinja";

    /// <summary>The folder with more of them.</summary>
    public const string FolderName = "additional_chat_templates";

    private const string Default = "default";

    /// <summary>Reads them; null where there are none, with a sentence where what is there cannot be read.</summary>
    /// <exception cref="InvalidDataException">tokenizer_config.json is not a JSON object.</exception>
    public static (ChatTemplateFiles? Files, string? Problem) Read(string folder)
    {
        var path = System.IO.Path.Combine(folder, TokenizerConfig.FileName);
        var tokens = ChatTokens.OfTokenizer;
        string? problem = null;
        var sources = File.Exists(path) ? FromConfig(path, out tokens, out problem) : [];
        path += " (chat_template)";
        var file = System.IO.Path.Combine(folder, FileName);
        if (File.Exists(file))
        {
            (path, problem, sources) = (file, null, new Dictionary<string, string> { [Default] = File.ReadAllText(file) });
            var more = System.IO.Path.Combine(folder, FolderName);
            if (Directory.Exists(more))
                foreach (var other in Directory.EnumerateFiles(more, "*.jinja").Order()) sources[System.IO.Path.GetFileNameWithoutExtension(other)] = File.ReadAllText(other);
        }
        if (problem is not null || sources.Count == 0) return (null, problem);
        if (!sources.Remove(Default, out var source))
            return (null, $"{path}: chat_template holds templates named {string.Join(", ", sources.Keys)}, and none is named default");
        return (new ChatTemplateFiles(path, source, sources, tokens), null);
    }

    private static Dictionary<string, string> FromConfig(string path, out ChatTokens tokens, out string? problem)
    {
        try
        {
            using var config = JsonDocument.Parse(File.ReadAllBytes(path));
            if (config.RootElement.ValueKind != JsonValueKind.Object) throw new InvalidDataException($"{path}: the file is not a JSON object; repair it.");
            tokens = ChatTokens.Read(config.RootElement);
            problem = null;
            if (!config.RootElement.TryGetProperty("chat_template", out var template) || template.ValueKind == JsonValueKind.Null) return [];
            if (template.ValueKind == JsonValueKind.String) return new Dictionary<string, string> { [Default] = template.GetString()! };
            if (Named(template) is { } named) return named;
            problem = $"{path}: chat_template is a text, or a list of objects with name and template; this one is of the JSON type {template.ValueKind} and neither";
            return [];
        }
        catch (InvalidOperationException error)
        {
            throw new InvalidDataException($"{path}: a text in the file is not Unicode; repair it.", error);
        }
        catch (JsonException error)
        {
            throw new InvalidDataException($"{path}: the file is not JSON (line {error.LineNumber + 1}); repair it.", error);
        }
    }

    private static Dictionary<string, string>? Named(JsonElement list)
    {
        if (list.ValueKind != JsonValueKind.Array) return null;
        var named = new Dictionary<string, string>();
        foreach (var item in list.EnumerateArray())
        {
            if (item.ValueKind != JsonValueKind.Object || !item.TryGetProperty("name", out var name) || !item.TryGetProperty("template", out var template)
                || name.ValueKind != JsonValueKind.String || template.ValueKind != JsonValueKind.String) return null;
            named[name.GetString()!] = template.GetString()!;
        }
        return named;
    }
}
