using System.Text.Json;

namespace Puna.Inference;

/// <summary>What schemas say together of an array's items.</summary>
internal sealed class ArrayShape
{
    private readonly List<(SchemaPart[] First, SchemaPart? Others)> _parts = [];

    public ArrayShape(List<SchemaPart> parts, Func<string, string, InvalidDataException> error)
    {
        (Least, Most) = SchemaValues.Counts(parts, "minItems", "maxItems", error);
        foreach (var part in parts)
        {
            if (part.Has("uniqueItems", out var unique) && unique.ValueKind != JsonValueKind.False && Most is not (0 or 1)) DifferAt = part.Pointer + "/uniqueItems";
            _parts.Add(Read(part, error));
        }
        PrefixLength = _parts.Max(part => part.First.Length);
    }

    /// <summary>The fewest items.</summary>
    public int Least { get; }

    /// <summary>The most items; null for any number.</summary>
    public int? Most { get; }

    /// <summary>Where it is said that no two items may be the same; null where it is not, or there is one at most.</summary>
    public string? DifferAt { get; }

    /// <summary>So many first items have schemas of their own.</summary>
    public int PrefixLength { get; }

    /// <summary>What an item must satisfy; from <see cref="PrefixLength"/> on it is the same.</summary>
    public List<SchemaPart> Of(int index)
    {
        var schemas = new List<SchemaPart>();
        foreach (var (first, rest) in _parts)
        {
            if (index < first.Length) schemas.Add(first[index]);
            else if (rest is { } others) schemas.Add(others);
        }
        return schemas;
    }

    /// <summary>Draft 7 writes the first items as a list in items and the others in additionalItems; 2020-12 in prefixItems and items.</summary>
    private static (SchemaPart[], SchemaPart?) Read(SchemaPart part, Func<string, string, InvalidDataException> error)
    {
        var hasItems = part.Has("items", out var items);
        if (part.Has("prefixItems", out var prefix))
        {
            if (prefix.ValueKind != JsonValueKind.Array) throw error(part.Pointer + "/prefixItems", "prefixItems is a list of schemas");
            if (hasItems && items.ValueKind == JsonValueKind.Array) throw error(part.Pointer + "/items", "items is one schema where prefixItems stands beside it");
            return ([.. prefix.EnumerateArray().Select((item, i) => part.Inside(item, "prefixItems", $"{i}"))], hasItems ? part.Inside(items, "items") : null);
        }
        if (!hasItems) return ([], null);
        if (items.ValueKind != JsonValueKind.Array) return ([], part.Inside(items, "items"));
        return ([.. items.EnumerateArray().Select((item, i) => part.Inside(item, "items", $"{i}"))], part.Has("additionalItems", out var others) ? part.Inside(others, "additionalItems") : null);
    }
}
