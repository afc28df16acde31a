using System.Text;
using System.Text.Json;

namespace Puna.Text;

/// <summary>Documents of JSON: objects with a field of text, or plain strings; one a line, or in an array.</summary>
internal static class JsonDocuments
{
    private static readonly JsonDocumentOptions Lenient = new() { CommentHandling = JsonCommentHandling.Disallow, MaxDepth = 256 };

    /// <summary>JSON lines; blank lines are passed over.</summary>
    public static IEnumerable<string> ReadLines(StrictUtf8Reader reader, string path, string field)
    {
        while (reader.ReadLine() is { } line)
        {
            if (string.IsNullOrWhiteSpace(line)) continue;
            if (Text(line, field, $"{path}: line {reader.LinesRead}") is { } text) yield return text;
        }
    }

    /// <summary>An array, or values one after the other, each in memory by itself.</summary>
    public static IEnumerable<string> ReadValues(StrictUtf8Reader reader, string path, string field)
    {
        var scanner = new JsonValueScanner(reader, path);
        for (var number = 1L; scanner.Next() is { } value; number++)
        {
            if (Text(value, field, $"{path}: value {number}") is { } text) yield return text;
        }
    }

    /// <summary>The text of a value, trimmed; null where it is empty or null.</summary>
    private static string? Text(string json, string field, string where)
    {
        try
        {
            using var document = JsonDocument.Parse(json, Lenient);
            var value = document.RootElement;
            if (value.ValueKind == JsonValueKind.Object && !value.TryGetProperty(field, out value))
                throw new InvalidDataException($"{where} has no field '{field}', but {Names(document.RootElement)}; name the field with column: in data.train");
            return value.ValueKind switch
            {
                JsonValueKind.Null => null,
                JsonValueKind.String => value.GetString()!.Trim() is { Length: > 0 } text ? text : null,
                _ => throw new InvalidDataException($"{where}: {(document.RootElement.ValueKind == JsonValueKind.Object ? $"the field '{field}'" : "the value")} is a JSON {value.ValueKind.ToString().ToLowerInvariant()}, not text"),
            };
        }
        catch (JsonException exception)
        {
            throw new InvalidDataException($"{where} is not valid JSON: {exception.Message}", exception);
        }
        catch (InvalidOperationException exception)
        {
            throw new InvalidDataException($"{where}: the text holds half a surrogate pair, so it is no Unicode text", exception);
        }
    }

    private static string Names(JsonElement value)
    {
        var names = value.EnumerateObject().Select(member => member.Name).ToArray();
        return names.Length == 0 ? "is empty" : string.Join(", ", names.Take(12));
    }
}

/// <summary>Finds where one JSON value ends and the next begins, in an array or in a row, without reading the whole.</summary>
internal sealed class JsonValueScanner(StrictUtf8Reader reader, string path)
{
    private bool _started, _isArray, _closed;

    /// <summary>The text of the next value, null after the last.</summary>
    /// <exception cref="InvalidDataException">The file ends within a value or an array, or goes on after it.</exception>
    public string? Next()
    {
        var character = SkipSpace();
        if (!_started)
        {
            _started = true;
            if (character == '[')
            {
                _isArray = true;
                reader.Read();
                character = SkipSpace();
            }
        }
        if (!_isArray) return character < 0 ? null : Value();
        if (_closed) return character < 0 ? null : throw Wrong("goes on after the end of its array");
        if (character == ',')
        {
            reader.Read();
            SkipSpace();
        }
        else if (character == ']')
        {
            reader.Read();
            _closed = true;
            return Next();
        }
        if (reader.Peek() < 0) throw Wrong("ends within its array: it was cut short");
        return Value();
    }

    private string Value()
    {
        var text = new StringBuilder();
        var depth = 0;
        var isText = false;
        while (true)
        {
            var next = reader.Peek();
            if (next < 0)
            {
                if (depth > 0 || isText) throw Wrong("ends within a value: it was cut short");
                return text.ToString();
            }
            var character = (char)next;
            if (!isText && depth == 0 && text.Length > 0 && (character is ',' or ']' || char.IsWhiteSpace(character))) return text.ToString();
            reader.Read();
            text.Append(character);
            if (text.Length > 2L * DocumentOptions.MaximumCharacters) throw Wrong($"has a value of more than {2L * DocumentOptions.MaximumCharacters} characters");
            if (isText)
            {
                if (character == '\\' && reader.Peek() >= 0) text.Append((char)reader.Read());
                else if (character == '"') isText = false;
                if (!isText && depth == 0) return text.ToString();
                continue;
            }
            if (character == '"') isText = true;
            else if (character is '{' or '[') depth++;
            else if (character is '}' or ']' && --depth <= 0) return text.ToString();
        }
    }

    private int SkipSpace()
    {
        int character;
        while ((character = reader.Peek()) >= 0 && char.IsWhiteSpace((char)character)) reader.Read();
        return character;
    }

    private InvalidDataException Wrong(string what) => new($"{path}: the JSON {what}");
}
