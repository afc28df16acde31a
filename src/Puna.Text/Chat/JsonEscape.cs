namespace Puna.Text;

/// <summary>The shortest spelling of characters that a JSON string cannot hold as they are (RFC 8259, section 7).</summary>
public static class JsonEscape
{
    /// <summary>The escape of a character; null for one that may stand as it is.</summary>
    /// <param name="value">A UTF-16 code unit or a code point.</param>
    public static string? Of(int value) => value switch
    {
        '"' => "\\\"",
        '\\' => "\\\\",
        '\n' => "\\n",
        '\r' => "\\r",
        '\t' => "\\t",
        '\b' => "\\b",
        '\f' => "\\f",
        < ' ' => Unit(value),
        _ => null,
    };

    /// <summary>The escape by number of any UTF-16 code unit.</summary>
    /// <param name="unit">0 to 65535.</param>
    public static string Unit(int unit) => $"\\u{unit:x4}";
}
