using System.Numerics;

namespace Puna.Inference;

/// <summary>Numbers between bounds as a grammar: digit by digit, exactly. A bounded number has no exponent, and zero no sign.</summary>
/// <param name="grammar">Receives it.</param>
/// <param name="json">Digits of the same grammar.</param>
internal sealed class NumberRange(Grammar grammar, JsonText json)
{
    /// <summary>Whole numbers from one bound to another; null for none.</summary>
    public GrammarNode Integer(BigInteger? least, BigInteger? most)
    {
        if (least is null && most is null) return json.Integer;
        var choices = new List<GrammarNode>();
        if (most is null || most >= 0) choices.Add(Whole(least is { } low && low > 0 ? low : 0, most));
        if (least is null || least < 0) choices.Add(grammar.Sequence(grammar.Literal("-"), Whole(most is { } high && high < 0 ? -high : 1, -least)));
        return grammar.Choice([.. choices]);
    }

    /// <summary>Numbers with or without decimals between bounds.</summary>
    /// <param name="least">The lower bound, and whether it is itself left out.</param>
    /// <param name="most">The upper bound, and whether it is itself left out.</param>
    public GrammarNode Number((JsonDecimal Value, bool IsOpen)? least, (JsonDecimal Value, bool IsOpen)? most)
    {
        if (least is null && most is null) return json.Number;
        var zero = (JsonDecimal.Of(0), false);
        var choices = new List<GrammarNode>();
        if (most is not { } high || high.Value.Unscaled.Sign >= 0) choices.Add(Magnitude(least is { } low && low.Value.Unscaled.Sign >= 0 ? low : zero, most));
        if (least is not { } bottom || bottom.Value.Unscaled.Sign < 0)
        {
            var from = most is { } top && top.Value.Unscaled.Sign < 0 ? (-top.Value, top.IsOpen) : (JsonDecimal.Of(0), true);
            choices.Add(grammar.Sequence(grammar.Literal("-"), Magnitude(from, least is { } end ? (-end.Value, end.IsOpen) : null)));
        }
        return grammar.Choice([.. choices]);
    }

    /// <summary>Whole numbers from at least 0.</summary>
    private GrammarNode Whole(BigInteger least, BigInteger? most)
    {
        if (most is { } high && high < least) return grammar.Nothing;
        var low = least.ToString();
        if (most is null) return grammar.Choice(SameLength(low, new string('9', low.Length)), grammar.Sequence(grammar.Of(CharacterSet.Range('1', '9')), grammar.Repeat(json.Digit, low.Length, Grammar.Unlimited)));
        var last = most.Value.ToString();
        if (low.Length == last.Length) return SameLength(low, last);
        var choices = new List<GrammarNode> { SameLength(low, new string('9', low.Length)), SameLength('1' + new string('0', last.Length - 1), last) };
        if (last.Length - low.Length > 1) choices.Add(grammar.Sequence(grammar.Of(CharacterSet.Range('1', '9')), grammar.Repeat(json.Digit, low.Length, last.Length - 2)));
        return grammar.Choice([.. choices]);
    }

    /// <summary>Digit strings of one length between two others.</summary>
    private GrammarNode SameLength(string low, string high)
    {
        var shared = 0;
        while (shared < low.Length && low[shared] == high[shared]) shared++;
        var prefix = grammar.Literal(low[..shared]);
        if (shared == low.Length) return prefix;
        var rest = low.Length - shared - 1;
        return grammar.Sequence(prefix, grammar.Choice(
            grammar.Sequence(grammar.Literal(low[shared..(shared + 1)]), AtLeast(low[(shared + 1)..])),
            grammar.Sequence(Between((char)(low[shared] + 1), (char)(high[shared] - 1)), grammar.Repeat(json.Digit, rest, rest)),
            grammar.Sequence(grammar.Literal(high[shared..(shared + 1)]), AtMost(high[(shared + 1)..]))));
    }

    private GrammarNode AtLeast(string low)
    {
        var node = grammar.Empty;
        for (var i = low.Length - 1; i >= 0; i--)
        {
            var rest = low.Length - 1 - i;
            node = grammar.Choice(grammar.Sequence(Between(low[i], low[i]), node), grammar.Sequence(Between((char)(low[i] + 1), '9'), grammar.Repeat(json.Digit, rest, rest)));
        }
        return node;
    }

    private GrammarNode AtMost(string high)
    {
        var node = grammar.Empty;
        for (var i = high.Length - 1; i >= 0; i--)
        {
            var rest = high.Length - 1 - i;
            node = grammar.Choice(grammar.Sequence(Between(high[i], high[i]), node), grammar.Sequence(Between('0', (char)(high[i] - 1)), grammar.Repeat(json.Digit, rest, rest)));
        }
        return node;
    }

    /// <summary>Numbers of at least 0 between bounds.</summary>
    private GrammarNode Magnitude((JsonDecimal Value, bool IsOpen) least, (JsonDecimal Value, bool IsOpen)? most)
    {
        var (from, low) = Parts(least.Value);
        var anyDecimals = grammar.Optional(grammar.Sequence(grammar.Literal("."), json.Digits));
        if (most is null)
        {
            return grammar.Choice(grammar.Sequence(grammar.Literal(from.ToString()), Decimals(DecimalsAbove(low, least.IsOpen), low.Length == 0 && !least.IsOpen)),
                grammar.Sequence(Whole(from + 1, null), anyDecimals));
        }
        var by = least.Value.CompareTo(most.Value.Value);
        if (by > 0 || (by == 0 && (least.IsOpen || most.Value.IsOpen))) return grammar.Nothing;
        var (to, high) = Parts(most.Value.Value);
        if (from == to) return grammar.Sequence(grammar.Literal(from.ToString()), Decimals(DecimalsBetween(low, least.IsOpen, high, most.Value.IsOpen), low.Length == 0 && !least.IsOpen));
        var choices = new List<GrammarNode>
        {
            grammar.Sequence(grammar.Literal(from.ToString()), Decimals(DecimalsAbove(low, least.IsOpen), low.Length == 0 && !least.IsOpen)),
            grammar.Sequence(grammar.Literal(to.ToString()), Decimals(DecimalsBelow(high, most.Value.IsOpen), high.Length > 0 || !most.Value.IsOpen)),
        };
        if (to - from > 1) choices.Add(grammar.Sequence(Whole(from + 1, to - 1), anyDecimals));
        return grammar.Choice([.. choices]);
    }

    /// <summary>A point and decimals; or nothing, where the number without decimals is in the range.</summary>
    private GrammarNode Decimals(GrammarNode digits, bool mayLack)
    {
        var node = grammar.Sequence(grammar.Literal("."), digits);
        return mayLack ? grammar.Optional(node) : node;
    }

    // Decimals d1 d2 … stand for 0.d1 d2 …; at least one is written. Bounds have no zeros at their end.
    private GrammarNode DecimalsAbove(string low, bool isOpen)
    {
        var any = grammar.Repeat(json.Digit, 0, Grammar.Unlimited);
        var node = !isOpen ? any : grammar.Sequence(grammar.Repeat(grammar.Literal("0"), 0, Grammar.Unlimited), Between('1', '9'), any);
        for (var i = low.Length - 1; i >= 0; i--) node = grammar.Choice(grammar.Sequence(Between(low[i], low[i]), node), grammar.Sequence(Between((char)(low[i] + 1), '9'), any));
        return low.Length == 0 && !isOpen ? json.Digits : node;
    }

    private GrammarNode DecimalsBelow(string high, bool isOpen)
    {
        if (high.Length == 0) return isOpen ? grammar.Nothing : grammar.Repeat(grammar.Literal("0"), 1, Grammar.Unlimited);
        var any = grammar.Repeat(json.Digit, 0, Grammar.Unlimited);
        // behind all digits of the bound only zeros; before them the text may end, being smaller
        var node = isOpen ? grammar.Nothing : grammar.Repeat(grammar.Literal("0"), 0, Grammar.Unlimited);
        for (var i = high.Length - 1; i >= 0; i--)
        {
            node = grammar.Choice(grammar.Sequence(Between(high[i], high[i]), node), grammar.Sequence(Between('0', (char)(high[i] - 1)), any));
            if (i > 0) node = grammar.Optional(node);
        }
        return node;
    }

    private GrammarNode DecimalsBetween(string low, bool lowIsOpen, string high, bool highIsOpen)
    {
        var shared = 0;
        var length = Math.Max(low.Length, high.Length);
        var (a, b) = (low.PadRight(length, '0'), high.PadRight(length, '0'));
        while (shared < length && a[shared] == b[shared]) shared++;
        if (shared == length) return grammar.Sequence(grammar.Literal(a.Length == 0 ? "0" : a), grammar.Repeat(grammar.Literal("0"), 0, Grammar.Unlimited)); // one number
        var any = grammar.Repeat(json.Digit, 0, Grammar.Unlimited);
        var lowRest = low.Length > shared ? low[(shared + 1)..] : "";
        var highRest = high[(shared + 1)..];
        // a text that ends where the lower bound ends is the bound itself
        var above = lowRest.Length == 0 && !lowIsOpen ? any : lowRest.Length == 0 ? DecimalsAbove("", true) : DecimalsAbove(lowRest, lowIsOpen);
        var below = highRest.Length == 0 ? highIsOpen ? grammar.Nothing : grammar.Repeat(grammar.Literal("0"), 0, Grammar.Unlimited) : grammar.Optional(DecimalsBelow(highRest, highIsOpen));
        var node = grammar.Choice(grammar.Sequence(Between(a[shared], a[shared]), above), grammar.Sequence(Between((char)(a[shared] + 1), (char)(b[shared] - 1)), any), grammar.Sequence(Between(b[shared], b[shared]), below));
        // where the lower bound is all zeros so far, a shorter text is the bound too
        var before = a[..shared];
        for (var i = shared - 1; i >= 0; i--)
        {
            node = grammar.Sequence(Between(before[i], before[i]), !lowIsOpen && low.Length <= i + 1 ? grammar.Optional(node) : node);
        }
        return node;
    }

    private GrammarNode Between(char first, char last) => first > last ? grammar.Nothing : grammar.Of(CharacterSet.Range(first, last));

    /// <summary>The whole part and the decimals of a number of at least 0.</summary>
    private static (BigInteger Whole, string Decimals) Parts(JsonDecimal value)
    {
        var whole = value.Floor();
        var rest = value.Unscaled - (whole * BigInteger.Pow(10, value.Scale));
        return (whole, value.Scale == 0 ? "" : rest.ToString().PadLeft(value.Scale, '0'));
    }
}
