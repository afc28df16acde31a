using System.Text.Json;

namespace Puna.Inference;

/// <summary>What schemas say together of an object's properties.</summary>
internal sealed class ObjectShape
{
    private readonly List<SchemaPart> _parts;
    private readonly HashSet<string> _known = [];
    private readonly List<(SchemaPart Owner, string Pattern, SchemaPart Schema, OutputGrammar Names)> _patterns = [];

    public ObjectShape(List<SchemaPart> parts, Func<string, string, InvalidDataException> error)
    {
        _parts = parts;
        foreach (var part in parts)
        {
            if (part.Has("properties", out var properties))
            {
                if (properties.ValueKind != JsonValueKind.Object) throw error(part.Pointer + "/properties", "properties is an object");
                foreach (var property in properties.EnumerateObject()) Add(property.Name);
            }
            if (part.Has("patternProperties", out var patterns))
            {
                if (patterns.ValueKind != JsonValueKind.Object) throw error(part.Pointer + "/patternProperties", "patternProperties is an object");
                foreach (var pattern in patterns.EnumerateObject()) AddPattern(part, part.Inside(pattern.Value, "patternProperties", pattern.Name), pattern.Name, error);
            }
            if (!part.Has("required", out var required)) continue;
            if (required.ValueKind != JsonValueKind.Array || required.EnumerateArray().Any(name => name.ValueKind != JsonValueKind.String)) throw error(part.Pointer + "/required", "required is a list of names");
            foreach (var name in required.EnumerateArray()) Required.Add(name.GetString()!);
        }
        var hasDeclared = Names.Count > 0;
        foreach (var name in Required.Order(StringComparer.Ordinal)) Add(name);
        var said = parts.Where(part => part.Has("additionalProperties", out _)).Select(part => part.Inside(part.Element.GetProperty("additionalProperties"), "additionalProperties")).ToList();
        if (said.Count > 0) Others = said.Exists(part => part.Element.ValueKind == JsonValueKind.False) ? null : said;
        else Others = hasDeclared ? null : [];
        if (_patterns.Count > 0)
        {
            // beside declared names no others come out: one that matches a pattern would have to be told from one that does not
            Others = null;
            if (Names.Count == 0) Pattern = OnlyPattern(error);
        }
        foreach (var part in parts) CheckCounts(part, error);
    }

    /// <summary>The names that are spoken of, in the order in which they first are.</summary>
    public List<string> Names { get; } = [];

    /// <summary>The names that must be there.</summary>
    public HashSet<string> Required { get; } = [];

    /// <summary>What any other property must satisfy; null where there may be none. Without additionalProperties there are others only where no name is declared.</summary>
    public List<SchemaPart>? Others { get; }

    /// <summary>What names are like and what their values must satisfy, where there is a pattern and no name is spoken of.</summary>
    public (string Names, SchemaPart Schema)? Pattern { get; }

    /// <summary>What the value of a name must satisfy.</summary>
    public List<SchemaPart> Of(string name)
    {
        var schemas = new List<SchemaPart>();
        foreach (var part in _parts)
        {
            var before = schemas.Count;
            if (part.Has("properties", out var properties) && properties.TryGetProperty(name, out var schema)) schemas.Add(part.Inside(schema, "properties", name));
            schemas.AddRange(_patterns.Where(pattern => pattern.Owner.Key == part.Key && pattern.Names.Accepts(name)).Select(pattern => pattern.Schema));
            if (schemas.Count == before && part.Has("additionalProperties", out var others)) schemas.Add(part.Inside(others, "additionalProperties"));
        }
        return schemas;
    }

    private void AddPattern(SchemaPart owner, SchemaPart schema, string pattern, Func<string, string, InvalidDataException> error)
    {
        var grammar = new Grammar(error(schema.Pointer, "the pattern").Message);
        grammar.Root = RegexParser.Parse(grammar, pattern, grammar.Name, grammar.Of, search: true).Node;
        _patterns.Add((owner, pattern, schema, OutputGrammar.Of(grammar)));
    }

    private (string, SchemaPart) OnlyPattern(Func<string, string, InvalidDataException> error)
    {
        var (owner, pattern, schema, _) = _patterns[0];
        if (_patterns.Count > 1) throw error(_patterns[1].Schema.Pointer, $"a name may match this pattern and the one at {schema.Pointer}, which is not supported; use one pattern, or declare the names in properties");
        if (_parts.Exists(part => part.Key != owner.Key && part.Has("additionalProperties", out _))) throw error(schema.Pointer, "a pattern of names together with additionalProperties of another schema is not supported; say both in one schema");
        return (pattern, schema);
    }

    private void Add(string name)
    {
        if (!_known.Add(name)) return;
        Names.Add(name);
    }

    private void CheckCounts(SchemaPart part, Func<string, string, InvalidDataException> error)
    {
        var (least, most) = SchemaValues.Counts([part], "minProperties", "maxProperties", error);
        if (least > Required.Count) throw error(part.Pointer + "/minProperties", $"counting properties is not supported, and only {Required.Count} are required; name them in required");
        if (most is { } limit && (Others is not null || Pattern is not null || limit < Names.Count)) throw error(part.Pointer + "/maxProperties", "counting properties is not supported; leave out the ones that are too many and set additionalProperties to false");
    }
}
