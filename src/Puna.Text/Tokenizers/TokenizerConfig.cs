using System.Text.Encodings.Web;
using System.Text.Json;

namespace Puna.Text;

/// <summary>
/// Writes tokenizer_config.json beside tokenizer.model or tokenizer.json, so that Hugging Face programs use the tokenizer as it is used here.
/// Source of the keys: huggingface/transformers, models/llama/tokenization_llama.py, tokenization_utils_fast.py.
/// </summary>
public static class TokenizerConfig
{
    /// <summary>The name of the file in a model folder.</summary>
    public const string FileName = "tokenizer_config.json";

    /// <summary>Writes the file, under a temporary name that is then renamed.</summary>
    /// <param name="folder">The model folder, made where it is missing.</param>
    /// <param name="tokenizer">The tokenizer that the file describes.</param>
    /// <param name="chatTemplate">The template to store; null for none.</param>
    /// <param name="contextLength">Most tokens the model takes, stored as <c>model_max_length</c>; null leaves it out.</param>
    public static void Save(string folder, Tokenizer tokenizer, ChatTemplate? chatTemplate = null, int? contextLength = null)
    {
        using var stream = new MemoryStream();
        using (var json = new Utf8JsonWriter(stream, new JsonWriterOptions { Indented = true, Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping }))
        {
            json.WriteStartObject();
            json.WriteString("tokenizer_class", tokenizer is BpeTokenizer ? "PreTrainedTokenizerFast" : "LlamaTokenizer");
            Piece(json, "bos_token", tokenizer, tokenizer.BosId, chatTemplate?.Tokens.Bos);
            Piece(json, "eos_token", tokenizer, tokenizer.EosId, chatTemplate?.Tokens.Eos);
            Piece(json, "unk_token", tokenizer, tokenizer.UnknownId);
            Piece(json, "pad_token", tokenizer, tokenizer.PadId);
            json.WriteBoolean("add_bos_token", chatTemplate?.Tokens.AddBos ?? tokenizer.AddsBos);
            json.WriteBoolean("add_eos_token", false);
            if (tokenizer is SentencePieceTokenizer pieces)
            {
                json.WriteBoolean("add_prefix_space", pieces.Model.Normalizer.AddDummyPrefix);
                json.WriteBoolean("legacy", true);
            }
            json.WriteBoolean("clean_up_tokenization_spaces", false);
            if (contextLength is { } length) json.WriteNumber("model_max_length", length);
            AddedTokens(json, tokenizer);
            if (chatTemplate is not null) Templates(json, chatTemplate);
            json.WriteEndObject();
        }
        stream.WriteByte((byte)'\n');
        AtomicFile.Write(Path.Combine(folder, FileName), stream.ToArray());
    }

    private static void Templates(Utf8JsonWriter json, ChatTemplate chatTemplate)
    {
        if (chatTemplate.OtherSources.Count == 0)
        {
            json.WriteString("chat_template", chatTemplate.JinjaSource);
            return;
        }
        json.WriteStartArray("chat_template");
        foreach (var (name, source) in chatTemplate.OtherSources.Prepend(new("default", chatTemplate.JinjaSource)))
        {
            json.WriteStartObject();
            json.WriteString("name", name);
            json.WriteString("template", source);
            json.WriteEndObject();
        }
        json.WriteEndArray();
    }

    private static void Piece(Utf8JsonWriter json, string key, Tokenizer tokenizer, int? id, string? spelling = null)
    {
        if (spelling is not null && tokenizer.TryGetId(spelling, out _)) json.WriteString(key, spelling);
        else if (id is { } value) json.WriteString(key, tokenizer.IdToPiece(value));
        else json.WriteNull(key);
    }

    // Without this list Hugging Face would cut a control symbol in the text into ordinary pieces.
    private static void AddedTokens(Utf8JsonWriter json, Tokenizer tokenizer)
    {
        var added = tokenizer is BpeTokenizer bpe
            ? [.. bpe.AddedTokens.OrderBy(token => token.Id)]
            : Enumerable.Range(0, tokenizer.VocabularySize).Where(id => id == tokenizer.UnknownId || tokenizer.IsControl(id)).Select(id => new AddedToken(id, tokenizer.IdToPiece(id), Special: true)).ToArray();
        json.WriteStartObject("added_tokens_decoder");
        foreach (var token in added)
        {
            json.WriteStartObject(token.Id.ToString());
            json.WriteString("content", token.Content);
            json.WriteBoolean("lstrip", token.LeftStrip);
            json.WriteBoolean("normalized", token.Normalized);
            json.WriteBoolean("rstrip", token.RightStrip);
            json.WriteBoolean("single_word", token.SingleWord);
            json.WriteBoolean("special", token.Special);
            json.WriteEndObject();
        }
        json.WriteEndObject();
        json.WriteStartArray("additional_special_tokens");
        foreach (var (id, content, special, _, _, _, _) in added)
            if (special && id != tokenizer.UnknownId && id != tokenizer.BosId && id != tokenizer.EosId && id != tokenizer.PadId) json.WriteStringValue(content);
        json.WriteEndArray();
    }
}
