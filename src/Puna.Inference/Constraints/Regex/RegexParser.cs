namespace Puna.Inference;

/// <summary>
/// Reads a regular expression into a grammar: alternatives, groups, classes, escapes, counts. Lazy and greedy are the same here, since only what matches counts. What
/// the grammar cannot say (looking ahead or behind, back references, word boundaries, options) is an error. Meaning as in ECMA-262 with the flag u.
/// </summary>
internal sealed class RegexParser
{
    private readonly Grammar _grammar;
    private readonly GrammarText _text;
    private readonly Func<CharacterSet, GrammarNode> _spell;
    private int _depth;

    private RegexParser(Grammar grammar, GrammarText text, Func<CharacterSet, GrammarNode> spell) => (_grammar, _text, _spell) = (grammar, text.CheckLength(), spell);

    /// <summary>Reads an expression for a whole text; the anchors ^ and $ may stand at its ends.</summary>
    /// <exception cref="InvalidDataException">A mistake or something unsupported; the place is named. Or no text can match.</exception>
    public static Grammar Parse(string pattern, string name)
    {
        var grammar = new Grammar(name);
        grammar.Root = Parse(grammar, pattern, name, grammar.Of, search: false).Node;
        GrammarAnalysis.Complete(grammar);
        return grammar;
    }

    /// <summary>Reads an expression as a part of a grammar.</summary>
    /// <param name="grammar">Receives it.</param>
    /// <param name="pattern">The expression.</param>
    /// <param name="name">What errors call it.</param>
    /// <param name="spell">How a character of a set is written.</param>
    /// <param name="search">Whether anything may stand before and behind it where it has no anchor, as in JSON Schema.</param>
    /// <exception cref="InvalidDataException">A mistake or something unsupported; the place is named.</exception>
    public static RegexPart Parse(Grammar grammar, string pattern, string name, Func<CharacterSet, GrammarNode> spell, bool search)
    {
        var parser = new RegexParser(grammar, new GrammarText(pattern, name), spell);
        var part = parser.ReadTop(search);
        return parser._text.IsAtEnd ? part : throw parser._text.Error("this ')' closes no group");
    }

    private RegexPart ReadTop(bool search)
    {
        var choices = new List<RegexPart>();
        do
        {
            var isAnchored = _text.Take("^");
            var choice = ReadSequence();
            if (search && !isAnchored) choice = Sequence([Anything(), choice]);
            if (!_text.Take("$"))
            {
                if (search) choice = Sequence([choice, Anything()]);
            }
            else if (!_text.IsAtEnd && _text.Current != '|') throw _text.Error("'$' is supported only at the end of the whole expression or of one of its alternatives", _text.Position - 1);
            choices.Add(choice);
        }
        while (_text.Take("|"));
        return Choice(choices);
    }

    private RegexPart Anything() => Repeat(new RegexPart(_spell(CharacterSet.All), 1, 1), 0, Grammar.Unlimited);

    private RegexPart ReadChoice()
    {
        if (++_depth > GrammarText.Deepest) throw _text.Error($"groups are nested more than {GrammarText.Deepest} deep");
        var choices = new List<RegexPart> { ReadSequence() };
        while (_text.Take("|")) choices.Add(ReadSequence());
        _depth--;
        if (_text.Current == '$') throw _text.Error("'$' is supported only at the end of the whole expression or of one of its alternatives");
        return Choice(choices);
    }

    private RegexPart ReadSequence()
    {
        var items = new List<RegexPart>();
        while (!_text.IsAtEnd && _text.Current is not ('|' or ')' or '$')) items.Add(ReadRepetition(ReadAtom()));
        return Sequence(items);
    }

    private RegexPart ReadAtom()
    {
        switch (_text.Current)
        {
            case '(':
                return ReadGroup();
            case '[':
                return One(RegexClass.Read(_text));
            case '.':
                _text.Position++;
                return One(RegexClass.LineEnds.Negated());
            case '^':
                throw _text.Error("'^' is supported only at the beginning of the whole expression or of one of its alternatives");
            case '*' or '+' or '?' or '{':
                throw _text.Error($"there is nothing before '{_text.Current}' that could be repeated; write \\{_text.Current} for the character");
            case '\\':
                return One(RegexClass.ReadEscape(_text, inClass: false));
            default:
                var character = _text.TakeCharacter();
                return One(CharacterSet.Range(character, character));
        }
    }

    private RegexPart ReadGroup()
    {
        var start = _text.Position++;
        if (_text.Take("?") && !_text.Take(":"))
        {
            if (_text.Current is '=' or '!' || (_text.Current == '<' && _text.Peek(1) is ('=' or '!'))) throw _text.Error("looking ahead or behind ((?=…), (?!…), (?<=…), (?<!…)) is not supported", start);
            if (!_text.Take("<") && !_text.Take("P<")) throw _text.Error("this kind of group is not supported; use (…), (?:…) or (?<name>…)", start);
            while (char.IsAsciiLetterOrDigit(_text.Current) || _text.Current == '_') _text.Position++;
            _text.Require(">", "the name of a group");
        }
        var content = ReadChoice();
        return _text.Take(")") ? content : throw _text.Error("the group is not closed: ')' is missing", start);
    }

    private RegexPart ReadRepetition(RegexPart item)
    {
        var start = _text.Position;
        int least, most;
        if (_text.Take("*")) (least, most) = (0, Grammar.Unlimited);
        else if (_text.Take("+")) (least, most) = (1, Grammar.Unlimited);
        else if (_text.Take("?")) (least, most) = (0, 1);
        else if (_text.Take("{"))
        {
            least = most = _text.TakeCount();
            if (_text.Take(",")) most = _text.Current == '}' ? Grammar.Unlimited : _text.TakeCount();
            _text.Require("}", "the number of repetitions");
            if (most != Grammar.Unlimited && most < least) throw _text.Error($"at least {least} and at most {most} repetitions contradict each other", start);
        }
        else return item;
        _text.Take("?");
        if (_text.Current is '*' or '+' or '?' or '{') throw _text.Error($"'{_text.Current}' cannot follow a repetition; put the repetition in a group");
        return Repeat(item, least, most);
    }

    private RegexPart One(CharacterSet characters) => new(_spell(characters), 1, 1);

    private RegexPart Sequence(List<RegexPart> items) =>
        new(_grammar.Sequence([.. items.Select(item => item.Node)]), items.Aggregate(0L, (sum, item) => RegexPart.Add(sum, item.Shortest)), items.Aggregate(0L, (sum, item) => RegexPart.Add(sum, item.Longest)));

    private RegexPart Choice(List<RegexPart> items) => new(_grammar.Choice([.. items.Select(item => item.Node)]), items.Min(item => item.Shortest), items.Max(item => item.Longest));

    private RegexPart Repeat(RegexPart item, int least, int most) => new(_grammar.Repeat(item.Node, least, most), RegexPart.Multiply(item.Shortest, least),
        most == Grammar.Unlimited ? item.Longest == 0 ? 0 : RegexPart.Endless : RegexPart.Multiply(item.Longest, most));
}

/// <summary>A part of a grammar that an expression became, and how many characters its texts have.</summary>
internal readonly record struct RegexPart(GrammarNode Node, long Shortest, long Longest)
{
    /// <summary>Longer than anything.</summary>
    public const long Endless = long.MaxValue;

    public static long Add(long a, long b) => a > Endless - b ? Endless : a + b;

    public static long Multiply(long a, int count) => a == 0 || count == 0 ? 0 : a > Endless / count ? Endless : a * count;
}
