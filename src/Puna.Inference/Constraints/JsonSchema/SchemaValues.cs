using System.Numerics;
using System.Text.Json;

namespace Puna.Inference;

/// <summary>Kinds of JSON values; a number is whole or not.</summary>
[Flags]
internal enum JsonKinds
{
    Object = 1,
    Array = 2,
    Text = 4,
    Integer = 8,
    Fraction = 16,
    Boolean = 32,
    Null = 64,
    All = 127,
}

/// <summary>What schemas say together of types, constants, strings and numbers.</summary>
/// <param name="grammar">Receives the grammar.</param>
/// <param name="json">JSON in it.</param>
/// <param name="name">What errors call the schema.</param>
/// <param name="error">Makes an error from a pointer and a message.</param>
internal sealed class SchemaValues(Grammar grammar, JsonText json, string name, Func<string, string, InvalidDataException> error)
{
    private const int MostRemainders = 10_000;
    private readonly NumberRange _ranges = new(grammar, json);

    /// <summary>The kinds that a schema's own type and constants leave.</summary>
    public static JsonKinds Kinds(SchemaPart part)
    {
        var kinds = TypeKinds(part);
        return Listed(part) is { } values ? kinds & values.Aggregate((JsonKinds)0, (all, value) => all | KindOfValue(value)) : kinds;
    }

    /// <summary>The values that a schema's own enum and const leave; null where it has neither.</summary>
    public static List<JsonElement>? Listed(SchemaPart part)
    {
        var listed = part.Has("enum", out var all) && all.ValueKind == JsonValueKind.Array ? all.EnumerateArray().ToList() : null;
        if (!part.Has("const", out var one)) return listed;
        return listed is null || listed.Exists(value => JsonElement.DeepEquals(value, one)) ? [one] : [];
    }

    /// <summary>The constants that satisfy all schemas; null where none lists any.</summary>
    public GrammarNode? Constants(List<SchemaPart> parts) => ConstantList(parts) is { } values ? grammar.Choice([.. values.Select(json.Constant)]) : null;

    /// <summary>The same as values.</summary>
    public List<JsonElement>? ConstantList(List<SchemaPart> parts)
    {
        List<JsonElement>? left = null;
        foreach (var part in parts)
        {
            if (part.Has("enum", out var list) && (list.ValueKind != JsonValueKind.Array || list.GetArrayLength() == 0)) throw error(part.Pointer + "/enum", "enum is a list of at least one value");
            CheckType(part);
            if (Listed(part) is not { } values) continue;
            left = left is null ? values : [.. left.Where(value => values.Exists(other => JsonElement.DeepEquals(value, other)))];
        }
        if (left is null) return null;
        left.RemoveAll(value => parts.Exists(part => part.Has("type", out _) && (TypeKinds(part) & KindOfValue(value)) == 0));
        foreach (var value in left)
        {
            var family = KindOfValue(value) switch { JsonKinds.Object => "object", JsonKinds.Array => "array", JsonKinds.Text => "string", JsonKinds.Integer or JsonKinds.Fraction => "number", _ => "" };
            foreach (var part in parts)
                if (SchemaKeywords.FirstOf(part.Element, family) is { } keyword) throw error($"{part.Pointer}/{keyword}", $"'{keyword}' together with enum or const is not supported; list only values that satisfy it and leave it out");
        }
        return left;
    }

    /// <summary>The types that all schemas allow; null for any. Without a type, those that the keywords speak of.</summary>
    public List<string>? Types(List<SchemaPart> parts)
    {
        var kinds = JsonKinds.All;
        var isSaid = false;
        foreach (var part in parts)
        {
            CheckType(part);
            if (!part.Has("type", out _)) continue;
            isSaid = true;
            kinds &= TypeKinds(part);
        }
        var types = new List<string>();
        if (!isSaid)
        {
            types.AddRange(parts.SelectMany(part => SchemaKeywords.FamiliesOf(part.Element)).Distinct());
            return types.Count == 0 ? null : types;
        }
        foreach (var (kind, type) in ((JsonKinds, string)[])[(JsonKinds.Object, "object"), (JsonKinds.Array, "array"), (JsonKinds.Text, "string"), (JsonKinds.Boolean, "boolean"), (JsonKinds.Null, "null")])
            if ((kinds & kind) != 0) types.Add(type);
        if ((kinds & JsonKinds.Fraction) != 0) types.Add("number");
        else if ((kinds & JsonKinds.Integer) != 0) types.Add("integer");
        return types;
    }

    /// <summary>A string that satisfies all schemas.</summary>
    public GrammarNode Text(List<SchemaPart> parts)
    {
        var (least, most) = Counts(parts, "minLength", "maxLength", error);
        (string Text, string Pointer, bool Searches)? pattern = null;
        foreach (var part in parts)
        {
            if (part.Has("pattern", out var value)) Add(part.Pointer + "/pattern", value.ValueKind == JsonValueKind.String ? value.GetString()! : throw error(part.Pointer + "/pattern", "pattern is a string"), searches: true);
            if (!part.Has("format", out value)) continue;
            var where = part.Pointer + "/format";
            if (value.ValueKind != JsonValueKind.String) throw error(where, "format is a string");
            Add(where, JsonFormats.Pattern(value.GetString()!) ?? throw error(where, $"the format '{value.GetString()}' is not supported; known are {JsonFormats.Known}"), searches: false);
        }
        if (most is { } limit && limit < least) return grammar.Nothing;
        if (pattern is not { } one) return json.Quoted(grammar.Repeat(json.Character, least, most ?? Grammar.Unlimited));
        var read = RegexParser.Parse(grammar, one.Text, $"{name} at {one.Pointer}", json.Spell, one.Searches);
        if (read.Shortest < least || (most is { } end && read.Longest > end))
            throw error(one.Pointer, $"its strings have {read.Shortest} to {(read.Longest == RegexPart.Endless ? "any number of" : read.Longest)} characters, which minLength and maxLength ({least} to {most?.ToString() ?? "any number"}) would narrow; that is not supported, so say the length in the pattern");
        return json.Quoted(read.Node);

        void Add(string pointer, string text, bool searches)
        {
            if (pattern is { } other && (other.Text, other.Searches) != (text, searches)) throw error(pointer, $"a string that satisfies this and {other.Pointer} together is not supported; write one pattern");
            pattern = (text, pointer, searches);
        }
    }

    /// <summary>A number that satisfies all schemas.</summary>
    public GrammarNode Number(List<SchemaPart> parts, bool isInteger)
    {
        (JsonDecimal Value, bool IsOpen)? least = null, most = null;
        JsonDecimal? step = null;
        var where = "";
        foreach (var part in parts)
        {
            if (part.Has("multipleOf", out var value))
            {
                where = part.Pointer + "/multipleOf";
                if (JsonDecimal.Read(value) is not { Unscaled.Sign: > 0 } size) throw error(where, $"multipleOf is a number above 0, not {value.GetRawText()}");
                step = step is { } other ? other.LeastCommonMultiple(size) : size;
            }
            foreach (var (keyword, isOpen) in ((string, bool)[])[("minimum", false), ("exclusiveMinimum", true)])
                if (Bound(part, keyword) is { } low && (least is not { } old || low.CompareTo(old.Value) > 0 || (low.CompareTo(old.Value) == 0 && isOpen))) least = (low, isOpen);
            foreach (var (keyword, isOpen) in ((string, bool)[])[("maximum", false), ("exclusiveMaximum", true)])
                if (Bound(part, keyword) is { } high && (most is not { } old || high.CompareTo(old.Value) < 0 || (high.CompareTo(old.Value) == 0 && isOpen))) most = (high, isOpen);
        }
        if (isInteger) step = (step ?? JsonDecimal.Of(1)).LeastCommonMultiple(JsonDecimal.Of(1));
        if (step is not { } unit) return _ranges.Number(least, most);
        // from here on in units of the last decimal that a multiple has
        BigInteger? from = least is not { } a ? null : a.IsOpen ? a.Value.Shifted(unit.Scale).Floor() + 1 : a.Value.Shifted(unit.Scale).Ceiling();
        BigInteger? to = most is not { } b ? null : b.IsOpen ? b.Value.Shifted(unit.Scale).Ceiling() - 1 : b.Value.Shifted(unit.Scale).Floor();
        if (unit == JsonDecimal.Of(1)) return _ranges.Integer(from, to);
        if (unit.Unscaled * (MultipleRange.DigitsOf(from, to) + unit.Scale) > MostRemainders) throw error(where, $"multiples of {unit.Unscaled}{(unit.Scale > 0 ? $" / 10^{unit.Scale}" : "")} between these bounds take more than {MostRemainders:N0} states; use a smaller one, or narrower bounds");
        return new MultipleRange(grammar, (int)unit.Unscaled, unit.Scale).Between(from, to);
    }

    /// <summary>The largest of the least counts and the smallest of the most.</summary>
    public static (int Least, int? Most) Counts(List<SchemaPart> parts, string leastKeyword, string mostKeyword, Func<string, string, InvalidDataException> error)
    {
        var (least, most) = (0, default(int?));
        foreach (var part in parts)
        {
            if (Count(part, leastKeyword, error) is { } low) least = Math.Max(least, low);
            if (Count(part, mostKeyword, error) is { } high) most = Math.Min(most ?? int.MaxValue, high);
        }
        return (least, most);
    }

    private static int? Count(SchemaPart part, string keyword, Func<string, string, InvalidDataException> error)
    {
        if (!part.Has(keyword, out var value)) return null;
        if (JsonDecimal.Read(value) is { Scale: 0 } count && count.Unscaled.Sign >= 0 && count.Unscaled < int.MaxValue) return (int)count.Unscaled;
        throw error($"{part.Pointer}/{keyword}", $"{keyword} is a whole number from 0 to {int.MaxValue - 1}, not {value.GetRawText()}");
    }

    private JsonDecimal? Bound(SchemaPart part, string keyword) => !part.Has(keyword, out var value) ? null
        : JsonDecimal.Read(value) ?? throw error($"{part.Pointer}/{keyword}", $"{keyword} is a number with an exponent of at most 400, not {value.GetRawText()}");

    private void CheckType(SchemaPart part)
    {
        if (!part.Has("type", out var type)) return;
        foreach (var one in type.ValueKind == JsonValueKind.Array ? type.EnumerateArray() : (IEnumerable<JsonElement>)[type])
            if (KindOf(one) is null) throw error(part.Pointer + "/type", $"a type is object, array, string, number, integer, boolean or null, or a list of these, not {one.GetRawText()}");
    }

    private static JsonKinds TypeKinds(SchemaPart part)
    {
        if (!part.Has("type", out var type)) return JsonKinds.All;
        JsonKinds kinds = 0;
        foreach (var one in type.ValueKind == JsonValueKind.Array ? type.EnumerateArray() : (IEnumerable<JsonElement>)[type]) kinds |= KindOf(one) ?? JsonKinds.All;
        return kinds;
    }

    private static JsonKinds? KindOf(JsonElement type) => type.ValueKind != JsonValueKind.String ? null : type.GetString() switch
    {
        "object" => JsonKinds.Object,
        "array" => JsonKinds.Array,
        "string" => JsonKinds.Text,
        "integer" => JsonKinds.Integer,
        "number" => JsonKinds.Integer | JsonKinds.Fraction,
        "boolean" => JsonKinds.Boolean,
        "null" => JsonKinds.Null,
        _ => null,
    };

    private static JsonKinds KindOfValue(JsonElement value) => value.ValueKind switch
    {
        JsonValueKind.Object => JsonKinds.Object,
        JsonValueKind.Array => JsonKinds.Array,
        JsonValueKind.String => JsonKinds.Text,
        JsonValueKind.Number => JsonDecimal.Read(value) is { Scale: 0 } ? JsonKinds.Integer : JsonKinds.Fraction,
        JsonValueKind.Null => JsonKinds.Null,
        _ => JsonKinds.Boolean,
    };
}
