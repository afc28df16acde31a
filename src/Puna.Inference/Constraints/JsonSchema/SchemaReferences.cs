using System.Text.Json;

namespace Puna.Inference;

/// <summary>Follows $ref and allOf, and tells branches of oneOf apart.</summary>
/// <param name="root">The document.</param>
/// <param name="error">Makes an error from a pointer and a message.</param>
internal sealed class SchemaReferences(JsonElement root, Func<string, string, InvalidDataException> error)
{
    private const int LongestChain = 256;
    private const int DeepestTag = 3;

    /// <summary>What must hold of a value, with references and allOf resolved; null where nothing can.</summary>
    public List<SchemaPart>? Flatten(IEnumerable<SchemaPart> parts)
    {
        var (found, done) = (new Dictionary<string, SchemaPart>(), new HashSet<string>());
        foreach (var part in parts)
            if (!Flatten(part, found, [], done)) return null;
        return [.. found.Values];
    }

    /// <summary>Refuses branches of which a value could satisfy two.</summary>
    public void RequireExclusive(IReadOnlyList<SchemaPart> branches)
    {
        var flat = branches.Select(branch => Flatten([branch])).ToArray();
        for (var i = 0; i < branches.Count; i++)
        {
            for (var j = 0; j < i; j++)
            {
                if (!AreExclusive(flat[j], flat[i], 0))
                    throw error(branches[i].Pointer, $"a value might satisfy this branch of oneOf and the one at {branches[j].Pointer}, which cannot be ruled out; use anyOf, or a required property with another const in each branch");
            }
        }
    }

    private bool Flatten(SchemaPart part, Dictionary<string, SchemaPart> found, List<string> path, HashSet<string> done)
    {
        if (part.Kind != SchemaPartKind.Whole)
        {
            found.TryAdd(part.Key, part);
            return true;
        }
        if (part.Element.ValueKind == JsonValueKind.True) return true;
        if (part.Element.ValueKind == JsonValueKind.False) return false;
        if (part.Element.ValueKind != JsonValueKind.Object) throw error(part.Pointer, "a schema is an object, true or false");
        if (path.Contains(part.Pointer)) throw error(part.Pointer, "the references go in a circle without anything between");
        if (path.Count == LongestChain) throw error(part.Pointer, $"more than {LongestChain} references lead on to each other");
        if (!done.Add(part.Pointer)) return true;
        path.Add(part.Pointer);
        if (part.Has("$id", out _) && part.Pointer != "#") throw error(part.Pointer + "/$id", "schemas with an address of their own inside a schema are not supported");
        var isPossible = true;
        if (part.Has("$ref", out var reference)) isPossible &= Flatten(Resolve(part, reference), found, path, done);
        if (part.Has("allOf", out var all))
        {
            var i = 0;
            foreach (var one in List(part, "allOf", all)) isPossible &= Flatten(part.Inside(one, "allOf", $"{i++}"), found, path, done);
        }
        foreach (var (keyword, kind) in ((string, SchemaPartKind)[])[("anyOf", SchemaPartKind.AnyOf), ("oneOf", SchemaPartKind.OneOf)])
        {
            if (!part.Has(keyword, out var branches)) continue;
            List(part, keyword, branches);
            var choice = part with { Kind = kind };
            found.TryAdd(choice.Key, choice);
        }
        if (part.Element.EnumerateObject().Any(member => member.Name is not ("$ref" or "allOf" or "anyOf" or "oneOf")))
        {
            var own = part with { Kind = SchemaPartKind.Own };
            found.TryAdd(own.Key, own);
        }
        path.RemoveAt(path.Count - 1);
        return isPossible;
    }

    private JsonElement.ArrayEnumerator List(SchemaPart part, string keyword, JsonElement value) =>
        value.ValueKind == JsonValueKind.Array && value.GetArrayLength() > 0 ? value.EnumerateArray() : throw error($"{part.Pointer}/{keyword}", $"{keyword} is a list of at least one schema");

    private SchemaPart Resolve(SchemaPart part, JsonElement reference)
    {
        var where = part.Pointer + "/$ref";
        if (reference.ValueKind != JsonValueKind.String) throw error(where, "$ref is a string");
        var target = reference.GetString()!;
        if (target is not ['#', ..] || (target.Length > 1 && target[1] != '/')) throw error(where, $"'{target}' leads out of this schema; only references such as #/$defs/name are supported");
        var (at, pointer) = (root, "#");
        foreach (var raw in target.Split('/').Skip(1))
        {
            var step = Uri.UnescapeDataString(raw).Replace("~1", "/", StringComparison.Ordinal).Replace("~0", "~", StringComparison.Ordinal);
            var next = default(JsonElement);
            var isFound = at.ValueKind switch
            {
                JsonValueKind.Object => at.TryGetProperty(step, out next),
                JsonValueKind.Array => int.TryParse(step, out var index) && index >= 0 && index < at.GetArrayLength() && (next = at[index]).ValueKind != JsonValueKind.Undefined,
                _ => false,
            };
            if (!isFound) throw error(where, $"there is nothing at '{target}': {pointer} has no '{step}'");
            (at, pointer) = (next, $"{pointer}/{SchemaPart.Escape(step)}");
        }
        return new SchemaPart(SchemaPartKind.Whole, at, pointer);
    }

    private bool AreExclusive(List<SchemaPart>? a, List<SchemaPart>? b, int depth)
    {
        if (a is null || b is null) return true;
        foreach (var left in a.Where(part => part.Kind == SchemaPartKind.Own))
        {
            foreach (var right in b.Where(part => part.Kind == SchemaPartKind.Own))
            {
                if ((SchemaValues.Kinds(left) & SchemaValues.Kinds(right)) == 0) return true;
                if (SchemaValues.Listed(left) is { } values && SchemaValues.Listed(right) is { } listed && !values.Any(value => listed.Any(other => JsonElement.DeepEquals(value, other)))) return true;
                if ((depth < DeepestTag && HasDifferentTag(left, right, depth + 1)) || LacksRequired(left, right) || LacksRequired(right, left)) return true;
            }
        }
        return false;
    }

    /// <summary>Whether both are objects that need a property whose values differ.</summary>
    private bool HasDifferentTag(SchemaPart left, SchemaPart right, int depth)
    {
        if (!IsObject(left) || !IsObject(right) || !left.Has("properties", out var properties) || properties.ValueKind != JsonValueKind.Object) return false;
        foreach (var property in properties.EnumerateObject())
        {
            if (!Requires(left, property.Name) || !Requires(right, property.Name) || !right.Has("properties", out var others) || others.ValueKind != JsonValueKind.Object) continue;
            if (others.TryGetProperty(property.Name, out var other) && AreExclusive(Flatten([left.Inside(property.Value, "properties", property.Name)]), Flatten([right.Inside(other, "properties", property.Name)]), depth)) return true;
        }
        return false;
    }

    /// <summary>Whether one allows no property that the other needs.</summary>
    private static bool LacksRequired(SchemaPart closed, SchemaPart open) =>
        IsObject(closed) && IsObject(open) && !closed.Has("patternProperties", out _) && closed.Has("additionalProperties", out var additional) && additional.ValueKind == JsonValueKind.False && open.Has("required", out var required) && required.ValueKind == JsonValueKind.Array
        && required.EnumerateArray().Any(name => name.ValueKind == JsonValueKind.String && !(closed.Has("properties", out var properties) && properties.ValueKind == JsonValueKind.Object && properties.TryGetProperty(name.GetString()!, out _)));

    private static bool IsObject(SchemaPart part) => part.Has("type", out var type) && type.ValueKind == JsonValueKind.String && type.ValueEquals("object");

    private static bool Requires(SchemaPart part, string name) =>
        part.Has("required", out var required) && required.ValueKind == JsonValueKind.Array && required.EnumerateArray().Any(one => one.ValueKind == JsonValueKind.String && one.ValueEquals(name));
}
