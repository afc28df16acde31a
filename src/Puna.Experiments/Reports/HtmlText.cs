using System.Globalization;
using System.Text;

namespace Puna.Experiments.Reports;

/// <summary>Text and numbers as they may stand in HTML and SVG.</summary>
internal static class HtmlText
{
    /// <summary>The text with markup escaped. A control character, which HTML cannot hold, becomes its picture (␛), half a surrogate pair the replacement character.</summary>
    public static string Escape(string text)
    {
        var escaped = new StringBuilder(text.Length + 16);
        foreach (var rune in text.EnumerateRunes())
            _ = rune.Value switch
            {
                '&' => escaped.Append("&amp;"),
                '<' => escaped.Append("&lt;"),
                '>' => escaped.Append("&gt;"),
                '"' => escaped.Append("&quot;"),
                '\'' => escaped.Append("&#39;"),
                '\n' or '\t' => escaped.Append((char)rune.Value),
                < ' ' => escaped.Append((char)('\u2400' + rune.Value)),
                0x7f => escaped.Append('\u2421'),
                >= 0x80 and < 0xa0 or 0xfffe or 0xffff => escaped.Append('\ufffd'),
                _ => escaped.Append(rune.ToString()),
            };
        return escaped.ToString();
    }

    /// <summary>A coordinate: two digits behind the point are a hundredth of a pixel.</summary>
    public static string Coordinate(double value) => (Math.Round(value, 2) + 0.0).ToString("0.##", CultureInfo.InvariantCulture);
}
