using System.Globalization;

namespace Puna.Text;

/// <summary>What the split rules of byte-level tokenizers ask of a character.</summary>
[Flags]
internal enum CharacterClass : byte
{
    None = 0,

    /// <summary>General category L.</summary>
    Letter = 1,

    /// <summary>General category N.</summary>
    Number = 2,

    /// <summary>White_Space.</summary>
    Space = 4,

    /// <summary>Line feed or carriage return.</summary>
    LineEnd = 8,

    /// <summary>General category P.</summary>
    Punctuation = 16,

    /// <summary>Half of a character beyond U+FFFF: look at both halves.</summary>
    Surrogate = 32,
}

/// <summary>The classes of all characters: a table for those up to U+FFFF, the runtime's data for the others.</summary>
internal static class CharacterClasses
{
    private const int Planes = 0x10000;
    private static readonly CharacterClass[] Table = [.. Enumerable.Range(0, Planes).Select(c => Of((char)c))];

    /// <summary>Class of the character at a place, and its length in UTF-16. Half a surrogate pair is like U+FFFD: of no class.</summary>
    public static CharacterClass At(ReadOnlySpan<char> text, int at, out int length)
    {
        length = 1;
        var found = Table[text[at]];
        if ((found & CharacterClass.Surrogate) == 0) return found;
        if (at + 1 >= text.Length || !char.IsSurrogatePair(text[at], text[at + 1])) return CharacterClass.None;
        length = 2;
        return Of(CharUnicodeInfo.GetUnicodeCategory(char.ConvertToUtf32(text[at], text[at + 1])));
    }

    /// <summary>End of the run of characters that begins at a place and has one of the wanted classes.</summary>
    public static int EndOfRun(ReadOnlySpan<char> text, int at, CharacterClass wanted)
    {
        while (at < text.Length)
        {
            if ((Table[text[at]] & wanted) != 0) at++;
            else if ((Table[text[at]] & CharacterClass.Surrogate) != 0 && (At(text, at, out var length) & wanted) != 0) at += length;
            else break;
        }
        return at;
    }

    /// <summary>End of the run of characters that begins at a place and has none of the classes.</summary>
    public static int EndOfRunWithout(ReadOnlySpan<char> text, int at, CharacterClass unwanted)
    {
        while (at < text.Length)
        {
            var found = Table[text[at]];
            var length = 1;
            if ((found & CharacterClass.Surrogate) != 0) found = At(text, at, out length);
            if ((found & unwanted) != 0) break;
            at += length;
        }
        return at;
    }

    private static CharacterClass Of(char c) =>
        char.IsSurrogate(c) ? CharacterClass.Surrogate : Of(CharUnicodeInfo.GetUnicodeCategory(c)) | Of(char.IsWhiteSpace(c), CharacterClass.Space) | Of(c is '\r' or '\n', CharacterClass.LineEnd);

    private static CharacterClass Of(bool isSo, CharacterClass one) => isSo ? one : CharacterClass.None;

    private static CharacterClass Of(UnicodeCategory category) => category switch
    {
        <= UnicodeCategory.OtherLetter => CharacterClass.Letter,
        UnicodeCategory.DecimalDigitNumber or UnicodeCategory.LetterNumber or UnicodeCategory.OtherNumber => CharacterClass.Number,
        >= UnicodeCategory.ConnectorPunctuation and <= UnicodeCategory.OtherPunctuation => CharacterClass.Punctuation,
        _ => CharacterClass.None,
    };
}
