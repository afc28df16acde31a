namespace Puna.Inference;

/// <summary>
/// Reads GBNF, the notation of llama.cpp's grammars: rules of literals, classes, references, groups and repetitions; <c>root</c> is the whole. Matching single tokens
/// by name or number is refused. Source: ggml-org/llama.cpp, grammars/README.md (description).
/// </summary>
internal sealed class GbnfParser
{
    private readonly Grammar _grammar;
    private readonly GrammarText _text;
    private readonly Dictionary<string, GrammarNode> _rules = [];
    private readonly Dictionary<string, int> _defined = [], _used = [];
    private int _depth;

    private GbnfParser(string text, string name) => (_grammar, _text) = (new Grammar(name), new GrammarText(text, name).CheckLength());

    /// <summary>Reads a grammar.</summary>
    /// <exception cref="InvalidDataException">A mistake; line and column are named. Or a rule that begins with itself, or a grammar that no text can satisfy.</exception>
    public static Grammar Parse(string text, string name)
    {
        var parser = new GbnfParser(text, name);
        parser.ReadRules();
        return parser._grammar;
    }

    private void ReadRules()
    {
        for (SkipSpace(lines: true); !_text.IsAtEnd; SkipSpace(lines: true))
        {
            var start = _text.Position;
            var rule = TakeName() ?? throw _text.Error($"a rule begins with its name, but {_text.Found()}");
            SkipSpace(lines: false);
            _text.Require("::=", $"the rule '{rule}'");
            if (!_defined.TryAdd(rule, start)) throw _text.Error($"the rule '{rule}' is defined twice", start);
            SkipSpace(lines: true);
            var content = ReadChoice(inGroup: false);
            RuleOf(rule).Items = [content];
            SkipSpace(lines: false);
            if (!_text.IsAtEnd && _text.Current is not ('\r' or '\n')) throw _text.Error($"the rule '{rule}' cannot go on like this: {_text.Found()}");
        }
        foreach (var (rule, position) in _used.OrderBy(use => use.Value))
            if (!_defined.ContainsKey(rule)) throw _text.Error($"the rule '{rule}' is used but not defined", position);
        if (!_rules.TryGetValue("root", out var root)) throw new InvalidDataException($"{_grammar.Name}: there is no rule 'root', which is what the whole output must be");
        _grammar.Root = root;
        GrammarAnalysis.Complete(_grammar);
        if (GrammarAnalysis.LeftRecursiveRule(_grammar) is { } recursive)
            throw _text.Error($"the rule '{recursive}' can begin with itself (left recursion), so it never reads anything; put what repeats at the end, or use * and +", _defined[recursive]);
    }

    private GrammarNode ReadChoice(bool inGroup)
    {
        if (++_depth > GrammarText.Deepest) throw _text.Error($"groups are nested more than {GrammarText.Deepest} deep");
        var choices = new List<GrammarNode> { ReadSequence(inGroup) };
        while (_text.Take("|"))
        {
            SkipSpace(lines: true);
            choices.Add(ReadSequence(inGroup));
        }
        _depth--;
        return _grammar.Choice([.. choices]);
    }

    private GrammarNode ReadSequence(bool inGroup)
    {
        var items = new List<GrammarNode>();
        while (ReadItem() is { } item)
        {
            SkipSpace(inGroup);
            while (ReadRepetition(item) is { } repeated)
            {
                item = repeated;
                SkipSpace(inGroup);
            }
            items.Add(item);
        }
        if (_text.Current is '*' or '+' or '?' or '{') throw _text.Error($"there is nothing before '{_text.Current}' that could be repeated");
        if (_text.Current is '<' or '!') throw _text.Error("matching single tokens (<name>, <[id]>, !<name>) is not supported; write the text that is wanted");
        return _grammar.Sequence([.. items]);
    }

    private GrammarNode? ReadItem()
    {
        var start = _text.Position;
        if (_text.Take("\"")) return ReadLiteral(start);
        if (_text.Take("[")) return ReadClass(start);
        if (_text.Take(".")) return _grammar.Of(CharacterSet.All);
        if (_text.Take("("))
        {
            SkipSpace(lines: true);
            var content = ReadChoice(inGroup: true);
            SkipSpace(lines: true);
            if (!_text.Take(")")) throw _text.Error($"the group is not closed: ')' is needed here, but {_text.Found()}");
            return content;
        }
        if (TakeName() is not { } rule) return null;
        _used.TryAdd(rule, start);
        return RuleOf(rule);
    }

    private GrammarNode ReadLiteral(int start)
    {
        var characters = new List<GrammarNode>();
        while (!_text.Take("\""))
        {
            if (_text.IsAtEnd || _text.Current is '\n') throw _text.Error("the literal is not closed: '\"' is missing", start);
            var value = ReadCharacter();
            characters.Add(_grammar.Of(CharacterSet.Range(value, value)));
        }
        return _grammar.Sequence([.. characters]);
    }

    private GrammarNode ReadClass(int start)
    {
        var isNegated = _text.Take("^");
        var ranges = new List<(int, int)>();
        while (!_text.Take("]"))
        {
            if (_text.IsAtEnd || _text.Current is '\n') throw _text.Error("the character class is not closed: ']' is missing", start);
            var from = _text.Position;
            var first = ReadCharacter();
            var last = first;
            if (_text.Current == '-' && _text.Peek(1) != ']' && _text.Peek(1) != '\0')
            {
                _text.Position++;
                last = ReadCharacter();
            }
            if (last < first) throw _text.Error($"the range {_text.Since(from)} runs backwards", from);
            ranges.Add((first, last));
        }
        var characters = CharacterSet.Of(ranges);
        if (isNegated) characters = characters.Negated();
        return characters.IsEmpty ? throw _text.Error("the character class has no character", start) : _grammar.Of(characters);
    }

    private int ReadCharacter()
    {
        if (!_text.Take("\\")) return _text.TakeCharacter();
        var start = _text.Position - 1;
        var escaped = _text.Current;
        _text.Position++;
        return escaped switch
        {
            'n' => '\n',
            'r' => '\r',
            't' => '\t',
            '\\' or '"' or '[' or ']' => escaped,
            'x' => _text.TakeHex(2),
            'u' => _text.Checked(_text.TakeHex(4), start),
            'U' => _text.Checked(_text.TakeHex(8), start),
            _ => throw _text.Error(@"this escape is not known; use \n \r \t \\ \"" \[ \] \xXX \uXXXX \UXXXXXXXX", start),
        };
    }

    private GrammarNode? ReadRepetition(GrammarNode item)
    {
        var start = _text.Position;
        if (_text.Take("*")) return _grammar.Repeat(item, 0, Grammar.Unlimited);
        if (_text.Take("+")) return _grammar.Repeat(item, 1, Grammar.Unlimited);
        if (_text.Take("?")) return _grammar.Optional(item);
        if (!_text.Take("{")) return null;
        SkipSpace(lines: false);
        var least = _text.TakeCount();
        var most = least;
        SkipSpace(lines: false);
        if (_text.Take(","))
        {
            SkipSpace(lines: false);
            most = _text.Current == '}' ? Grammar.Unlimited : _text.TakeCount();
            SkipSpace(lines: false);
        }
        _text.Require("}", "the number of repetitions");
        if (most != Grammar.Unlimited && most < least) throw _text.Error($"at least {least} and at most {most} repetitions contradict each other", start);
        return _grammar.Repeat(item, least, most);
    }

    private GrammarNode RuleOf(string rule) => _rules.TryGetValue(rule, out var node) ? node : _rules[rule] = _grammar.Rule(rule);

    private string? TakeName()
    {
        var start = _text.Position;
        while (char.IsAsciiLetterOrDigit(_text.Current) || _text.Current is '-' or '_') _text.Position++;
        return _text.Position == start ? null : _text.Since(start);
    }

    private void SkipSpace(bool lines)
    {
        while (!_text.IsAtEnd)
        {
            if (_text.Current == '#')
            {
                while (!_text.IsAtEnd && _text.Current is not ('\r' or '\n')) _text.Position++;
            }
            else if (_text.Current is ' ' or '\t' || (lines && _text.Current is ('\r' or '\n'))) _text.Position++;
            else return;
        }
    }
}
