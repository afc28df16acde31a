namespace Puna.Experiments.Recipes;

/// <summary>How a recipe's tokenizer is made.</summary>
public enum TokenizerType
{
    /// <summary>Byte-pair encoding in SentencePiece's format.</summary>
    Bpe,

    /// <summary>The pieces under which the text is most probable, in SentencePiece's format.</summary>
    Unigram,

    /// <summary>One token a character of the training text.</summary>
    Char,
}

/// <summary>What happens to text before it is encoded.</summary>
public enum TextNormalization
{
    /// <summary>Nothing.</summary>
    Identity,

    /// <summary>SentencePiece's own default: NFKC with extra rules for white space.</summary>
    NmtNfkc,
}

/// <summary>The tokenizer of a run: trained on the training text, or loaded from <see cref="Path"/>. Options are SentencePiece's, with its defaults.</summary>
public sealed record TokenizerSection
{
    /// <summary>Vocabulary of a trained BPE or unigram model where the recipe names none.</summary>
    internal const int DefaultVocabSize = 1000;

    /// <summary>A tokenizer file or a model folder to load; null means train one.</summary>
    public string? Path { get; init; }

    /// <summary>The algorithm.</summary>
    public TokenizerType Type { get; init; } = TokenizerType.Bpe;

    /// <summary>Pieces of a BPE or unigram vocabulary, special ones included; null where the text decides (characters) or the file does (a path).</summary>
    public int? VocabSize { get; init; } = DefaultVocabSize;

    /// <summary>Whether unknown characters become byte pieces.</summary>
    public bool ByteFallback { get; init; }

    /// <summary>Whether every digit is a token of its own.</summary>
    public bool SplitDigits { get; init; }

    /// <summary>What happens to text before it is encoded.</summary>
    public TextNormalization Normalization { get; init; } = TextNormalization.NmtNfkc;

    /// <summary>Whether a space is put before the text.</summary>
    public bool AddDummyPrefix { get; init; } = true;

    /// <summary>Whether runs of spaces become one and outer spaces go.</summary>
    public bool RemoveExtraWhitespaces { get; init; } = true;

    /// <summary>Share of the text's characters that get a piece; the rest is unknown.</summary>
    public double CharacterCoverage { get; init; } = 0.9995;

    /// <summary>Whether a piece may be nothing but spaces.</summary>
    public bool AllowWhitespaceOnlyPieces { get; init; }

    /// <summary>Whether the options below the type mean something: a tokenizer that is loaded has its own, one of characters has none.</summary>
    internal bool HasOptions => Path is null && Type != TokenizerType.Char;

    /// <summary>The section with the options that mean nothing as they are everywhere, so that they make no difference between equal tokenizers.</summary>
    internal TokenizerSection Resolve() => HasOptions ? this with { VocabSize = VocabSize ?? DefaultVocabSize } : new TokenizerSection
    {
        Path = Path,
        Type = Path is null ? Type : TokenizerType.Bpe,
        VocabSize = null,
        Normalization = TextNormalization.Identity,
        AddDummyPrefix = false,
        RemoveExtraWhitespaces = false,
        CharacterCoverage = 1,
    };
}
