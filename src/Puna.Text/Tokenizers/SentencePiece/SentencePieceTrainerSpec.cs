using System.Runtime.CompilerServices;

namespace Puna.Text;

/// <summary>
/// How a model was trained, as its file says; a value that the file leaves out has the format's default.
/// Field numbers: google/sentencepiece, src/sentencepiece_model.proto, message TrainerSpec.
/// </summary>
public sealed class SentencePieceTrainerSpec
{
    private const int LongestSurface = 256;
    private readonly string name;

    internal SentencePieceTrainerSpec(ProtoMessage message, string name) => (Message, this.name) = (message, name);

    internal ProtoMessage Message { get; }

    /// <summary>The algorithm.</summary>
    public SentencePieceModelType ModelType { get => (SentencePieceModelType)Integer(3, 1); set => Message.Set(3, (long)value); }

    /// <summary>Pieces asked for.</summary>
    public int VocabularySize { get => Integer(4, 8000); set => Message.Set(4, value); }

    /// <summary>Share of the training text's characters that the vocabulary had to cover.</summary>
    public float CharacterCoverage { get => Message.GetFloat(10, 0.9995f, name); set => Message.Set(10, value); }

    /// <summary>Longest piece, in characters.</summary>
    public int MaxPieceLength { get => Integer(20, 16); set => Message.Set(20, value); }

    /// <summary>Whether a piece has characters of one script only.</summary>
    public bool SplitByUnicodeScript { get => Flag(21, true); set => SetFlag(21, value); }

    /// <summary>Whether a space can only begin a piece.</summary>
    public bool SplitByWhitespace { get => Flag(22, true); set => SetFlag(22, value); }

    /// <summary>Whether digits and letters are never in one piece.</summary>
    public bool SplitByNumber { get => Flag(23, true); set => SetFlag(23, value); }

    /// <summary>Whether a space ends a piece instead of beginning one.</summary>
    public bool TreatWhitespaceAsSuffix { get => Flag(24, false); set => SetFlag(24, value); }

    /// <summary>Whether every digit is a piece of its own.</summary>
    public bool SplitDigits { get => Flag(25, false); set => SetFlag(25, value); }

    /// <summary>Whether pieces of spaces alone may exist.</summary>
    public bool AllowWhitespaceOnlyPieces { get => Flag(26, false); set => SetFlag(26, value); }

    /// <summary>Symbols that steer the model, beside begin, end and padding.</summary>
    public IReadOnlyList<string> ControlSymbols { get => [.. Message.AllStrings(30, name)]; set => Message.SetAll(30, value); }

    /// <summary>Texts that are always one piece.</summary>
    public IReadOnlyList<string> UserDefinedSymbols { get => [.. Message.AllStrings(31, name)]; set => Message.SetAll(31, value); }

    /// <summary>Whether a character outside the vocabulary becomes its UTF-8 bytes.</summary>
    public bool ByteFallback { get => Flag(35, false); set => SetFlag(35, value); }

    /// <summary>Id of the unknown piece.</summary>
    public int UnknownId { get => Integer(40, 0); set => Message.Set(40, value); }

    /// <summary>Id of the begin symbol, -1 for none.</summary>
    public int BosId { get => Integer(41, 1); set => Message.Set(41, value); }

    /// <summary>Id of the end symbol, -1 for none.</summary>
    public int EosId { get => Integer(42, 2); set => Message.Set(42, value); }

    /// <summary>Id of the padding symbol, -1 for none.</summary>
    public int PadId { get => Integer(43, -1); set => Message.Set(43, value); }

    /// <summary>What an unknown id decodes to.</summary>
    public string UnknownSurface { get => Text(44, " \u2047 "); set => Message.Set(44, value); }

    /// <summary>Spelling of the unknown piece.</summary>
    public string UnknownPiece { get => Text(45, "<unk>"); set => Message.Set(45, value); }

    /// <summary>Spelling of the begin symbol.</summary>
    public string BosPiece { get => Text(46, "<s>"); set => Message.Set(46, value); }

    /// <summary>Spelling of the end symbol.</summary>
    public string EosPiece { get => Text(47, "</s>"); set => Message.Set(47, value); }

    /// <summary>Spelling of the padding symbol.</summary>
    public string PadPiece { get => Text(48, "<pad>"); set => Message.Set(48, value); }

    // Reads every known field once, so that a damaged file fails when it is loaded and not later.
    internal void Check()
    {
        _ = (ModelType, VocabularySize, CharacterCoverage, MaxPieceLength, ControlSymbols.Count, UserDefinedSymbols.Count, UnknownId);
        _ = (SplitByUnicodeScript, SplitByWhitespace, SplitByNumber, TreatWhitespaceAsSuffix, SplitDigits, AllowWhitespaceOnlyPieces, ByteFallback);
        _ = (BosId, EosId, PadId, UnknownSurface, UnknownPiece, BosPiece, EosPiece, PadPiece);
        // each unknown id of a text becomes it
        if (UnknownSurface.Length > LongestSurface) throw new InvalidDataException($"{name}: what an unknown id decodes to (unk_surface) has {UnknownSurface.Length} characters; at most {LongestSurface} are read.");
    }

    private int Integer(int field, int absent) => unchecked((int)Message.GetInteger(field, absent, name));

    private bool Flag(int field, bool absent) => Message.GetInteger(field, absent ? 1 : 0, name) != 0;

    private void SetFlag(int field, bool value) => Message.Set(field, value ? 1L : 0L);

    private string Text(int field, string absent, [CallerMemberName] string property = "") =>
        Message.GetString(field, $"{name}, {property}") ?? absent;
}
