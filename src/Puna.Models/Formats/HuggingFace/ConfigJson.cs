using System.Text.Json;

namespace Puna.Models;

/// <summary>Fields of a config.json, each read with its kind checked. Every failure names the field, what it holds and what was expected.</summary>
internal static class ConfigJson
{
    /// <summary>A field's value; null where it is missing or null.</summary>
    public static JsonElement? Find(JsonElement json, string field) => json.TryGetProperty(field, out var value) && value.ValueKind != JsonValueKind.Null ? value : null;

    public static string? TextOf(JsonElement json, string field) => Find(json, field) switch
    {
        null => null,
        { ValueKind: JsonValueKind.String } value => value.GetString(),
        { } value => throw Wrong(field, value, "a string was"),
    };

    public static JsonElement? Section(JsonElement json, string field) =>
        Find(json, field) is not { } value || value.ValueKind == JsonValueKind.Object ? Find(json, field) : throw Wrong(field, value, "an object was");

    public static bool Flag(JsonElement json, string field, bool otherwise = false) => Find(json, field) switch
    {
        null => otherwise,
        { ValueKind: JsonValueKind.False } => false,
        { ValueKind: JsonValueKind.True } => true,
        { } value => throw Wrong(field, value, "true or false was"),
    };

    public static int Whole(JsonElement json, string field, int? otherwise = null)
    {
        if (Find(json, field) is not { } value) return otherwise ?? throw new InvalidDataException($"{field} is missing");
        return value.ValueKind == JsonValueKind.Number && value.TryGetInt32(out var whole) ? whole : throw Wrong(field, value, "a whole number was");
    }

    public static double Number(JsonElement json, string field, double otherwise)
    {
        if (Find(json, field) is not { } value) return otherwise;
        return value.ValueKind == JsonValueKind.Number && double.IsFinite(value.GetDouble()) ? value.GetDouble() : throw Wrong(field, value, "a number was");
    }

    public static int[] Ids(JsonElement json, string field)
    {
        if (Find(json, field) is not { } value) return [];
        var several = value.ValueKind == JsonValueKind.Array ? value.EnumerateArray().ToArray() : [value];
        return several.All(id => id.ValueKind == JsonValueKind.Number && id.TryGetInt32(out _)) ? [.. several.Select(id => id.GetInt32())] : throw Wrong(field, value, "a whole number or several were");
    }

    /// <summary>One id as a number, several as a list, none not at all.</summary>
    public static void WriteIds(Utf8JsonWriter json, string field, IReadOnlyList<int> ids)
    {
        if (ids.Count == 1) json.WriteNumber(field, ids[0]);
        if (ids.Count < 2) return;
        json.WriteStartArray(field);
        foreach (var id in ids) json.WriteNumberValue(id);
        json.WriteEndArray();
    }

    private static InvalidDataException Wrong(string field, JsonElement value, string expected) =>
        new($"{field} is {(value.GetRawText() is { Length: <= 80 } text ? text.ReplaceLineEndings(" ") : $"a long {value.ValueKind}")}, {expected} expected");
}
