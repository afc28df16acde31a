using Puna.Text;

namespace Puna.Models;

/// <summary>
/// The tokenizer in GGUF metadata (<c>tokenizer.ggml.*</c>, <c>tokenizer.chat_template</c>), as it stands there. Keys: ggml-org/ggml, docs/gguf.md.
/// </summary>
public sealed record GgufVocabulary
{
    /// <summary>The kind of tokenizers that are SentencePiece's BPE.</summary>
    public const string SentencePieceKind = "llama";

    private const string Prefix = "tokenizer.ggml.";

    /// <summary>tokenizer.ggml.model: <c>llama</c>, <c>gpt2</c> (byte-level BPE), …</summary>
    public required string Model { get; init; }

    /// <summary>tokenizer.ggml.pre: how byte-level kinds cut text before they merge; null where the file does not say.</summary>
    public string? Pre { get; init; }

    /// <summary>tokens: spellings by id.</summary>
    public required IReadOnlyList<string> Tokens { get; init; }

    /// <summary>scores: by id; empty where the file has none.</summary>
    public IReadOnlyList<float> Scores { get; init; } = [];

    /// <summary>token_type: 1 normal, 2 unknown, 3 control, 4 user-defined, 5 unused, 6 byte; empty where the file has none.</summary>
    public IReadOnlyList<int> TokenTypes { get; init; } = [];

    /// <summary>merges of byte-level kinds, best first; empty for others.</summary>
    public IReadOnlyList<string> Merges { get; init; } = [];

    /// <summary>bos_token_id.</summary>
    public int? BosId { get; init; }

    /// <summary>eos_token_id.</summary>
    public int? EosId { get; init; }

    /// <summary>eot_token_id: ends a turn.</summary>
    public int? EndOfTurnId { get; init; }

    /// <summary>eom_token_id: ends a message within a turn.</summary>
    public int? EndOfMessageId { get; init; }

    /// <summary>unknown_token_id.</summary>
    public int? UnknownId { get; init; }

    /// <summary>padding_token_id.</summary>
    public int? PaddingId { get; init; }

    /// <summary>add_bos_token.</summary>
    public bool? AddBos { get; init; }

    /// <summary>add_eos_token.</summary>
    public bool? AddEos { get; init; }

    /// <summary>add_space_prefix; for the kind <c>llama</c> true where the file does not say.</summary>
    public bool? AddSpacePrefix { get; init; }

    /// <summary>remove_extra_whitespaces.</summary>
    public bool? RemoveExtraWhitespaces { get; init; }

    /// <summary>precompiled_charsmap: SentencePiece's character rules; empty for none.</summary>
    public IReadOnlyList<byte> CharsMap { get; init; } = [];

    /// <summary>tokenizer.chat_template.</summary>
    public string? ChatTemplate { get; init; }

    /// <summary>Reads the metadata.</summary>
    /// <returns>The vocabulary; null where the file has none.</returns>
    /// <exception cref="InvalidDataException">A key has another type than it must, lists differ in length, or an id is none of the tokens'.</exception>
    public static GgufVocabulary? Read(GgufFile file)
    {
        var data = file.Metadata;
        if (data.Text(Prefix + "model") is not { } model || model is "no_vocab" or "none") return null;
        var tokens = data.Array<string>(Prefix + "tokens") ?? throw Bad(file, $"has a tokenizer ({Prefix}model {model}) but no {Prefix}tokens");
        foreach (var (key, count) in new[] { ("scores", data.Array<float>(Prefix + "scores")?.Length), ("token_type", data.Array<int>(Prefix + "token_type")?.Length) })
        {
            if (count is { } found && found != tokens.Length) throw Bad(file, $"has {found} {Prefix}{key} for {tokens.Length} tokens");
        }
        int? Id(string name)
        {
            var key = $"{Prefix}{name}_token_id";
            if (data.Whole(key) is not { } id || id is -1 or uint.MaxValue) return null;
            return id >= 0 && id < tokens.Length ? (int)id : throw Bad(file, $"has {key} {id}, but ids are 0 to {tokens.Length - 1}");
        }
        return new GgufVocabulary
        {
            Model = model,
            Pre = data.Text(Prefix + "pre"),
            Tokens = tokens,
            Scores = data.Array<float>(Prefix + "scores") ?? [],
            TokenTypes = data.Array<int>(Prefix + "token_type") ?? [],
            Merges = data.Array<string>(Prefix + "merges") ?? [],
            BosId = Id("bos"),
            EosId = Id("eos"),
            EndOfTurnId = Id("eot"),
            EndOfMessageId = Id("eom"),
            UnknownId = Id("unknown"),
            PaddingId = Id("padding"),
            AddBos = data.Flag(Prefix + "add_bos_token"),
            AddEos = data.Flag(Prefix + "add_eos_token"),
            AddSpacePrefix = data.Flag(Prefix + "add_space_prefix"),
            RemoveExtraWhitespaces = data.Flag(Prefix + "remove_extra_whitespaces"),
            CharsMap = data.Find(Prefix + "precompiled_charsmap") is sbyte[] signed ? [.. signed.Select(value => (byte)value)] : data.Array<byte>(Prefix + "precompiled_charsmap") ?? [],
            ChatTemplate = data.Text("tokenizer.chat_template"),
        };
    }

    /// <summary>The vocabulary of a SentencePiece tokenizer.</summary>
    /// <param name="tokenizer">Of the type BPE or characters.</param>
    /// <param name="chatTemplate">The template to store; null for none.</param>
    /// <param name="addBos">Whether the model was trained with the begin symbol before a text.</param>
    /// <exception cref="InvalidDataException">A unigram tokenizer: readers of the kind <c>llama</c> would cut text otherwise.</exception>
    public static GgufVocabulary Of(SentencePieceTokenizer tokenizer, ChatTemplate? chatTemplate, bool addBos)
    {
        if (tokenizer is SentencePieceUnigram) throw new InvalidDataException("the model's tokenizer is a SentencePiece unigram model, which GGUF files for Llamas cannot hold; train one with --type bpe");
        var model = tokenizer.Model;
        return new GgufVocabulary
        {
            Model = SentencePieceKind,
            Pre = "default",
            Tokens = [.. model.Pieces.Select(piece => piece.Text)],
            Scores = [.. model.Pieces.Select(piece => piece.Score)],
            TokenTypes = [.. model.Pieces.Select(piece => (int)piece.Type)],
            BosId = tokenizer.BosId,
            EosId = tokenizer.EosId,
            UnknownId = tokenizer.UnknownId,
            PaddingId = tokenizer.PadId,
            AddBos = addBos,
            AddEos = false,
            AddSpacePrefix = model.Normalizer.AddDummyPrefix,
            RemoveExtraWhitespaces = model.Normalizer.RemoveExtraWhitespaces,
            CharsMap = model.Normalizer.CharsMap,
            ChatTemplate = chatTemplate?.JinjaSource,
        };
    }

    /// <summary>The vocabulary of a byte-level tokenizer.</summary>
    /// <param name="tokenizer">Of a split rule that such files can name.</param>
    /// <param name="chatTemplate">The template to store; null for none.</param>
    /// <exception cref="InvalidDataException">GGUF files cannot describe it.</exception>
    public static GgufVocabulary Of(ByteLevelBpe tokenizer, ChatTemplate? chatTemplate)
    {
        var lists = EmbeddedVocabulary.Of(tokenizer);
        int? Id(string piece) => tokenizer.TryGetId(piece, out var id) ? id : null;
        return new GgufVocabulary
        {
            Model = lists.Model,
            Pre = lists.PreTokenizer,
            Tokens = lists.Tokens,
            TokenTypes = lists.TokenTypes ?? [],
            Merges = lists.Merges ?? [],
            BosId = lists.BosId,
            EosId = lists.EosId,
            EndOfTurnId = Id("<|eot_id|>"),
            EndOfMessageId = Id("<|eom_id|>"),
            UnknownId = lists.UnknownId,
            PaddingId = lists.PadId,
            AddBos = lists.AddBos,
            ChatTemplate = chatTemplate?.JinjaSource,
        };
    }

    /// <summary>The metadata, in the order that other writers have.</summary>
    /// <param name="size">Rows of the embedding table: tokens are filled up to so many, as readers want one each.</param>
    public IEnumerable<KeyValuePair<string, object>> ToMetadata(int size)
    {
        var missing = Math.Max(0, size - Tokens.Count);
        yield return new(Prefix + "model", Model);
        if (Pre is not null) yield return new(Prefix + "pre", Pre);
        yield return new(Prefix + "tokens", Tokens.Concat(Enumerable.Range(0, missing).Select(i => $"[PAD{i}]")).ToArray());
        if (Scores.Count > 0) yield return new(Prefix + "scores", Scores.Concat(Enumerable.Repeat(-10_000f, missing)).ToArray());
        if (TokenTypes.Count > 0) yield return new(Prefix + "token_type", TokenTypes.Concat(Enumerable.Repeat((int)SentencePieceType.Unused, missing)).ToArray());
        if (Merges.Count > 0) yield return new(Prefix + "merges", Merges.ToArray());
        foreach (var (name, id) in new[] { ("bos", BosId), ("eos", EosId), ("eot", EndOfTurnId), ("eom", EndOfMessageId), ("unknown", UnknownId), ("padding", PaddingId) })
        {
            if (id is { } given) yield return new($"{Prefix}{name}_token_id", (uint)given);
        }
        foreach (var (name, flag) in new[] { ("add_bos_token", AddBos), ("add_eos_token", AddEos), ("add_space_prefix", AddSpacePrefix), ("remove_extra_whitespaces", RemoveExtraWhitespaces) })
        {
            if (flag is { } given) yield return new(Prefix + name, given);
        }
        if (CharsMap.Count > 0) yield return new(Prefix + "precompiled_charsmap", CharsMap.ToArray());
        if (ChatTemplate is not null) yield return new("tokenizer.chat_template", ChatTemplate);
    }

    /// <summary>The tokenizer that it describes.</summary>
    /// <param name="name">What errors call it, for example the file.</param>
    /// <exception cref="InvalidDataException">A kind that this build does not run, or one that contradicts itself.</exception>
    public Tokenizer CreateTokenizer(string name) => Tokenizers.Create(
        new EmbeddedVocabulary
        {
            Model = Model,
            Tokens = Tokens,
            Scores = Scores.Count > 0 ? Scores : null,
            TokenTypes = TokenTypes.Count > 0 ? TokenTypes : null,
            Merges = Merges.Count > 0 ? Merges : null,
            PreTokenizer = Pre,
            BosId = BosId,
            EosId = EosId,
            UnknownId = UnknownId,
            PadId = PaddingId,
            ControlIds = [.. new[] { EndOfTurnId, EndOfMessageId }.OfType<int>()],
            AddBos = AddBos,
            AddSpacePrefix = AddSpacePrefix,
            RemoveExtraWhitespaces = RemoveExtraWhitespaces,
            CharsMap = CharsMap,
        },
        $"gguf: {name}");

    private static InvalidDataException Bad(GgufFile file, string what) => new($"gguf: {file.Path} {what}");
}
