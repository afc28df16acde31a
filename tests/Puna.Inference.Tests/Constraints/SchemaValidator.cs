using System.Globalization;
using System.Numerics;
using System.Text.Json;
using System.Text.RegularExpressions;

namespace Puna.Inference.Tests;

/// <summary>Whether a value satisfies a schema, straight from the specification: as much of it as the tests' schemas use, and anything else is a failure.</summary>
internal static class SchemaValidator
{
    private static readonly string[] Silent = ["$defs", "title", "description", "$ref", "type", "enum", "const", "anyOf", "oneOf", "allOf", "properties", "required", "additionalProperties", "items", "prefixItems",
        "minItems", "maxItems", "minLength", "maxLength", "pattern", "format", "minimum", "maximum", "exclusiveMinimum", "exclusiveMaximum", "multipleOf", "uniqueItems", "patternProperties"];

    public static bool IsValid(JsonElement root, JsonElement value) => IsValid(root, root, value);

    private static bool IsValid(JsonElement root, JsonElement schema, JsonElement value)
    {
        if (schema.ValueKind is JsonValueKind.True or JsonValueKind.False) return schema.GetBoolean();
        foreach (var member in schema.EnumerateObject()) Silent.ShouldContain(member.Name);
        bool Has(string keyword, out JsonElement found) => schema.TryGetProperty(keyword, out found);
        bool Valid(JsonElement inner, JsonElement part) => IsValid(root, inner, part);
        if (Has("$ref", out var reference) && !Valid(Resolve(root, reference.GetString()!), value)) return false;
        if (Has("type", out var type) && !(type.ValueKind == JsonValueKind.Array ? type.EnumerateArray().ToArray() : [type]).Any(one => IsOfType(one.GetString()!, value))) return false;
        if (Has("enum", out var list) && !list.EnumerateArray().Any(one => JsonElement.DeepEquals(one, value))) return false;
        if (Has("const", out var constant) && !JsonElement.DeepEquals(constant, value)) return false;
        if (Has("anyOf", out var any) && !any.EnumerateArray().Any(one => Valid(one, value))) return false;
        if (Has("oneOf", out var exactly) && exactly.EnumerateArray().Count(one => Valid(one, value)) != 1) return false;
        if (Has("allOf", out var all) && !all.EnumerateArray().All(one => Valid(one, value))) return false;
        switch (value.ValueKind)
        {
            case JsonValueKind.Object:
                if (Has("required", out var required) && !required.EnumerateArray().All(name => value.TryGetProperty(name.GetString()!, out _))) return false;
                foreach (var member in value.EnumerateObject())
                {
                    var schemas = new List<JsonElement>();
                    if (Has("properties", out var properties) && properties.TryGetProperty(member.Name, out var inner)) schemas.Add(inner);
                    if (Has("patternProperties", out var patterns)) schemas.AddRange(patterns.EnumerateObject().Where(one => Regex.IsMatch(member.Name, one.Name, RegexOptions.CultureInvariant)).Select(one => one.Value));
                    if (schemas.Count == 0 && Has("additionalProperties", out var others)) schemas.Add(others);
                    if (!schemas.All(one => Valid(one, member.Value))) return false;
                }
                return true;
            case JsonValueKind.Array:
                var first = Has("prefixItems", out var prefix) ? prefix.EnumerateArray().ToArray() : [];
                if (Has("minItems", out var least) && value.GetArrayLength() < least.GetInt32()) return false;
                if (Has("maxItems", out var most) && value.GetArrayLength() > most.GetInt32()) return false;
                if (Has("uniqueItems", out var unique) && unique.GetBoolean() && value.EnumerateArray().Where((item, i) => value.EnumerateArray().Take(i).Any(other => JsonElement.DeepEquals(item, other))).Any()) return false;
                return value.EnumerateArray().Select((item, i) => i < first.Length ? Valid(first[i], item) : !Has("items", out var rest) || Valid(rest, item)).All(isValid => isValid);
            case JsonValueKind.String:
                var text = value.GetString()!;
                var length = text.EnumerateRunes().Count();
                if (Has("minLength", out var shortest) && length < shortest.GetInt32()) return false;
                if (Has("maxLength", out var longest) && length > longest.GetInt32()) return false;
                if (Has("pattern", out var pattern) && !Regex.IsMatch(text, pattern.GetString()!, RegexOptions.CultureInvariant)) return false;
                return !Has("format", out var format) || IsOfFormat(format.GetString()!, text);
            case JsonValueKind.Number:
                if (Has("multipleOf", out var step) && !IsMultiple(value, step)) return false;
                return !(Has("minimum", out var minimum) && Compare(value, minimum) < 0) && !(Has("maximum", out var maximum) && Compare(value, maximum) > 0)
                    && !(Has("exclusiveMinimum", out var above) && Compare(value, above) <= 0) && !(Has("exclusiveMaximum", out var below) && Compare(value, below) >= 0);
            default:
                return true;
        }
    }

    /// <summary>Compares numbers exactly, however many digits they have.</summary>
    public static int Compare(JsonElement a, JsonElement b)
    {
        var ((x, e), (y, f)) = (Read(a.GetRawText()), Read(b.GetRawText()));
        var least = Math.Min(e, f);
        return (x * BigInteger.Pow(10, e - least)).CompareTo(y * BigInteger.Pow(10, f - least));
    }

    private static bool IsMultiple(JsonElement value, JsonElement step)
    {
        var ((x, e), (y, f)) = (Read(value.GetRawText()), Read(step.GetRawText()));
        var least = Math.Min(e, f);
        return (x * BigInteger.Pow(10, e - least) % (y * BigInteger.Pow(10, f - least))).IsZero;
    }

    private static (BigInteger Digits, int Exponent) Read(string text)
    {
        var parts = text.ToLowerInvariant().Split('e');
        var point = parts[0].IndexOf('.');
        return (BigInteger.Parse(parts[0].Replace(".", ""), CultureInfo.InvariantCulture), (parts.Length > 1 ? int.Parse(parts[1], CultureInfo.InvariantCulture) : 0) - (point < 0 ? 0 : parts[0].Length - point - 1));
    }

    private static JsonElement Resolve(JsonElement root, string reference) => reference.Split('/').Skip(1).Aggregate(root, (at, step) => at.GetProperty(step));

    private static bool IsOfType(string type, JsonElement value) => type switch
    {
        "object" => value.ValueKind == JsonValueKind.Object,
        "array" => value.ValueKind == JsonValueKind.Array,
        "string" => value.ValueKind == JsonValueKind.String,
        "number" => value.ValueKind == JsonValueKind.Number,
        "integer" => value.ValueKind == JsonValueKind.Number && BigInteger.TryParse(value.GetRawText(), out _),
        "boolean" => value.ValueKind is JsonValueKind.True or JsonValueKind.False,
        "null" => value.ValueKind == JsonValueKind.Null,
        _ => throw new NotSupportedException(type),
    };

    private static bool IsOfFormat(string format, string text) => format switch
    {
        // .NET has no year 0
        "date" => DateOnly.TryParseExact(NotYearZero(text), "yyyy-MM-dd", out _),
        "date-time" => text[10] == 'T' && IsOfFormat("date", text[..10]) && IsOfFormat("time", text[11..]),
        "time" => Regex.Match(text, "^(\\d\\d:\\d\\d:\\d\\d)(\\.\\d+)?(Z|[+-](\\d\\d:\\d\\d))$") is { Success: true } time && TimeOnly.TryParseExact(time.Groups[1].Value, "HH:mm:ss", out _)
            && (time.Groups[4].Length == 0 || TimeOnly.TryParseExact(time.Groups[4].Value, "HH:mm", out _)),
        "uuid" => Guid.TryParseExact(text, "D", out _),
        "ipv4" or "ipv6" => System.Net.IPAddress.TryParse(text, out var address) && address.AddressFamily == (format == "ipv4" ? System.Net.Sockets.AddressFamily.InterNetwork : System.Net.Sockets.AddressFamily.InterNetworkV6),
        "email" => System.Net.Mail.MailAddress.TryCreate(text, out var mail) && mail.Address == text,
        "hostname" => Uri.CheckHostName(text) != UriHostNameType.Unknown,
        "uri" => Uri.TryCreate(text, UriKind.Absolute, out _),
        "duration" => text.Length > 2 && text[0] == 'P' && text[^1] is not ('P' or 'T'),
        _ => throw new NotSupportedException(format),
    };

    private static string NotYearZero(string date) => date.StartsWith("0000", StringComparison.Ordinal) ? "2000" + date[4..] : date;
}
