using System.Text.Json;

namespace Puna.Text;

/// <summary>Which tokens begin, end and fill up sequences, as a model folder's tokenizer_config.json names them; tokenizer.json does not say.</summary>
internal sealed record SpecialNames
{
    private static readonly string[] UsualBegins = ["<|begin_of_text|>", "<s>", "<|endoftext|>"], UsualEnds = ["<|end_of_text|>", "</s>", "<|endoftext|>"];

    public string? Bos { get; init; }

    public string? Eos { get; init; }

    public string? Pad { get; init; }

    public string? Unknown { get; init; }

    /// <summary>What the file says about the begin symbol; null where it says nothing.</summary>
    public bool? AddsBos { get; init; }

    /// <summary>Reads a folder's tokenizer_config.json; empty where there is none.</summary>
    /// <exception cref="InvalidDataException">It is not JSON, or a name is no text.</exception>
    public static SpecialNames FromFolder(string folder)
    {
        var path = Path.Combine(folder, TokenizerConfig.FileName);
        if (!File.Exists(path)) return new SpecialNames();
        try
        {
            using var json = JsonDocument.Parse(File.ReadAllBytes(path), new JsonDocumentOptions { MaxDepth = 32 });
            var root = new JsonPart(json.RootElement, path);
            return new SpecialNames
            {
                Bos = Name(root, "bos_token"),
                Eos = Name(root, "eos_token"),
                Pad = Name(root, "pad_token"),
                Unknown = Name(root, "unk_token"),
                AddsBos = root.Part("add_bos_token") is null ? null : root.Flag("add_bos_token", false),
            };
        }
        catch (Exception error) when (error is JsonException or InvalidOperationException)
        {
            throw new InvalidDataException($"{path}: the file is not JSON ({error.Message.TrimEnd('.')}); repair it.", error);
        }
    }

    /// <summary>The ids: of what is named here, else of what the file puts around a text, else of the usual names.</summary>
    /// <exception cref="InvalidDataException">A named begin or end symbol is not in the vocabulary.</exception>
    public (int? Bos, int? Eos, int? Pad, int? Unknown) Find(Dictionary<string, int> ids, AddedToken[] added, int? first, int? last, string where)
    {
        int? Usual(string[] usual) => added.Where(token => token.Special && usual.Contains(token.Content)).OrderBy(token => Array.IndexOf(usual, token.Content)).Select(token => (int?)token.Id).FirstOrDefault();
        int? Id(string? name) => name is null ? null
            : ids.TryGetValue(name, out var id) ? id : throw new InvalidDataException($"{where}: {TokenizerConfig.FileName} names the symbol '{name}', which the vocabulary lacks; correct one of the two.");
        int? Optional(string? name) => name is not null && ids.TryGetValue(name, out var id) ? id : null;
        return (Id(Bos) ?? first ?? Usual(UsualBegins), Id(Eos) ?? last ?? Usual(UsualEnds), Optional(Pad), Optional(Unknown));
    }

    // A name is a text, or an object that holds one as content.
    private static string? Name(JsonPart root, string key) => root.Part(key) is not { } part ? null : part.Element.ValueKind == JsonValueKind.Object ? part.Text("content") : part.AsText();
}
