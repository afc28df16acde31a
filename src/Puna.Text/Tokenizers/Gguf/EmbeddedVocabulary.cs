namespace Puna.Text;

/// <summary>
/// A vocabulary as a GGUF file embeds it, as plain lists: who reads the file fills them and calls <see cref="Tokenizers.Create(EmbeddedVocabulary, string)"/>.
/// Names of the keys: ggml-org/ggml, docs/gguf.md.
/// </summary>
public sealed record EmbeddedVocabulary
{
    /// <summary><c>tokenizer.ggml.model</c>: <c>llama</c> for SentencePiece's byte pair encoding, <c>gpt2</c> for a byte-level one, <c>bert</c> for WordPiece.</summary>
    public required string Model { get; init; }

    /// <summary><c>tokenizer.ggml.tokens</c>: the pieces, the position is the id.</summary>
    public required IReadOnlyList<string> Tokens { get; init; }

    /// <summary><c>tokenizer.ggml.scores</c>; needed for <c>llama</c>.</summary>
    public IReadOnlyList<float>? Scores { get; init; }

    /// <summary><c>tokenizer.ggml.token_type</c>, the numbers of <see cref="SentencePieceType"/>; all are normal where it is missing.</summary>
    public IReadOnlyList<int>? TokenTypes { get; init; }

    /// <summary><c>tokenizer.ggml.merges</c>: two pieces and a space between; needed for <c>gpt2</c>.</summary>
    public IReadOnlyList<string>? Merges { get; init; }

    /// <summary><c>tokenizer.ggml.pre</c>: the name of the rule that cuts text; needed for <c>gpt2</c>.</summary>
    public string? PreTokenizer { get; init; }

    /// <summary><c>tokenizer.ggml.bos_token_id</c>.</summary>
    public int? BosId { get; init; }

    /// <summary><c>tokenizer.ggml.eos_token_id</c>.</summary>
    public int? EosId { get; init; }

    /// <summary><c>tokenizer.ggml.unknown_token_id</c>.</summary>
    public int? UnknownId { get; init; }

    /// <summary><c>tokenizer.ggml.padding_token_id</c>.</summary>
    public int? PadId { get; init; }

    /// <summary><c>tokenizer.ggml.add_bos_token</c>.</summary>
    public bool? AddBos { get; init; }

    /// <summary><c>tokenizer.ggml.add_space_prefix</c>.</summary>
    public bool? AddSpacePrefix { get; init; }

    /// <summary><c>tokenizer.ggml.remove_extra_whitespaces</c>.</summary>
    public bool? RemoveExtraWhitespaces { get; init; }

    /// <summary><c>tokenizer.ggml.precompiled_charsmap</c>: SentencePiece's character rules; empty for none.</summary>
    public IReadOnlyList<byte> CharsMap { get; init; } = [];

    /// <summary>Further ids that steer, as <c>tokenizer.ggml.eot_token_id</c> and <c>eom_token_id</c>.</summary>
    public IReadOnlyList<int> ControlIds { get; init; } = [];

    /// <summary>The lists of a byte-level tokenizer.</summary>
    /// <exception cref="InvalidDataException">Its text is cut by a rule that has no name in GGUF files, or normalised first, which they cannot say.</exception>
    public static EmbeddedVocabulary Of(ByteLevelBpe tokenizer)
    {
        var parts = tokenizer.Parts;
        if (parts.Rule is not { } rule) throw new InvalidDataException($"{parts.Name}: text is cut by a rule that GGUF files have no name for; they know {string.Join(", ", SplitRule.All.Select(one => one.Name))}.");
        if (parts.Normalizer is not null) throw new InvalidDataException($"{parts.Name}: text is normalised before it is cut, which GGUF files cannot say.");
        if (parts.IgnoresMerges != rule.IgnoresMerges) throw new InvalidDataException($"{parts.Name}: ignore_merges is {parts.IgnoresMerges}, which GGUF files cannot say of the rule {rule.Name}.");
        var types = Enumerable.Repeat((int)SentencePieceType.Normal, parts.Pieces.Count).ToArray();
        foreach (var token in parts.Added) types[token.Id] = (int)(token.Special ? SentencePieceType.Control : SentencePieceType.UserDefined);
        return new EmbeddedVocabulary
        {
            Model = "gpt2",
            Tokens = parts.Pieces,
            TokenTypes = types,
            Merges = [.. parts.Merges.InOrder().Select(merge => $"{parts.Pieces[merge.Left]} {parts.Pieces[merge.Right]}")],
            PreTokenizer = rule.Name,
            BosId = parts.BosId,
            EosId = parts.EosId,
            UnknownId = parts.UnknownId,
            PadId = parts.PadId,
            AddBos = tokenizer.AddsBos,
        };
    }

    internal Tokenizer CreateTokenizer(string name)
    {
        Check(name);
        return Model switch
        {
            "llama" => new SentencePieceBpe(ToSentencePiece(name), name),
            "gpt2" => new ByteLevelBpe(ToParts(name)),
            "bert" => new WordPieceTokenizer(this, name),
            _ => throw new InvalidDataException($"{name}: the vocabulary's kind '{Model}' (tokenizer.ggml.model) is not read; this build reads llama, gpt2 and bert."),
        };
    }

    private void Check(string name)
    {
        if (Tokens.Count == 0) throw new InvalidDataException($"{name}: the vocabulary has no tokens.");
        foreach (var (key, count) in (ReadOnlySpan<(string, int?)>)[("scores", Scores?.Count), ("token_type", TokenTypes?.Count)])
            if (count is { } found && found != Tokens.Count) throw new InvalidDataException($"{name}: tokenizer.ggml.{key} has {found} entries for {Tokens.Count} tokens; they must be as many.");
        foreach (var (key, id) in (ReadOnlySpan<(string, int?)>)[("bos", BosId), ("eos", EosId), ("unknown", UnknownId), ("padding", PadId)])
            if (id is { } value && (uint)value >= (uint)Tokens.Count) throw new InvalidDataException($"{name}: tokenizer.ggml.{key}_token_id is {value}, but ids are 0 to {Tokens.Count - 1}.");
        for (var id = 0; id < Tokens.Count; id++)
        {
            if (Tokens[id].Length == 0) throw new InvalidDataException($"{name}: token {id} is empty; a token has at least one character.");
            if (TypeOf(id) is < 1 or > 6) throw new InvalidDataException($"{name}: the type of token {id} is {TypeOf(id)}, not one of 1 to 6.");
        }
    }

    private int TypeOf(int id) => TokenTypes?[id] ?? (int)SentencePieceType.Normal;

    private SentencePieceModel ToSentencePiece(string name)
    {
        if (Scores is null) throw new InvalidDataException($"{name}: tokenizer.ggml.scores is missing; a vocabulary of the kind llama needs it.");
        var model = new SentencePieceModel { AddsBos = AddBos };
        model.Trainer.ModelType = SentencePieceModelType.Bpe;
        model.Trainer.VocabularySize = Tokens.Count;
        (model.Normalizer.Name, model.Normalizer.CharsMap) = (CharsMap.Count == 0 ? "identity" : "", [.. CharsMap]);
        model.Normalizer.AddDummyPrefix = AddSpacePrefix ?? true;
        model.Normalizer.RemoveExtraWhitespaces = RemoveExtraWhitespaces ?? false;
        var unknown = UnknownId ?? 0;
        for (var id = 0; id < Tokens.Count; id++)
        {
            if (!float.IsFinite(Scores[id])) throw new InvalidDataException($"{name}: the score of token {id} is {Scores[id]}, not a finite number.");
            var type = (SentencePieceType)TypeOf(id);
            // Files fill up a vocabulary with tokens marked unknown; text never becomes them.
            if (id == unknown) type = SentencePieceType.Unknown;
            else if (type == SentencePieceType.Unknown || id == BosId || id == EosId || id == PadId || (type == SentencePieceType.Normal && ControlIds.Contains(id))) type = SentencePieceType.Control;
            model.Pieces.Add(new SentencePiece(Tokens[id], Scores[id], type));
        }
        model.Trainer.ByteFallback = model.Pieces.Count(piece => piece.Type == SentencePieceType.Byte) == 256;
        model.Trainer.UnknownId = unknown;
        model.Trainer.UnknownPiece = Tokens[unknown];
        (model.Trainer.BosId, model.Trainer.BosPiece) = (BosId ?? -1, BosId is { } bos ? Tokens[bos] : "");
        (model.Trainer.EosId, model.Trainer.EosPiece) = (EosId ?? -1, EosId is { } eos ? Tokens[eos] : "");
        (model.Trainer.PadId, model.Trainer.PadPiece) = (PadId ?? -1, PadId is { } pad ? Tokens[pad] : "");
        return model;
    }

    private BpeParts ToParts(string name)
    {
        if (Merges is null) throw new InvalidDataException($"{name}: tokenizer.ggml.merges is missing; a vocabulary of the kind gpt2 needs it.");
        if (PreTokenizer is null) throw new InvalidDataException($"{name}: tokenizer.ggml.pre is missing, and a guess could give wrong ids; convert the model again with a newer converter.");
        var rule = SplitRule.Named(PreTokenizer, name);
        var pieces = new PieceIds(Tokens, name);
        var merges = new MergeTable(Merges.Count);
        for (var rank = 0; rank < Merges.Count; rank++)
        {
            var space = Merges[rank].IndexOf(' ', Math.Min(1, Merges[rank].Length));
            if (space < 0) throw new InvalidDataException($"{name}: merge {rank} is '{Merges[rank]}', not two tokens and a space between.");
            pieces.AddMerge(merges, rank, Merges[rank][..space], Merges[rank][(space + 1)..], name);
        }
        bool Steers(int id) => TypeOf(id) is 2 or 3 || id == BosId || id == EosId || id == PadId || (TypeOf(id) == 1 && ControlIds.Contains(id));
        var added = Enumerable.Range(0, Tokens.Count).Where(id => Steers(id) || TypeOf(id) == (int)SentencePieceType.UserDefined)
            .Select(id => new AddedToken(id, Tokens[id], Special: Steers(id))).ToArray();
        return new BpeParts
        {
            Name = name,
            Pieces = Tokens,
            Merges = merges,
            Added = added,
            Splitter = rule.Scanner,
            Rule = rule,
            IgnoresMerges = rule.IgnoresMerges,
            BosId = BosId,
            EosId = EosId,
            UnknownId = UnknownId,
            PadId = PadId,
            AddsBos = AddBos ?? rule == SplitRule.Llama3,
        };
    }
}
