using System.Text.Json;

namespace Puna.Text;

/// <summary>A part of a JSON file and where it stands, so that every error can say so.</summary>
/// <param name="Element">The part.</param>
/// <param name="Where">The file and the path in it.</param>
internal readonly record struct JsonPart(JsonElement Element, string Where)
{
    private const int MostSteps = 64;

    /// <summary>The member <c>type</c>.</summary>
    public string Type => Text("type");

    /// <summary>A member; null where it is missing or null.</summary>
    public JsonPart? Part(string key)
    {
        if (Element.ValueKind != JsonValueKind.Object) throw Wrong("a JSON object");
        return Element.TryGetProperty(key, out var part) && part.ValueKind != JsonValueKind.Null ? new JsonPart(part, $"{Where}.{key}") : null;
    }

    public JsonPart Needed(string key) => Part(key) ?? throw new InvalidDataException($"{Where}: the member {key} is missing; the file is damaged or of another kind.");

    public string Text(string key) => Needed(key).AsText();

    public string AsText() => Element.ValueKind == JsonValueKind.String ? Element.GetString()! : throw Wrong("a string");

    public char Character(string key) => Text(key) is [var only] ? only : throw new InvalidDataException($"{Where}.{key}: '{Text(key)}' is not one character up to U+FFFF.");

    public bool Flag(string key, bool absent)
    {
        if (Part(key) is not { } part) return absent;
        return part.Element.ValueKind is JsonValueKind.True or JsonValueKind.False ? part.Element.GetBoolean() : throw part.Wrong("true or false");
    }

    public int Number(string key) => Needed(key).AsNumber();

    public int AsNumber() => Element.ValueKind == JsonValueKind.Number && Element.TryGetInt32(out var number) ? number : throw Wrong("a whole number");

    public IEnumerable<JsonPart> Items(string key)
    {
        var list = Needed(key);
        if (list.Element.ValueKind != JsonValueKind.Array) throw list.Wrong("a list");
        return list.Element.EnumerateArray().Select((item, i) => new JsonPart(item, $"{list.Where}[{i}]"));
    }

    public IEnumerable<(string Name, JsonPart Value)> Members()
    {
        if (Element.ValueKind != JsonValueKind.Object) throw Wrong("a JSON object");
        var where = Where;
        return Element.EnumerateObject().Select(member => (member.Name, new JsonPart(member.Value, where)));
    }

    /// <summary>The steps of a chain, those of its sequences in their place.</summary>
    /// <exception cref="InvalidDataException">There are more than a tokenizer has use for, and each works on the whole text.</exception>
    public JsonPart[] Steps(string key)
    {
        JsonPart[] steps = [.. Flat(this, key).Take(MostSteps + 1)];
        return steps.Length <= MostSteps ? steps : throw new InvalidDataException($"{Where}: more than {MostSteps} steps; at most so many are run.");
    }

    private static IEnumerable<JsonPart> Flat(JsonPart step, string key) => step.Type == "Sequence" ? step.Items(key).SelectMany(inner => Flat(inner, key)) : [step];

    /// <summary>What this build does not run.</summary>
    public InvalidDataException Unsupported(string known) => new($"{Where}: the type '{Type}' is not run by this build, and without it the ids would be others; it runs {known}.");

    public InvalidDataException Wrong(string wanted) => new($"{Where}: {Element.ValueKind} stands where {wanted} belongs; the file is damaged or of another kind.");
}
