namespace Puna.Text;

/// <summary>What a piece is for; the numbers are those of the file format.</summary>
public enum SentencePieceType
{
    /// <summary>Text.</summary>
    Normal = 1,

    /// <summary>Stands for characters outside the vocabulary.</summary>
    Unknown = 2,

    /// <summary>Steers the model; never made from text, gives no text.</summary>
    Control = 3,

    /// <summary>Text that is always one piece.</summary>
    UserDefined = 4,

    /// <summary>Merged on the way, never produced.</summary>
    Unused = 5,

    /// <summary>One byte, spelled <c>&lt;0x0A&gt;</c>.</summary>
    Byte = 6,
}

/// <summary>The algorithm of a model; the numbers are those of the file format.</summary>
public enum SentencePieceModelType
{
    /// <summary>The most probable segmentation.</summary>
    Unigram = 1,

    /// <summary>Merges in order of score.</summary>
    Bpe = 2,

    /// <summary>Whole words.</summary>
    Word = 3,

    /// <summary>Single characters.</summary>
    Character = 4,
}

/// <summary>One entry of the vocabulary; its id is its position.</summary>
/// <param name="Text">Spelling; a space is U+2581.</param>
/// <param name="Score">BPE: minus the rank of the merge. Unigram and characters: natural logarithm of the probability.</param>
/// <param name="Type">What the piece is for.</param>
public readonly record struct SentencePiece(string Text, float Score, SentencePieceType Type = SentencePieceType.Normal);
