using System.Globalization;
using System.Text;

namespace Puna.Text.Jinja;

/// <summary>What Python thinks of characters.</summary>
internal static class PythonText
{
    /// <summary>White space of str.strip and str.split: Unicode's and four separators.</summary>
    public static bool IsSpace(char c) => char.IsWhiteSpace(c) || c is >= '\u001c' and <= '\u001f';

    public static ReadOnlySpan<char> TrimEnd(ReadOnlySpan<char> text)
    {
        while (text.Length > 0 && IsSpace(text[^1])) text = text[..^1];
        return text;
    }

    public static ReadOnlySpan<char> Trim(ReadOnlySpan<char> text)
    {
        while (text.Length > 0 && IsSpace(text[0])) text = text[1..];
        return TrimEnd(text);
    }

    /// <summary>Length of the line end that stands here, 0 for none: those of str.splitlines.</summary>
    public static int LineEnd(ReadOnlySpan<char> text) => text switch
    {
        ['\r', '\n', ..] => 2,
        ['\n' or '\r' or '\v' or '\f' or '\u001c' or '\u001d' or '\u001e' or '\u0085' or '\u2028' or '\u2029', ..] => 1,
        _ => 0,
    };

    /// <summary>The escaped spelling in repr of a character that is not shown as it is; null where it is.</summary>
    public static string? ReprEscape(Rune rune, char quote)
    {
        if (rune.Value == quote || rune.Value == '\\') return "\\" + (char)rune.Value;
        if (rune.Value is >= ' ' and < 127) return null;
        return rune.Value switch
        {
            '\n' => "\\n",
            '\r' => "\\r",
            '\t' => "\\t",
            < 256 when IsHidden(rune) => $"\\x{rune.Value:x2}",
            < 65536 when IsHidden(rune) => $"\\u{rune.Value:x4}",
            _ when IsHidden(rune) => $"\\U{rune.Value:x8}",
            _ => null,
        };
    }

    private static bool IsHidden(Rune rune) => Rune.GetUnicodeCategory(rune) is UnicodeCategory.Control or UnicodeCategory.Format or UnicodeCategory.Surrogate
        or UnicodeCategory.PrivateUse or UnicodeCategory.OtherNotAssigned or UnicodeCategory.LineSeparator or UnicodeCategory.ParagraphSeparator or UnicodeCategory.SpaceSeparator;
}
