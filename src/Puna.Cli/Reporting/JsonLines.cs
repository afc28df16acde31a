using System.Text.Json;

namespace Puna.Cli.Reporting;

/// <summary>Standard input with a JSON value a line. Empty lines are passed over.</summary>
internal static class JsonLines
{
    /// <summary>One string a line.</summary>
    /// <exception cref="InvalidDataException">A line holds something else; the sentence has its number.</exception>
    public static IEnumerable<string> Strings(TextReader input) =>
        Read(input, (json, _) => json.ValueKind == JsonValueKind.String ? json.GetString() : null, "a JSON string, as in \"some text\"");

    /// <summary>One array of ids a line.</summary>
    /// <exception cref="InvalidDataException">A line holds something else, or an id that the vocabulary lacks; the sentence has its number.</exception>
    public static IEnumerable<int[]> Ids(TextReader input, int vocabularySize) => Read(input, (json, number) =>
    {
        if (json.ValueKind != JsonValueKind.Array || json.EnumerateArray().Any(id => id.ValueKind != JsonValueKind.Number || !id.TryGetInt32(out _))) return null;
        var ids = json.EnumerateArray().Select(id => id.GetInt32()).ToArray();
        for (var i = 0; i < ids.Length; i++) IdLists.Check(ids[i], vocabularySize, $"number {i + 1} of line {number}");
        return ids;
    }, "an array of ids, as in [1,2,3]");

    private static IEnumerable<T> Read<T>(TextReader input, Func<JsonElement, int, T?> convert, string expected)
        where T : class
    {
        for (var number = 1; input.ReadLine() is { } line; number++)
        {
            if (string.IsNullOrWhiteSpace(line)) continue;
            yield return Convert(line, number, convert) ?? throw new InvalidDataException($"line {number} of the input is not {expected}");
        }
    }

    private static T? Convert<T>(string line, int number, Func<JsonElement, int, T?> convert)
        where T : class
    {
        try
        {
            using var json = JsonDocument.Parse(line);
            return convert(json.RootElement, number);
        }
        catch (Exception e) when (e is JsonException or InvalidOperationException)
        {
            return null; // not JSON, or half a surrogate pair
        }
    }
}
