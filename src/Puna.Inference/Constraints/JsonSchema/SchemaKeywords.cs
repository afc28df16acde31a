using System.Text.Json;

namespace Puna.Inference;

/// <summary>The keywords of JSON Schema, and which kind of value each speaks of. A keyword that is not here would change what is valid without anybody noticing.</summary>
internal static class SchemaKeywords
{
    private static readonly HashSet<string> Annotations = ["title", "description", "default", "examples", "$schema", "$id", "id", "$comment", "$defs", "definitions", "$anchor", "deprecated", "readOnly", "writeOnly", "contentMediaType", "contentEncoding"];
    private static readonly HashSet<string> Applied = ["$ref", "allOf", "anyOf", "oneOf", "type", "enum", "const"];

    private static readonly Dictionary<string, string[]> Families = new()
    {
        ["object"] = ["properties", "patternProperties", "required", "additionalProperties", "minProperties", "maxProperties"],
        ["array"] = ["items", "prefixItems", "additionalItems", "minItems", "maxItems", "uniqueItems"],
        ["string"] = ["minLength", "maxLength", "pattern", "format"],
        ["number"] = ["minimum", "maximum", "exclusiveMinimum", "exclusiveMaximum", "multipleOf"],
    };

    /// <summary>The kinds of value of which a schema's own keywords speak.</summary>
    public static IEnumerable<string> FamiliesOf(JsonElement schema) => Families.Where(family => family.Value.Any(keyword => schema.TryGetProperty(keyword, out _))).Select(family => family.Key);

    /// <summary>The first keyword of a schema that speaks of a kind of value; null for none.</summary>
    public static string? FirstOf(JsonElement schema, string family) => Families.TryGetValue(family, out var keywords) ? keywords.FirstOrDefault(keyword => schema.TryGetProperty(keyword, out _)) : null;

    /// <summary>Refuses keywords that are not supported.</summary>
    public static void Check(SchemaPart part, Func<string, string, InvalidDataException> error)
    {
        foreach (var member in part.Element.EnumerateObject())
        {
            if (Annotations.Contains(member.Name) || Applied.Contains(member.Name) || member.Name.StartsWith("x-", StringComparison.Ordinal)) continue;
            if (Families.Values.Any(family => family.Contains(member.Name))) continue;
            var isHarmless = member.Name switch
            {
                "dependentRequired" or "dependentSchemas" or "dependencies" => member.Value.ValueKind == JsonValueKind.Object && !member.Value.EnumerateObject().Any(),
                "propertyNames" when member.Value.ValueKind == JsonValueKind.Object => member.Value.EnumerateObject().All(inner => Annotations.Contains(inner.Name) || (inner.NameEquals("type") && inner.Value.ValueKind == JsonValueKind.String && inner.Value.ValueEquals("string"))),
                "unevaluatedProperties" or "unevaluatedItems" or "propertyNames" => member.Value.ValueKind == JsonValueKind.True,
                _ => false,
            };
            if (!isHarmless) throw error($"{part.Pointer}/{SchemaPart.Escape(member.Name)}", $"the keyword '{member.Name}' is not supported, and without it other values would be valid; leave it out or say it in another way");
        }
    }
}
