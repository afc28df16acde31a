namespace Puna.Text;

/// <summary>A token that is found in text before anything else is done to it; the words are those of tokenizer.json.</summary>
/// <param name="Id">Its id.</param>
/// <param name="Content">The text that it is.</param>
/// <param name="Special">Whether it steers the model: then it is found only where special tokens are asked for, and gives no text.</param>
/// <param name="LeftStrip">Whether it takes the white space before it along.</param>
/// <param name="RightStrip">Whether it takes the white space behind it along.</param>
/// <param name="SingleWord">Whether it is found only where no letter, digit or underscore touches it.</param>
/// <param name="Normalized">Whether it is looked for in normalised text.</param>
public readonly record struct AddedToken(int Id, string Content, bool Special, bool LeftStrip = false, bool RightStrip = false, bool SingleWord = false, bool Normalized = false);

/// <summary>Finds added tokens, the leftmost first and the longest of those.</summary>
internal sealed class AddedTokenMatcher
{
    private readonly Dictionary<string, AddedToken>.AlternateLookup<ReadOnlySpan<char>> tokens;
    private readonly SymbolMatcher matcher;

    public AddedTokenMatcher(IEnumerable<(string Spelling, AddedToken Token)> all)
    {
        var bySpelling = new Dictionary<string, AddedToken>(StringComparer.Ordinal);
        foreach (var (spelling, token) in all) bySpelling.TryAdd(spelling, token);
        tokens = bySpelling.GetAlternateLookup<ReadOnlySpan<char>>();
        matcher = new SymbolMatcher(bySpelling.Keys);
    }

    public bool IsEmpty => matcher.IsEmpty;

    /// <summary>The next token at or behind a place, with the white space that it takes along.</summary>
    public bool Next(ReadOnlySpan<char> text, int from, out int start, out int end, out int id)
    {
        for (var at = from; matcher.Next(text[at..], out start, out var length); at = start + length)
        {
            start += at;
            end = start + length;
            var token = tokens[text[start..end]];
            id = token.Id;
            if (token.SingleWord && ((start > 0 && IsWord(text[start - 1])) || (end < text.Length && IsWord(text[end])))) continue;
            if (token.LeftStrip)
                while (start > from && char.IsWhiteSpace(text[start - 1])) start--;
            if (token.RightStrip)
                while (end < text.Length && char.IsWhiteSpace(text[end])) end++;
            return true;
        }
        (start, end, id) = (text.Length, text.Length, -1);
        return false;
    }

    private static bool IsWord(char c) => char.IsLetterOrDigit(c) || c == '_' || char.IsSurrogate(c);
}
