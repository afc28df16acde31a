using System.Text.Json;

namespace Puna.Text;

/// <summary>
/// Tokens that a model folder adds to its SentencePiece file: those of tokenizer_config.json (<c>added_tokens_decoder</c>) and of added_tokens.json whose ids lie
/// behind the file's. Who trains a model further adds marks of turns this way.
/// </summary>
internal static class AddedPieces
{
    private const string OlderName = "added_tokens.json";

    /// <exception cref="InvalidDataException">A file is not JSON, or ids have gaps.</exception>
    public static void Append(SentencePieceModel model, string folder)
    {
        var added = new SortedDictionary<int, (string Content, bool Special)>();
        Read(Path.Combine(folder, OlderName), root =>
        {
            foreach (var (content, id) in root.Members()) added[id.AsNumber()] = (content, true);
        });
        Read(Path.Combine(folder, TokenizerConfig.FileName), root =>
        {
            if (root.Part("added_tokens_decoder") is not { } list) return;
            foreach (var (id, token) in list.Members())
                if (int.TryParse(id, out var number)) added[number] = (token.Text("content"), token.Flag("special", false));
        });
        foreach (var (id, (content, special)) in added)
        {
            if (id < model.Pieces.Count) continue;
            if (id > model.Pieces.Count) throw new InvalidDataException($"{folder}: the added token '{content}' has the id {id}, but the tokenizer has {model.Pieces.Count} pieces before it; an id between is missing.");
            if (content.Length == 0) throw new InvalidDataException($"{folder}: the added token {id} is empty; a token has at least one character.");
            model.Pieces.Add(new SentencePiece(content, 0, special ? SentencePieceType.Control : SentencePieceType.UserDefined));
        }
    }

    private static void Read(string path, Action<JsonPart> read)
    {
        if (!File.Exists(path)) return;
        try
        {
            using var json = JsonDocument.Parse(File.ReadAllBytes(path), new JsonDocumentOptions { MaxDepth = 32 });
            read(new JsonPart(json.RootElement, path));
        }
        catch (Exception error) when (error is JsonException or InvalidOperationException)
        {
            throw new InvalidDataException($"{path}: the file is not JSON ({error.Message.TrimEnd('.')}); repair it.", error);
        }
    }
}
