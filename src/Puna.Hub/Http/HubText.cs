using System.Globalization;
using System.Text;

namespace Puna.Hub;

/// <summary>Text from a server, made fit for a terminal: one line, no control or formatting characters, not too long.</summary>
internal static class HubText
{
    private const int Most = 300;

    public static string Clean(string text, int most = Most)
    {
        var clean = new StringBuilder();
        foreach (var rune in text.EnumerateRunes())
        {
            if (clean.Length >= most) return clean.Append('…').ToString();
            clean.Append(Rune.GetUnicodeCategory(rune) is UnicodeCategory.Control or UnicodeCategory.Format or UnicodeCategory.LineSeparator or UnicodeCategory.ParagraphSeparator or UnicodeCategory.OtherNotAssigned ? "\uFFFD" : rune.ToString());
        }
        return clean.ToString();
    }

    /// <summary>Bytes for people.</summary>
    public static string Bytes(long bytes) => bytes switch
    {
        >= 1L << 30 => (bytes / (double)(1L << 30)).ToString("0.0", CultureInfo.InvariantCulture) + " GiB",
        >= 1L << 20 => (bytes / (double)(1L << 20)).ToString("0.0", CultureInfo.InvariantCulture) + " MiB",
        >= 1L << 10 => (bytes / (double)(1L << 10)).ToString("0.0", CultureInfo.InvariantCulture) + " KiB",
        _ => $"{bytes} bytes",
    };
}
