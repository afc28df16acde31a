using System.Numerics;

namespace Puna.Inference;

/// <summary>
/// Multiples of a number between bounds as a grammar. A multiple of step / 10^scale is written with exactly so many decimals, so its digits are those of a whole number,
/// and which may come next depends on the remainder that those so far leave: a finite automaton with a state for each remainder.
/// </summary>
/// <param name="grammar">Receives it.</param>
/// <param name="step">What the digits, read as a whole number, are a multiple of.</param>
/// <param name="scale">How many of the digits are decimals.</param>
internal sealed class MultipleRange(Grammar grammar, int step, int scale)
{
    private readonly Dictionary<(int Digits, int Remainder), GrammarNode> _exactly = [], _atLeast = [];
    private GrammarNode[]? _endless;

    /// <summary>All multiples between two bounds, both of them in units of 10^−scale; null for none.</summary>
    public GrammarNode Between(BigInteger? least, BigInteger? most)
    {
        var choices = new List<GrammarNode>();
        if (most is null || most >= 0) choices.Add(Magnitudes(least is { } low && low > 0 ? low : 0, most));
        if (least is null || least < 0) choices.Add(grammar.Sequence(grammar.Literal("-"), Magnitudes(most is { } high && high < 0 ? -high : 1, -least)));
        return grammar.Choice([.. choices]);
    }

    /// <summary>Digits that the larger of two bounds takes.</summary>
    public static int DigitsOf(BigInteger? least, BigInteger? most) => Math.Max(BigInteger.Abs(least ?? 0).ToString().Length, BigInteger.Abs(most ?? 0).ToString().Length);

    private GrammarNode Magnitudes(BigInteger least, BigInteger? most)
    {
        if (most < least) return grammar.Nothing;
        var (low, high) = (Digits(least), most is { } end ? Digits(end) : null);
        var choices = new List<GrammarNode>();
        for (var length = low.Length; length <= (high ?? low).Length; length++)
        {
            if (length != low.Length && length != high!.Length)
            {
                choices.Add(Edges(1, 9, digit => Exactly(length - 1, digit % step)));
                continue;
            }
            var first = length == low.Length ? low : '1' + new string('0', length - 1);
            choices.Add(Bounded(first, length == high?.Length ? high : new string('9', length), 0, 0, true, true));
        }
        if (high is null) choices.Add(Edges(1, 9, digit => AtLeast(low.Length - scale, digit % step)));
        return grammar.Choice([.. choices]);
    }

    /// <summary>Digits of one length between two others, from a place on.</summary>
    private GrammarNode Bounded(string low, string high, int at, int remainder, bool onLow, bool onHigh)
    {
        var left = low.Length - at;
        if (left == 0 || (!onLow && !onHigh)) return Exactly(left, remainder);
        var (from, to) = (onLow ? low[at] - '0' : 0, onHigh ? high[at] - '0' : 9);
        return Pointed(left, Edges(from, to, digit => Bounded(low, high, at + 1, After(remainder, digit), onLow && digit == from, onHigh && digit == to)));
    }

    /// <summary>So many digits more, whichever lead to a multiple.</summary>
    private GrammarNode Exactly(int digits, int remainder)
    {
        if (digits == 0) return remainder == 0 ? grammar.Empty : grammar.Nothing;
        if (_exactly.TryGetValue((digits, remainder), out var known)) return known;
        return _exactly[(digits, remainder)] = Pointed(digits, Edges(0, 9, digit => Exactly(digits - 1, After(remainder, digit))));
    }

    /// <summary>So many digits before the point, or more, then the decimals.</summary>
    private GrammarNode AtLeast(int digits, int remainder)
    {
        if (digits == 0) return Endless()[remainder];
        if (_atLeast.TryGetValue((digits, remainder), out var known)) return known;
        return _atLeast[(digits, remainder)] = Edges(0, 9, digit => AtLeast(digits - 1, After(remainder, digit)));
    }

    /// <summary>For each remainder: any number of digits before the point, then the decimals.</summary>
    private GrammarNode[] Endless()
    {
        if (_endless is not null) return _endless;
        var rules = _endless = [.. Enumerable.Range(0, step).Select(remainder => grammar.Rule($"digits with the remainder {remainder} of {step}"))];
        for (var remainder = 0; remainder < step; remainder++)
        {
            var from = remainder;
            rules[remainder].Items = [grammar.Choice(Edges(0, 9, digit => rules[After(from, digit)]), Exactly(scale, remainder))];
        }
        return rules;
    }

    /// <summary>One digit and what follows it; digits with the same that follows are joined.</summary>
    private GrammarNode Edges(int from, int to, Func<int, GrammarNode> next)
    {
        var ways = Enumerable.Range(from, Math.Max(0, to - from + 1)).GroupBy(next).Select(way =>
            grammar.Sequence(grammar.Of(CharacterSet.Of(way.Select(digit => ('0' + digit, '0' + digit)))), way.Key));
        return grammar.Choice([.. ways]);
    }

    /// <summary>The point, where only the decimals are left.</summary>
    private GrammarNode Pointed(int digitsLeft, GrammarNode digits) => digitsLeft == scale ? grammar.Sequence(grammar.Literal("."), digits) : digits;

    private int After(int remainder, int digit) => ((remainder * 10) + digit) % step;

    private string Digits(BigInteger number) => number.ToString().PadLeft(scale + 1, '0');
}
