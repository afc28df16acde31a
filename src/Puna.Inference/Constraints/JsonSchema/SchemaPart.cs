using System.Text.Json;

namespace Puna.Inference;

/// <summary>How much of a schema a <see cref="SchemaPart"/> is.</summary>
internal enum SchemaPartKind
{
    /// <summary>All of it, references and branches too.</summary>
    Whole,

    /// <summary>Its own assertions alone.</summary>
    Own,

    /// <summary>Its <c>anyOf</c>.</summary>
    AnyOf,

    /// <summary>Its <c>oneOf</c>.</summary>
    OneOf,
}

/// <summary>Something that a value must satisfy, by its place in the document. Sets of them are what rules are made from: a set stays small, whatever refers to what.</summary>
internal readonly record struct SchemaPart(SchemaPartKind Kind, JsonElement Element, string Pointer)
{
    /// <summary>Tells parts apart.</summary>
    public string Key => $"{(int)Kind}{Pointer}";

    /// <summary>The value of a keyword of this schema.</summary>
    public bool Has(string keyword, out JsonElement value)
    {
        value = default;
        return Element.ValueKind == JsonValueKind.Object && Element.TryGetProperty(keyword, out value);
    }

    /// <summary>A schema inside this one.</summary>
    public SchemaPart Inside(JsonElement element, params string[] steps) => new(SchemaPartKind.Whole, element, Pointer + string.Concat(steps.Select(step => '/' + Escape(step))));

    public static string Escape(string step) => step.Replace("~", "~0", StringComparison.Ordinal).Replace("/", "~1", StringComparison.Ordinal);
}
