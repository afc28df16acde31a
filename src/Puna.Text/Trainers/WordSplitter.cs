namespace Puna.Text;

/// <summary>Cuts normalised text into words, each with the space that belongs to it.</summary>
internal static class WordSplitter
{
    public static void Count(ReadOnlySpan<char> text, BpeTrainerOptions options, WordCounter words)
    {
        while (!text.IsEmpty)
        {
            var length = options.TreatWhitespaceAsSuffix ? SuffixWord(text, options.AllowWhitespaceOnlyPieces) : PrefixWord(text, options.AllowWhitespaceOnlyPieces);
            // With its space at the end a word stands before any character.
            words.Add(text[..length], 1, options.TreatWhitespaceAsSuffix ? (byte)(WordCounter.BeforeWord | WordCounter.AtLineEnd) : length < text.Length ? WordCounter.BeforeWord : WordCounter.AtLineEnd);
            text = text[length..];
        }
    }

    private static int PrefixWord(ReadOnlySpan<char> text, bool spacesTogether)
    {
        var start = text[0] != TextNormalizer.Space ? 0 : spacesTogether ? Spaces(text) : 1;
        var next = text[start..].IndexOf(TextNormalizer.Space);
        return next < 0 ? text.Length : start + next;
    }

    private static int SuffixWord(ReadOnlySpan<char> text, bool spacesTogether)
    {
        var space = text.IndexOf(TextNormalizer.Space);
        return space < 0 ? text.Length : space + (spacesTogether ? Spaces(text[space..]) : 1);
    }

    private static int Spaces(ReadOnlySpan<char> text) => text.IndexOfAnyExcept(TextNormalizer.Space) is >= 0 and var end ? end : text.Length;
}
