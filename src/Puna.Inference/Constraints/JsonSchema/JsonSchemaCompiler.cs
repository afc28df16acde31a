using System.Text;
using System.Text.Json;

namespace Puna.Inference;

/// <summary>
/// A JSON schema (draft 7 or 2020-12) as a grammar of JSON texts that satisfy it. A rule is made for every set of schemas that a value must satisfy together; so allOf,
/// references with neighbours and recursion need nothing of their own. What is not supported is an error with its JSON pointer. Sources: JSON Schema 2020-12 Core and
/// Validation.
/// </summary>
internal sealed class JsonSchemaCompiler
{
    private const int Deepest = 128;
    private const int MostRules = 20_000;
    private const int MostDifferent = 10;
    private static readonly JsonElement AnyObject = JsonDocument.Parse("""{"type":"object"}""").RootElement;
    private readonly Grammar _grammar;
    private readonly JsonText _json;
    private readonly string _name;
    private readonly SchemaReferences _references;
    private readonly SchemaValues _values;
    private readonly Dictionary<string, GrammarNode> _rules = [];
    private readonly Queue<(GrammarNode Rule, List<SchemaPart> Parts)> _open = [];

    private JsonSchemaCompiler(Grammar grammar, JsonText json, JsonElement root, string name)
    {
        (_grammar, _json, _name) = (grammar, json, name);
        _references = new SchemaReferences(root, Error);
        _values = new SchemaValues(_grammar, _json, name, Error);
    }

    /// <summary>Reads a schema.</summary>
    /// <exception cref="InvalidDataException">It is no JSON, or no schema that is supported, or nothing satisfies it.</exception>
    public static Grammar Compile(string schema, string name)
    {
        var grammar = new Grammar(name);
        grammar.Root = Add(grammar, new JsonText(grammar), schema, name, objectsOnly: false);
        GrammarAnalysis.Complete(grammar, "no value satisfies the schema");
        return grammar;
    }

    /// <summary>Reads a schema as a part of a larger grammar.</summary>
    /// <param name="grammar">Receives it.</param>
    /// <param name="json">JSON in that grammar.</param>
    /// <param name="schema">The schema.</param>
    /// <param name="name">What errors call it.</param>
    /// <param name="objectsOnly">Whether nothing but objects is taken, whatever else the schema allows.</param>
    /// <exception cref="InvalidDataException">It is no JSON, or no schema that is supported. That nothing satisfies it is for the caller to find.</exception>
    public static GrammarNode Add(Grammar grammar, JsonText json, string schema, string name, bool objectsOnly)
    {
        using var document = Read(schema, name);
        var compiler = new JsonSchemaCompiler(grammar, json, document.RootElement, name);
        List<SchemaPart> parts = [new SchemaPart(SchemaPartKind.Whole, document.RootElement, "#")];
        if (objectsOnly) parts.Add(new SchemaPart(SchemaPartKind.Whole, AnyObject, "(an object)"));
        var rule = compiler.RuleOf(parts);
        while (compiler._open.TryDequeue(out var next)) next.Rule.Items = [compiler.Content(next.Parts)];
        return rule;
    }

    private static JsonDocument Read(string text, string name)
    {
        if (text.Length > GrammarText.Longest) throw new InvalidDataException($"{name}: {text.Length} characters are more than the {GrammarText.Longest} that are read");
        var schema = Encoding.UTF8.GetBytes(text);
        var reader = new Utf8JsonReader(schema, new JsonReaderOptions { MaxDepth = Deepest });
        try
        {
            // an escape may be half a surrogate pair, which is found only where a string is looked at
            while (reader.Read())
                if (reader.TokenType is JsonTokenType.String or JsonTokenType.PropertyName) reader.GetString();
            return JsonDocument.Parse(schema, new JsonDocumentOptions { MaxDepth = Deepest, AllowDuplicateProperties = false });
        }
        catch (JsonException error)
        {
            throw new InvalidDataException($"{name}, line {error.LineNumber + 1}, byte {error.BytePositionInLine + 1}: this is no JSON: {error.Message.Split(" LineNumber")[0]}", error);
        }
        catch (InvalidOperationException error)
        {
            throw new InvalidDataException($"{name}, byte {reader.TokenStartIndex + 1}: this string has half a surrogate pair, which is no character", error);
        }
    }

    /// <summary>The rule of the values that satisfy some schemas together.</summary>
    private GrammarNode RuleOf(IEnumerable<SchemaPart> parts)
    {
        var set = parts.DistinctBy(part => part.Key).OrderBy(part => part.Key, StringComparer.Ordinal).ToList();
        if (set.Count == 0) return _json.Value;
        var key = string.Join('\n', set.Select(part => part.Key));
        if (_rules.TryGetValue(key, out var rule)) return rule;
        if (_rules.Count == MostRules) throw Error(set[0].Pointer, $"the combinations of branches are more than {MostRules:N0}; use fewer anyOf, oneOf and allOf together");
        _rules[key] = rule = _grammar.Rule(set[0].Pointer);
        _open.Enqueue((rule, set));
        return rule;
    }

    private GrammarNode Content(List<SchemaPart> parts)
    {
        var flat = _references.Flatten(parts);
        if (flat is null) return _grammar.Nothing;
        var choice = flat.FindIndex(part => part.Kind is SchemaPartKind.AnyOf or SchemaPartKind.OneOf);
        if (choice >= 0) return Branches(flat, choice);
        foreach (var part in flat) SchemaKeywords.Check(part, Error);
        if (flat.Count == 0) return _json.Value;
        if (_values.Constants(flat) is { } constants) return constants;
        return _values.Types(flat) is { } types ? _grammar.Choice([.. types.Select(type => OfType(type, flat))]) : _json.Value;
    }

    private GrammarNode Branches(List<SchemaPart> parts, int choice)
    {
        var (kind, element, pointer) = parts[choice];
        var rest = parts.Where((_, i) => i != choice).ToList();
        var keyword = kind == SchemaPartKind.AnyOf ? "anyOf" : "oneOf";
        var owner = new SchemaPart(SchemaPartKind.Whole, element, pointer);
        var branches = element.GetProperty(keyword).EnumerateArray().Select((branch, i) => owner.Inside(branch, keyword, $"{i}")).ToList();
        if (kind == SchemaPartKind.OneOf) _references.RequireExclusive(branches);
        return _grammar.Choice([.. branches.Select(branch => RuleOf([.. rest, branch]))]);
    }

    private GrammarNode OfType(string type, List<SchemaPart> parts) => type switch
    {
        "object" => Object(parts),
        "array" => Array(parts),
        "string" => _values.Text(parts),
        "integer" or "number" => _values.Number(parts, type == "integer"),
        "boolean" => _grammar.Choice(_grammar.Literal("true"), _grammar.Literal("false")),
        _ => _grammar.Literal("null"),
    };

    private GrammarNode Object(List<SchemaPart> parts)
    {
        var shape = new ObjectShape(parts, Error);
        var members = shape.Names.Select(name => (Node: _json.Member(_grammar.Literal(JsonText.Quote(name)), RuleOf(shape.Of(name))), IsRequired: shape.Required.Contains(name))).ToList();
        var others = shape.Pattern is { } named ? _json.Member(_json.Quoted(RegexParser.Parse(_grammar, named.Names, $"{_name} at {named.Schema.Pointer}", _json.Spell, search: true).Node), RuleOf([named.Schema]))
            : shape.Others is { } schemas ? _json.Member(_json.NameOtherThan(shape.Names), RuleOf(schemas)) : null;
        // from the last to the first: what may follow when something stands before, and when nothing does
        var (after, first) = (_grammar.Empty, _grammar.Nothing);
        if (others is not null) (after, first) = (_grammar.Repeat(_json.Next(others), 0, Grammar.Unlimited), _json.Items(others));
        var canBeEmpty = true;
        for (var i = members.Count - 1; i >= 0; i--)
        {
            var (node, isRequired) = members[i];
            var begins = _grammar.Sequence(node, after);
            first = isRequired ? begins : _grammar.Choice(begins, first);
            after = _grammar.Sequence(isRequired ? _json.Next(node) : _grammar.Optional(_json.Next(node)), after);
            canBeEmpty &= !isRequired;
        }
        return _json.Bracketed("{", first == _grammar.Nothing ? null : first, "}", canBeEmpty);
    }

    private GrammarNode Array(List<SchemaPart> parts)
    {
        var shape = new ArrayShape(parts, Error);
        if (shape.Most is { } limit && limit < shape.Least) return _grammar.Nothing;
        if (shape.Most == 0) return _json.Bracketed("[", null, "]", canBeEmpty: true);
        if (shape.DifferAt is { } pointer) return DifferentItems(shape, pointer);
        var count = shape.Most is { } end ? Math.Min(shape.PrefixLength, end) : shape.PrefixLength;
        GrammarNode? rest = null;
        if (shape.Most is null || shape.Most > count) rest = RuleOf(shape.Of(count));
        var items = Enumerable.Range(0, count).Select(i => RuleOf(shape.Of(i))).ToArray();
        var leastBehind = Math.Max(0, shape.Least - count);
        var after = rest is null ? _grammar.Empty : _grammar.Repeat(_json.Next(rest), leastBehind, shape.Most is { } most ? most - count : Grammar.Unlimited);
        GrammarNode first;
        if (count == 0)
        {
            var more = _grammar.Repeat(_json.Next(rest!), Math.Max(0, leastBehind - 1), shape.Most is { } all ? all - 1 : Grammar.Unlimited);
            first = _grammar.Sequence(rest!, more);
        }
        else
        {
            for (var i = count - 1; i > 0; i--)
            {
                var next = _grammar.Sequence(_json.Next(items[i]), after);
                after = i < shape.Least ? next : _grammar.Optional(next);
            }
            first = _grammar.Sequence(items[0], after);
        }
        return _json.Bracketed("[", first, "]", canBeEmpty: shape.Least == 0);
    }

    /// <summary>Items that differ, out of a list of constants: for each set of what is left, what may come next.</summary>
    private GrammarNode DifferentItems(ArrayShape shape, string pointer)
    {
        var flat = shape.PrefixLength > 0 ? null : _references.Flatten(shape.Of(0));
        var values = flat is null || flat.Exists(part => part.Kind is SchemaPartKind.AnyOf or SchemaPartKind.OneOf) ? null : _values.ConstantList(flat);
        if (values is null || values.Count > MostDifferent) throw Error(pointer, $"that items differ from each other is supported only where they come from an enum of at most {MostDifferent} values; leave uniqueItems out");
        foreach (var part in flat!) SchemaKeywords.Check(part, Error);
        var different = values.Where((value, i) => !values.Take(i).Any(other => JsonElement.DeepEquals(value, other))).Select(_json.Constant).ToArray();
        var behind = new Dictionary<int, GrammarNode>();
        if (shape.Least > different.Length) return _grammar.Nothing;
        return _json.Bracketed("[", First(), "]", canBeEmpty: shape.Least == 0);

        GrammarNode First() => _grammar.Choice([.. different.Select((item, i) => _grammar.Sequence(item, Behind(1 << i)))]);

        GrammarNode Behind(int taken)
        {
            if (behind.TryGetValue(taken, out var known)) return known;
            var count = System.Numerics.BitOperations.PopCount((uint)taken);
            var ways = new List<GrammarNode>();
            if (count >= shape.Least) ways.Add(_grammar.Empty);
            for (var i = 0; i < different.Length && (shape.Most is not { } most || count < most); i++)
                if ((taken & (1 << i)) == 0) ways.Add(_grammar.Sequence(_json.Next(different[i]), Behind(taken | (1 << i))));
            return behind[taken] = _grammar.Choice([.. ways]);
        }
    }

    private InvalidDataException Error(string pointer, string message) => new($"{_name} at {pointer}: {message}");
}
