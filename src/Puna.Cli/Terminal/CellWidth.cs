using System.Globalization;
using System.Text;

namespace Puna.Cli.Terminal;

/// <summary>How many cells of a terminal a character takes. Source: Unicode Standard Annex 11 (East Asian Width), its wide blocks; terminals differ on the rest.</summary>
internal static class CellWidth
{
    private const int EmojiVariant = 0xFE0F;

    private static readonly (int First, int Last)[] Wide =
    [
        (0x1100, 0x115F), (0x2E80, 0x303E), (0x3041, 0x4DBF), (0x4E00, 0xA4CF), (0xAC00, 0xD7A3), (0xF900, 0xFAFF), (0xFE30, 0xFE6F),
        (0xFF00, 0xFF60), (0xFFE0, 0xFFE6), (0x1F300, 0x1FAFF), (0x20000, 0x3FFFD),
    ];

    /// <summary>Cells of one character as a reader sees it.</summary>
    /// <param name="element">A text element.</param>
    public static int Of(string element)
    {
        var first = Rune.TryGetRuneAt(element, 0, out var rune) ? rune.Value : 0;
        if (Wide.Any(range => first >= range.First && first <= range.Last) || element.Contains((char)EmojiVariant)) return 2;
        return CharUnicodeInfo.GetUnicodeCategory(first) is UnicodeCategory.NonSpacingMark or UnicodeCategory.EnclosingMark or UnicodeCategory.Format ? 0 : 1;
    }
}
