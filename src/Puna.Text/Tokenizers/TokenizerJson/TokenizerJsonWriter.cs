using System.Text.Encodings.Web;
using System.Text.Json;

namespace Puna.Text;

/// <summary>Writes tokenizer.json, so that Hugging Face programs give the same ids.</summary>
public static class TokenizerJsonWriter
{
    /// <summary>Writes the file, under a temporary name that is then renamed.</summary>
    /// <param name="tokenizer">A byte pair encoding by rank, or a SentencePiece one that merges alone describe.</param>
    /// <param name="path">The file; an existing one is replaced.</param>
    /// <exception cref="InvalidDataException">The tokenizer does what a tokenizer.json of this kind cannot say.</exception>
    public static void Save(Tokenizer tokenizer, string path)
    {
        var bytes = ToBytes(tokenizer);
        AtomicFile.Write(path, bytes);
    }

    /// <summary>The file's content.</summary>
    /// <param name="tokenizer">As for <see cref="Save"/>.</param>
    /// <exception cref="InvalidDataException">As for <see cref="Save"/>.</exception>
    public static byte[] ToBytes(Tokenizer tokenizer)
    {
        var bpe = tokenizer switch
        {
            BpeTokenizer own => own,
            SentencePieceBpe pieces => SentencePieceMerges.ToByteFallback(pieces),
            _ => throw new InvalidDataException($"A {tokenizer.GetType().Name} cannot be written as tokenizer.json by this build, which writes byte pair encodings; keep its tokenizer.model."),
        };
        using var stream = new MemoryStream();
        using (var json = new Utf8JsonWriter(stream, new JsonWriterOptions { Indented = true, Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping })) Write(json, bpe);
        stream.WriteByte((byte)'\n');
        return stream.ToArray();
    }

    private static void Write(Utf8JsonWriter json, BpeTokenizer tokenizer)
    {
        var texts = tokenizer.Parts.Json ?? JsonTextsOf(tokenizer);
        json.WriteStartObject();
        json.WriteString("version", "1.0");
        json.WriteNull("truncation");
        json.WriteNull("padding");
        json.WriteStartArray("added_tokens");
        foreach (var token in tokenizer.AddedTokens.OrderBy(token => token.Id)) Write(json, token);
        json.WriteEndArray();
        foreach (var (key, text) in (ReadOnlySpan<(string, string)>)[("normalizer", texts.Normalizer), ("pre_tokenizer", texts.PreTokenizer), ("post_processor", texts.PostProcessor), ("decoder", texts.Decoder)])
        {
            json.WritePropertyName(key);
            json.WriteRawValue(text);
        }
        json.WriteStartObject("model");
        WriteModel(json, tokenizer);
        json.WriteEndObject();
        json.WriteEndObject();
    }

    private static void Write(Utf8JsonWriter json, AddedToken token)
    {
        json.WriteStartObject();
        json.WriteNumber("id", token.Id);
        json.WriteString("content", token.Content);
        json.WriteBoolean("single_word", token.SingleWord);
        json.WriteBoolean("lstrip", token.LeftStrip);
        json.WriteBoolean("rstrip", token.RightStrip);
        json.WriteBoolean("normalized", token.Normalized);
        json.WriteBoolean("special", token.Special);
        json.WriteEndObject();
    }

    private static void WriteModel(Utf8JsonWriter json, BpeTokenizer tokenizer)
    {
        var (parts, pieces) = (tokenizer.Parts, tokenizer.Parts.Pieces);
        json.WriteString("type", "BPE");
        json.WriteNull("dropout");
        json.WriteString("unk_token", parts.UnknownId is { } unknown ? pieces[unknown] : null);
        json.WriteNull("continuing_subword_prefix");
        json.WriteNull("end_of_word_suffix");
        json.WriteBoolean("fuse_unk", parts.FusesUnknown);
        json.WriteBoolean("byte_fallback", parts.ByteFallback);
        json.WriteBoolean("ignore_merges", parts.IgnoresMerges);
        // Added tokens behind the last ordinary one stand in their own list only.
        var count = pieces.Count;
        while (count > 0 && tokenizer.AddedContent(count - 1) is not null && count - 1 != parts.UnknownId) count--;
        json.WriteStartObject("vocab");
        for (var id = 0; id < count; id++) json.WriteNumber(pieces[id], id);
        json.WriteEndObject();
        // Every reader knows merges with a space between; only pieces that hold one need the newer form.
        var asLists = parts.Merges.InOrder().Any(merge => pieces[merge.Id].Contains(' '));
        json.WriteStartArray("merges");
        foreach (var (left, right, _, _) in parts.Merges.InOrder())
        {
            if (!asLists)
            {
                json.WriteStringValue($"{pieces[left]} {pieces[right]}");
                continue;
            }
            json.WriteStartArray();
            json.WriteStringValue(pieces[left]);
            json.WriteStringValue(pieces[right]);
            json.WriteEndArray();
        }
        json.WriteEndArray();
    }

    private static JsonTexts JsonTextsOf(BpeTokenizer tokenizer) => tokenizer is ByteLevelBpe
        ? new JsonTexts("null", JsonPieces.ByteLevelSplits(tokenizer.Parts.Rule ?? throw new InvalidOperationException("A byte-level tokenizer that was read from no tokenizer.json has a named rule.")), JsonPieces.Template(tokenizer), JsonPieces.ByteLevelDecoder)
        : new JsonTexts(JsonPieces.LlamaNormalizer(tokenizer.Parts), "null", JsonPieces.Template(tokenizer), JsonPieces.LlamaDecoder(tokenizer.Parts));
}
