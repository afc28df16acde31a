namespace Puna.Text;

/// <summary>What a <see cref="BpeTokenizer"/> is made of; a reader of a file fills it.</summary>
internal sealed record BpeParts
{
    /// <summary>What errors call the tokenizer, for example the file.</summary>
    public required string Name { get; init; }

    /// <summary>The tokens by id, as the file spells them; added tokens among them.</summary>
    public required IReadOnlyList<string> Pieces { get; init; }

    /// <summary>The merges, over ids.</summary>
    public required MergeTable Merges { get; init; }

    /// <summary>The added tokens, special ones among them.</summary>
    public IReadOnlyList<AddedToken> Added { get; init; } = [];

    /// <summary>What is done to text first.</summary>
    public TextStep? Normalizer { get; init; }

    /// <summary>What cuts text into words; null where a stretch is one word.</summary>
    public PreTokenizer? Splitter { get; init; }

    /// <summary>The split rule, where it is one that has a name.</summary>
    public SplitRule? Rule { get; init; }

    /// <summary>Whether a word that is a token is taken whole.</summary>
    public bool IgnoresMerges { get; init; }

    /// <summary>Whether words reach the merges spelled in the <see cref="ByteAlphabet"/>.</summary>
    public bool SpellsBytes { get; init; }

    /// <summary>Whether a character outside the vocabulary becomes its bytes.</summary>
    public bool ByteFallback { get; init; }

    /// <summary>Whether neighbouring unknown characters are one unknown token.</summary>
    public bool FusesUnknown { get; init; }

    /// <summary>Pieces to text.</summary>
    public PieceDecoding Decoding { get; init; } = PieceDecoding.Bytes;

    /// <summary>The parts of the tokenizer.json that it was read from; null for another file.</summary>
    public JsonTexts? Json { get; init; }

    public int? BosId { get; init; }

    public int? EosId { get; init; }

    public int? UnknownId { get; init; }

    public int? PadId { get; init; }

    /// <summary>Whether the begin symbol belongs before every sequence.</summary>
    public bool AddsBos { get; init; }
}
