using System.Globalization;
using System.Text;
using System.Text.Json;
using Puna.Text;

namespace Puna.Inference;

/// <summary>
/// JSON as a grammar: how strings, numbers and any values are written, and the white space between tokens. White space is none, one space, or one or two line ends with
/// up to 20 spaces or tabs behind them; it stands only behind <c>{ [ , :</c> and before <c>} ]</c>, so that no model can go on with it for ever.
/// </summary>
internal sealed class JsonText
{
    private static readonly CharacterSet Controls = CharacterSet.Range(0, 0x1F);
    private static readonly CharacterSet Hex = CharacterSet.Of("0123456789abcdefABCDEF");
    private readonly Grammar _grammar;
    private GrammarNode? _value;

    public JsonText(Grammar grammar)
    {
        _grammar = grammar;
        var indent = grammar.Sequence(grammar.Repeat(grammar.Literal("\n"), 1, 2), grammar.Repeat(grammar.Of(CharacterSet.Of(" \t")), 0, 20));
        Space = grammar.Optional(grammar.Choice(grammar.Literal(" "), indent));
        PlainCharacter = grammar.Of(Plain);
        Character = grammar.Choice(PlainCharacter, grammar.Sequence(grammar.Literal("\\"), grammar.Choice(grammar.Of(CharacterSet.Of("\"\\/bfnrt")), CodeUnits())));
        Digits = grammar.Repeat(Digit, 1, Grammar.Unlimited);
        Whole = grammar.Choice(grammar.Literal("0"), grammar.Sequence(grammar.Of(CharacterSet.Range('1', '9')), grammar.Repeat(Digit, 0, Grammar.Unlimited)));
    }

    /// <summary>Characters that a string may hold as they are.</summary>
    public static CharacterSet Plain { get; } = Controls.Or(CharacterSet.Of("\"\\")).Negated();

    /// <summary>White space that may be missing.</summary>
    public GrammarNode Space { get; }

    /// <summary>One character of a string, in any spelling. Half a surrogate pair is none.</summary>
    public GrammarNode Character { get; }

    /// <summary>One character of a string that is spelled as it is.</summary>
    public GrammarNode PlainCharacter { get; }

    public GrammarNode Digit => _grammar.Of(CharacterSet.Range('0', '9'));

    /// <summary>One digit or more.</summary>
    public GrammarNode Digits { get; }

    /// <summary>A whole number without a sign.</summary>
    public GrammarNode Whole { get; }

    public GrammarNode Integer => _grammar.Sequence(_grammar.Optional(_grammar.Literal("-")), Whole);

    /// <summary>Any number; the exponent has at most two digits, since more is no number to most readers.</summary>
    public GrammarNode Number => _grammar.Sequence(Integer, _grammar.Optional(_grammar.Sequence(_grammar.Literal("."), Digits)),
        _grammar.Optional(_grammar.Sequence(_grammar.Of(CharacterSet.Of("eE")), _grammar.Optional(_grammar.Of(CharacterSet.Of("+-"))), _grammar.Repeat(Digit, 1, 2))));

    /// <summary>Any string.</summary>
    public GrammarNode Text => Quoted(_grammar.Repeat(Character, 0, Grammar.Unlimited));

    /// <summary>Any value at all.</summary>
    public GrammarNode Value
    {
        get
        {
            if (_value is not null) return _value;
            _value = _grammar.Rule("any value");
            _value.Items = [_grammar.Choice(Object(Items(Member(Text, _value))), Array(Items(_value)), Text,
                Number, _grammar.Literal("true"), _grammar.Literal("false"), _grammar.Literal("null"))];
            return _value;
        }
    }

    public GrammarNode Quoted(GrammarNode content) => _grammar.Sequence(_grammar.Literal("\""), content, _grammar.Literal("\""));

    /// <summary>A name, a colon and a value.</summary>
    public GrammarNode Member(GrammarNode name, GrammarNode value) => _grammar.Sequence(name, _grammar.Literal(":"), Space, value);

    /// <summary>One or more of one kind.</summary>
    public GrammarNode Items(GrammarNode item) => _grammar.Sequence(item, _grammar.Repeat(Next(item), 0, Grammar.Unlimited));

    /// <summary>A comma and another one.</summary>
    public GrammarNode Next(GrammarNode item) => _grammar.Sequence(_grammar.Literal(","), Space, item);

    /// <summary>An object with members, or without them.</summary>
    public GrammarNode Object(GrammarNode members) => Bracketed("{", members, "}", canBeEmpty: true);

    public GrammarNode Array(GrammarNode items) => Bracketed("[", items, "]", canBeEmpty: true);

    /// <summary>Content in brackets with white space around it. Content is never the empty text.</summary>
    public GrammarNode Bracketed(string open, GrammarNode? content, string close, bool canBeEmpty)
    {
        var inside = content is null ? _grammar.Empty : _grammar.Sequence(content, Space);
        return _grammar.Sequence(_grammar.Literal(open), Space, canBeEmpty ? _grammar.Optional(inside) : inside, _grammar.Literal(close));
    }

    /// <summary>A value as it stands, without white space.</summary>
    public GrammarNode Constant(JsonElement value) => _grammar.Literal(Written(value));

    /// <summary>A value as text, without white space.</summary>
    public static string Written(JsonElement value) => value.ValueKind switch
    {
        JsonValueKind.Object => $"{{{string.Join(',', value.EnumerateObject().Select(member => $"{Quote(member.Name)}:{Written(member.Value)}"))}}}",
        JsonValueKind.Array => $"[{string.Join(',', value.EnumerateArray().Select(Written))}]",
        JsonValueKind.String => Quote(value.GetString()!),
        _ => value.GetRawText(),
    };

    /// <summary>A string in its shortest spelling.</summary>
    public static string Quote(string text)
    {
        var quoted = new StringBuilder("\"");
        foreach (var rune in text.EnumerateRunes()) quoted.Append(Spelled(rune.Value));
        return quoted.Append('"').ToString();
    }

    /// <summary>How a pattern's characters are written inside a string: as they are where that may be, else by their shortest escape.</summary>
    public GrammarNode Spell(CharacterSet characters)
    {
        var choices = new List<GrammarNode> { _grammar.Of(characters.And(Plain)) };
        foreach (var (first, last) in characters.Without(Plain).Ranges)
            for (var value = first; value <= last; value++) choices.Add(_grammar.Literal(Spelled(value)));
        return _grammar.Choice([.. choices]);
    }

    /// <summary>A string that is none of these, spelled without escapes, which could hide one of them.</summary>
    public GrammarNode NameOtherThan(IEnumerable<string> names)
    {
        var sorted = names.Select(name => name.EnumerateRunes().Select(rune => rune.Value).ToArray()).OrderBy(name => name.Length).ToArray();
        var tails = new Dictionary<string, (SortedSet<int> Next, bool IsName)> { [""] = ([], false) };
        foreach (var name in sorted)
        {
            for (var length = 0; length < name.Length; length++)
            {
                tails[Key(name, length)].Next.Add(name[length]);
                tails.TryAdd(Key(name, length + 1), ([], false));
            }
            tails[Key(name, name.Length)] = (tails[Key(name, name.Length)].Next, true);
        }
        var anything = _grammar.Repeat(PlainCharacter, 0, Grammar.Unlimited);
        var nodes = new Dictionary<string, GrammarNode>();
        // the longest beginnings first, so that each finds what it leads to
        foreach (var (key, (next, isName)) in tails.OrderByDescending(tail => tail.Key.Count(c => c == ' ')))
        {
            var choices = next.Where(value => Plain.Contains(value)).Select(value => _grammar.Sequence(_grammar.Of(CharacterSet.Range(value, value)), nodes[Extended(key, value)])).ToList();
            choices.Add(_grammar.Sequence(_grammar.Of(Plain.Without(CharacterSet.Of(next.Select(value => (value, value))))), anything));
            if (!isName) choices.Add(_grammar.Empty);
            nodes[key] = _grammar.Choice([.. choices]);
        }
        return Quoted(nodes[""]);

        static string Key(int[] name, int length) => string.Concat(name.Take(length).Select(value => Extended("", value)));

        static string Extended(string key, int value) => key + value.ToString(CultureInfo.InvariantCulture) + ' ';
    }

    private static string Spelled(int value) => JsonEscape.Of(value) ?? char.ConvertFromUtf32(value);

    /// <summary>u and four digits, or two of these that are a surrogate pair.</summary>
    private GrammarNode CodeUnits()
    {
        var (hex, d) = (_grammar.Of(Hex), _grammar.Of(CharacterSet.Of("dD")));
        var single = _grammar.Choice(_grammar.Sequence(_grammar.Of(Hex.Without(CharacterSet.Of("dD"))), hex), _grammar.Sequence(d, _grammar.Of(CharacterSet.Range('0', '7'))));
        var pair = _grammar.Sequence(d, _grammar.Of(CharacterSet.Of("89abAB")), hex, hex, _grammar.Literal("\\u"), d, _grammar.Of(CharacterSet.Of("cdefCDEF")));
        return _grammar.Sequence(_grammar.Literal("u"), _grammar.Choice(single, pair), hex, hex);
    }
}
