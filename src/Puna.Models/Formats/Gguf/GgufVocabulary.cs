using Puna.Text;

namespace Puna.Models;

/// <summary>
/// The tokenizer in GGUF metadata (<c>tokenizer.ggml.*</c>, <c>tokenizer.chat_template</c>), as it stands there. Keys: ggml-org/ggml, docs/gguf.md.
/// </summary>
public sealed record GgufVocabulary
{
    private const string Prefix = "tokenizer.ggml.";

    /// <summary>What makes the tokenizer.</summary>
    public required EmbeddedVocabulary Lists { get; init; }

    /// <summary>eot_token_id: ends a turn.</summary>
    public int? EndOfTurnId { get; init; }

    /// <summary>eom_token_id: ends a message within a turn.</summary>
    public int? EndOfMessageId { get; init; }

    /// <summary>add_eos_token.</summary>
    public bool? AddEos { get; init; }

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
        var (turn, message) = (Id("eot"), Id("eom"));
        return new GgufVocabulary
        {
            Lists = new EmbeddedVocabulary
            {
                Model = model,
                PreTokenizer = data.Text(Prefix + "pre"),
                Tokens = tokens,
                Scores = data.Array<float>(Prefix + "scores") is { Length: > 0 } scores ? scores : null,
                TokenTypes = data.Array<int>(Prefix + "token_type") is { Length: > 0 } types ? types : null,
                Merges = data.Array<string>(Prefix + "merges") is { Length: > 0 } merges ? merges : null,
                BosId = Id("bos"),
                EosId = Id("eos"),
                UnknownId = Id("unknown"),
                PadId = Id("padding"),
                ControlIds = [.. new[] { turn, message }.OfType<int>()],
                AddBos = data.Flag(Prefix + "add_bos_token"),
                AddSpacePrefix = data.Flag(Prefix + "add_space_prefix"),
                RemoveExtraWhitespaces = data.Flag(Prefix + "remove_extra_whitespaces"),
                CharsMap = data.Find(Prefix + "precompiled_charsmap") is sbyte[] signed ? [.. signed.Select(value => (byte)value)] : data.Array<byte>(Prefix + "precompiled_charsmap") ?? [],
            },
            EndOfTurnId = turn,
            EndOfMessageId = message,
            AddEos = data.Flag(Prefix + "add_eos_token"),
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
            Lists = new EmbeddedVocabulary
            {
                Model = "llama",
                PreTokenizer = "default",
                Tokens = [.. model.Pieces.Select(piece => piece.Text)],
                Scores = [.. model.Pieces.Select(piece => piece.Score)],
                TokenTypes = [.. model.Pieces.Select(piece => (int)piece.Type)],
                BosId = tokenizer.BosId,
                EosId = tokenizer.EosId,
                UnknownId = tokenizer.UnknownId,
                PadId = tokenizer.PadId,
                AddBos = addBos,
                AddSpacePrefix = model.Normalizer.AddDummyPrefix,
                RemoveExtraWhitespaces = model.Normalizer.RemoveExtraWhitespaces,
                CharsMap = model.Normalizer.CharsMap,
            },
            AddEos = false,
            ChatTemplate = chatTemplate?.JinjaSource,
        };
    }

    /// <summary>The vocabulary of a byte-level tokenizer.</summary>
    /// <param name="tokenizer">Of a split rule that such files can name.</param>
    /// <param name="chatTemplate">The template to store; null for none.</param>
    /// <exception cref="InvalidDataException">GGUF files cannot describe it.</exception>
    public static GgufVocabulary Of(ByteLevelBpe tokenizer, ChatTemplate? chatTemplate)
    {
        int? Id(string piece) => tokenizer.TryGetId(piece, out var id) ? id : null;
        return new GgufVocabulary { Lists = EmbeddedVocabulary.Of(tokenizer), EndOfTurnId = Id("<|eot_id|>"), EndOfMessageId = Id("<|eom_id|>"), ChatTemplate = chatTemplate?.JinjaSource };
    }

    /// <summary>The metadata, in the order that other writers have.</summary>
    /// <param name="size">Rows of the embedding table: tokens are filled up to so many, as readers want one each.</param>
    public IEnumerable<KeyValuePair<string, object>> ToMetadata(int size)
    {
        var missing = Math.Max(0, size - Lists.Tokens.Count);
        yield return new(Prefix + "model", Lists.Model);
        if (Lists.PreTokenizer is { } pre) yield return new(Prefix + "pre", pre);
        yield return new(Prefix + "tokens", Lists.Tokens.Concat(Enumerable.Range(0, missing).Select(i => $"[PAD{i}]")).ToArray());
        if (Lists.Scores is { Count: > 0 } scores) yield return new(Prefix + "scores", scores.Concat(Enumerable.Repeat(-10_000f, missing)).ToArray());
        if (Lists.TokenTypes is { Count: > 0 } types) yield return new(Prefix + "token_type", types.Concat(Enumerable.Repeat((int)SentencePieceType.Unused, missing)).ToArray());
        if (Lists.Merges is { Count: > 0 } merges) yield return new(Prefix + "merges", merges.ToArray());
        foreach (var (name, id) in new[] { ("bos", Lists.BosId), ("eos", Lists.EosId), ("eot", EndOfTurnId), ("eom", EndOfMessageId), ("unknown", Lists.UnknownId), ("padding", Lists.PadId) })
        {
            if (id is { } given) yield return new($"{Prefix}{name}_token_id", (uint)given);
        }
        foreach (var (name, flag) in new[] { ("add_bos_token", Lists.AddBos), ("add_eos_token", AddEos), ("add_space_prefix", Lists.AddSpacePrefix), ("remove_extra_whitespaces", Lists.RemoveExtraWhitespaces) })
        {
            if (flag is { } given) yield return new(Prefix + name, given);
        }
        if (Lists.CharsMap.Count > 0) yield return new(Prefix + "precompiled_charsmap", Lists.CharsMap.ToArray());
        if (ChatTemplate is not null) yield return new("tokenizer.chat_template", ChatTemplate);
    }

    /// <summary>The tokenizer that it describes.</summary>
    /// <param name="name">What errors call it, for example the file.</param>
    /// <exception cref="InvalidDataException">A kind that this build does not run, or one that contradicts itself.</exception>
    public Tokenizer CreateTokenizer(string name) => Tokenizers.Create(Lists, $"gguf: {name}");

    private static InvalidDataException Bad(GgufFile file, string what) => new($"gguf: {file.Path} {what}");
}
