namespace Puna.Text;

/// <summary>How a SentencePiece vocabulary is trained, by BPE or as a unigram model. The defaults are SentencePiece's own; <see cref="Llama"/> has those of Llama 1 and 2.</summary>
public sealed record BpeTrainerOptions
{
    /// <summary>The options that Llama 1 and 2 were trained with: bytes for rare characters, single digits, text taken as it is.</summary>
    public static BpeTrainerOptions Llama { get; } = new()
    {
        ByteFallback = true,
        SplitDigits = true,
        Normalization = "identity",
        RemoveExtraWhitespaces = false,
        AllowWhitespaceOnlyPieces = true,
        CharacterCoverage = 0.99995f,
    };

    /// <summary>Pieces in all: special symbols, bytes, merges and characters.</summary>
    public int VocabularySize { get; init; } = 8000;

    /// <summary>Write characters outside the vocabulary as bytes (256 pieces) instead of the unknown id.</summary>
    public bool ByteFallback { get; init; }

    /// <summary>Make every digit a piece of its own.</summary>
    public bool SplitDigits { get; init; }

    /// <summary>Share of the text's characters, most frequent first, that become pieces; above 0, at most 1.</summary>
    public float CharacterCoverage { get; init; } = 0.9995f;

    /// <summary>Character rules: <c>identity</c> (none) or <c>nmt_nfkc</c> (Unicode NFKC; line ends and tabs become spaces).</summary>
    public string Normalization { get; init; } = "nmt_nfkc";

    /// <summary>Put a space before every text, so that its first word is the same piece as inside a sentence.</summary>
    public bool AddDummyPrefix { get; init; } = true;

    /// <summary>Remove leading, trailing and doubled spaces; decoding cannot bring them back.</summary>
    public bool RemoveExtraWhitespaces { get; init; } = true;

    /// <summary>Allow pieces of spaces alone, for indented code.</summary>
    public bool AllowWhitespaceOnlyPieces { get; init; }

    /// <summary>Put the space at the end of a word's first piece instead of at its beginning.</summary>
    public bool TreatWhitespaceAsSuffix { get; init; }

    /// <summary>Never let a space stand inside a piece.</summary>
    public bool SplitByWhitespace { get; init; } = true;

    /// <summary>Never mix scripts in a piece; Han, Hiragana and Katakana count as one.</summary>
    public bool SplitByUnicodeScript { get; init; } = true;

    /// <summary>Never mix digits with letters in a piece.</summary>
    public bool SplitByNumber { get; init; } = true;

    /// <summary>Longest piece, in characters.</summary>
    public int MaxPieceLength { get; init; } = 16;

    /// <summary>Longer lines are left out, in UTF-8 bytes; at most 65535.</summary>
    public int MaxLineBytes { get; init; } = 4192;

    /// <summary>Texts that are always one piece, wherever they are found; without spaces.</summary>
    public IReadOnlyList<string> UserDefinedSymbols { get; init; } = [];

    /// <summary>Symbols that steer the model and are never made from text, for example <c>&lt;|eot_id|&gt;</c>.</summary>
    public IReadOnlyList<string> ControlSymbols { get; init; } = [];

    /// <summary>Id of <c>&lt;unk&gt;</c>.</summary>
    public int UnknownId { get; init; }

    /// <summary>Id of <c>&lt;s&gt;</c>, -1 for none.</summary>
    public int BosId { get; init; } = 1;

    /// <summary>Id of <c>&lt;/s&gt;</c>, -1 for none.</summary>
    public int EosId { get; init; } = 2;

    /// <summary>Id of <c>&lt;pad&gt;</c>, -1 for none.</summary>
    public int PadId { get; init; } = -1;

    /// <summary>Memory that counting words and learning from them may take, in bytes, about; at least 1 MiB. A tenth of it is for the counts: where they need more, the rarest words are
    /// dropped (<see cref="DroppedWords"/>). So the memory does not depend on the length of the text.</summary>
    public long MemoryBytes { get; init; } = DefaultMemory;

    /// <summary>Told once, after the text is read, where words were left out to stay within <see cref="MemoryBytes"/>.</summary>
    public Action<DroppedWords>? WhenDropped { get; init; }

    /// <summary>Threads; 0 for as many as there are processors. The vocabulary is the same for any number.</summary>
    public int Threads { get; init; }

    /// <summary>The least memory that can be asked for, in bytes.</summary>
    public const long LeastMemory = 1L << 20;

    internal const long DefaultMemory = 1L << 30;

    internal int ThreadCount => Threads > 0 ? Threads : Environment.ProcessorCount;

    internal static void CheckMemory(long bytes)
    {
        if (bytes < LeastMemory) throw new InvalidDataException($"A memory of {bytes} bytes is too little to count words in; give at least {LeastMemory} (1 MiB).");
    }

    internal void Check()
    {
        CheckMemory(MemoryBytes);
        if (Normalization is not ("identity" or "nmt_nfkc"))
            throw new InvalidDataException($"Normalization '{Normalization}' is not known; this build has identity and nmt_nfkc.");
        if (CharacterCoverage is not (> 0 and <= 1))
            throw new InvalidDataException($"Character coverage {CharacterCoverage} is not above 0 and at most 1.");
        if (MaxPieceLength < 1) throw new InvalidDataException($"Longest piece {MaxPieceLength} is below 1 character.");
        if (MaxLineBytes is < 1 or > ushort.MaxValue) throw new InvalidDataException($"Longest line {MaxLineBytes} bytes is not 1 to {ushort.MaxValue}.");
        if (UserDefinedSymbols.Concat(ControlSymbols).FirstOrDefault(s => s.Length == 0 || s.Contains(' ')) is { } bad)
            throw new InvalidDataException($"Symbol '{bad}' is empty or holds a space; write it without.");
    }
}
