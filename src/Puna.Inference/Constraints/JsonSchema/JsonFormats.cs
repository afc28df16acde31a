namespace Puna.Inference;

/// <summary>The values of <c>format</c> as expressions. Each takes only valid strings, though not always all of them: an address without comments, an IPv6 address in full.</summary>
internal static class JsonFormats
{
    private const string LeapYear = "(\\d\\d(0[48]|[2468][048]|[13579][26])|([02468][048]|[13579][26])00)";
    private const string Date = "(\\d{4}-((0[13578]|1[02])-(0[1-9]|[12]\\d|3[01])|(0[469]|11)-(0[1-9]|[12]\\d|30)|02-(0[1-9]|1\\d|2[0-8]))|" + LeapYear + "-02-29)";
    private const string Time = "([01]\\d|2[0-3]):[0-5]\\d:[0-5]\\d(\\.\\d{1,9})?(Z|[+-]([01]\\d|2[0-3]):[0-5]\\d)";
    private const string Label = "[a-zA-Z0-9]([a-zA-Z0-9-]{0,61}[a-zA-Z0-9])?";
    private const string Byte = "(25[0-5]|2[0-4]\\d|1\\d\\d|[1-9]?\\d)";

    private static readonly Dictionary<string, string> Patterns = new()
    {
        ["date"] = Date,
        ["time"] = Time,
        ["date-time"] = Date + "T" + Time,
        ["duration"] = "P((\\d{1,9}D|\\d{1,9}M(\\d{1,9}D)?|\\d{1,9}Y(\\d{1,9}M(\\d{1,9}D)?)?)(T(\\d{1,9}H(\\d{1,9}M(\\d{1,9}S)?)?|\\d{1,9}M(\\d{1,9}S)?|\\d{1,9}S))?"
            + "|T(\\d{1,9}H(\\d{1,9}M(\\d{1,9}S)?)?|\\d{1,9}M(\\d{1,9}S)?|\\d{1,9}S)|\\d{1,9}W)",
        ["uuid"] = "[0-9a-fA-F]{8}-[0-9a-fA-F]{4}-[0-9a-fA-F]{4}-[0-9a-fA-F]{4}-[0-9a-fA-F]{12}",
        ["email"] = "[a-zA-Z0-9_+-]{1,20}(\\.[a-zA-Z0-9_+-]{1,20}){0,2}@(" + Label + "\\.){1,3}[a-zA-Z]{2,20}",
        ["hostname"] = Label + "(\\." + Label + "){0,3}",
        ["ipv4"] = Byte + "(\\." + Byte + "){3}",
        ["ipv6"] = "[0-9a-fA-F]{1,4}(:[0-9a-fA-F]{1,4}){7}",
        ["uri"] = "https?://" + Label + "(\\." + Label + "){0,3}(:[1-9]\\d{0,3})?(/[a-zA-Z0-9._~-]{0,64}){0,16}(\\?[a-zA-Z0-9._~=&-]{1,256})?(#[a-zA-Z0-9._~-]{1,64})?",
    };

    /// <summary>The formats that are known.</summary>
    public static string Known => string.Join(", ", Patterns.Keys);

    /// <summary>The expression of a format; null for one that is not known.</summary>
    public static string? Pattern(string format) => Patterns.GetValueOrDefault(format);
}
