using System.Globalization;
using System.Text;

namespace Puna.Experiments.Recipes;

/// <summary>Single values as YAML that every reader, of version 1.1 or 1.2, takes for the same value.</summary>
internal static class YamlText
{
    public static string Of(bool value) => value ? "true" : "false";

    public static string Of(long value) => value.ToString(CultureInfo.InvariantCulture);

    /// <summary>The shortest digits that read back as the same number. Version 1.1 takes <c>1e-08</c> for text; with the point it is a number.</summary>
    public static string Of(double value)
    {
        var text = value.ToString("R", CultureInfo.InvariantCulture);
        var exponent = text.IndexOf('E');
        if (exponent < 0) return text.Contains('.') ? text : text + ".0";
        var mantissa = text[..exponent];
        return (mantissa.Contains('.') ? mantissa : mantissa + ".0") + "e" + text[(exponent + 1)..];
    }

    /// <summary>Plain where no reader could mistake it, otherwise in double quotes.</summary>
    public static string Of(string value) => IsPlain(value) ? value : Quote(value);

    private static bool IsPlain(string value)
    {
        if (value.Length == 0 || !(char.IsAsciiLetter(value[0]) || value[0] == '/') || value[^1] == ' ') return false;
        foreach (var character in value)
            if (!char.IsAsciiLetterOrDigit(character) && !" _-./()+;".Contains(character)) return false;
        return value.ToUpperInvariant() is not ("NULL" or "TRUE" or "FALSE" or "YES" or "NO" or "ON" or "OFF" or "Y" or "N");
    }

    private static string Quote(string value)
    {
        var text = new StringBuilder("\"");
        foreach (var character in value)
            _ = character switch
            {
                '"' => text.Append("\\\""),
                '\\' => text.Append("\\\\"),
                '\n' => text.Append("\\n"),
                '\r' => text.Append("\\r"),
                '\t' => text.Append("\\t"),
                < ' ' or (>= '\u007f' and <= '\u00a0') or '\u2028' or '\u2029' or '\ufeff' or >= '\ufffe' => text.Append(CultureInfo.InvariantCulture, $"\\u{(int)character:x4}"),
                _ => text.Append(character),
            };
        return text.Append('"').ToString();
    }
}
