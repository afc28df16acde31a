namespace Puna.Text.Jinja;

/// <summary>Parses a template: text, prints and statements.</summary>
internal sealed class TemplateParser
{
    private readonly TokenStream _words;
    private readonly ExpressionParser _expressions;
    private int _loops;

    private TemplateParser(TokenStream words) => (_words, _expressions) = (words, new ExpressionParser(words));

    /// <summary>The statements of a template.</summary>
    /// <exception cref="InvalidDataException">The template is not well formed, or uses what a chat template cannot; the sentence gives line and column.</exception>
    public static IReadOnlyList<Statement> Parse(SourceText source, JinjaWhitespace whitespace)
    {
        var parser = new TemplateParser(new TokenStream(new Lexer(source, whitespace).Run(), source));
        return parser.Body(null, 0, out _);
    }

    /// <summary>Statements up to one of the ends, whose name is taken; null for the end of the template.</summary>
    private List<Statement> Body(string[]? ends, int opened, out string end)
    {
        (var body, end) = _words.Nested(() => Statements(ends, opened));
        return body;
    }

    private (List<Statement> Body, string End) Statements(string[]? ends, int opened)
    {
        var body = new List<Statement>();
        while (true)
        {
            var token = _words.Take();
            switch (token.Kind)
            {
                case TokenKind.Data:
                    body.Add(new Data(token.Position, new TextValue(token.Text)));
                    break;
                case TokenKind.PrintBegin:
                    body.Add(new Print(token.Position, _expressions.ParseTuple()));
                    _words.Expect(TokenKind.PrintEnd, "'}}'");
                    break;
                case TokenKind.BlockBegin:
                    var name = _words.Expect(TokenKind.Name, "a statement's name");
                    if (ends is not null && ends.Contains(name.Text)) return (body, name.Text);
                    body.Add(Statement(name, ends));
                    break;
                default:
                    if (ends is null) return (body, "");
                    throw _words.Error(opened, $"the block that begins here has no end; close it with {{% {ends[^1]} %}}");
            }
        }
    }

    private Statement Statement(Token tag, string[]? ends) => tag.Text switch
    {
        "if" => If(tag.Position),
        "for" => For(tag.Position),
        "set" => Set(tag.Position),
        "macro" => Macro(tag.Position),
        "call" => Call(tag.Position),
        "filter" => Filter(tag.Position),
        "with" => With(tag.Position),
        "generation" => Generation(tag.Position),
        "break" => Jump(tag, Flow.Break),
        "continue" => Jump(tag, Flow.Continue),
        "include" or "import" or "from" or "extends" or "block" => throw _words.Error(tag.Position, $"'{tag.Text}' joins several templates, and a chat template stands alone"),
        _ => throw _words.Error(tag.Position, ends is null || !tag.Text.StartsWith("end", StringComparison.Ordinal)
            ? $"there is no statement {tag.Shown}" : $"{{% {ends[^1]} %}} was expected here, and {tag.Shown} was found"),
    };

    private void EndTag() => _words.Expect(TokenKind.BlockEnd, "'%}'");

    private List<Statement> Block(int position, string end)
    {
        EndTag();
        var body = Body([end], position, out _);
        EndTag();
        return body;
    }

    private If If(int position)
    {
        var branches = new List<(Expression, IReadOnlyList<Statement>)>();
        IReadOnlyList<Statement> otherwise = [];
        string end;
        do
        {
            var test = _expressions.ParseTuple(withCondition: false);
            EndTag();
            branches.Add((test, Body(["elif", "else", "endif"], position, out end)));
        }
        while (end == "elif");
        if (end == "else")
        {
            EndTag();
            otherwise = Body(["endif"], position, out _);
        }
        EndTag();
        return new If(position, branches, otherwise);
    }

    private Loop For(int position)
    {
        var target = Target(membersToo: false);
        if (!_words.SkipName("in")) throw _words.Error($"'in' was expected here, and {_words.Current.Shown} was found");
        var source = _expressions.ParseTuple(withCondition: false);
        var test = _words.SkipName("if") ? _expressions.Parse() : null;
        var isRecursive = _words.SkipName("recursive");
        EndTag();
        _loops++;
        var body = Body(["else", "endfor"], position, out var end);
        _loops--;
        IReadOnlyList<Statement> otherwise = [];
        if (end == "else")
        {
            EndTag();
            otherwise = Body(["endfor"], position, out _);
        }
        EndTag();
        return new Loop(position, target, source, test, isRecursive, body, otherwise);
    }

    private Statement Set(int position)
    {
        var target = Target(membersToo: true);
        if (_words.Skip("="))
        {
            var value = _expressions.ParseTuple();
            EndTag();
            return new Set(position, target, value);
        }
        var filters = _words.Skip("|") ? Filters() : null;
        return new SetBlock(position, target, filters, Block(position, "endset"));
    }

    private FilterBlock Filter(int position) => new(position, Filters(), Block(position, "endfilter"));

    private FilterChain Filters()
    {
        var position = _words.Current.Position;
        var filters = new List<FilterUse>();
        do filters.Add(_expressions.Operands.Filter(null));
        while (_words.Skip("|"));
        return new FilterChain(position, filters);
    }

    private With With(int position)
    {
        var names = new List<(Target, Expression)>();
        while (_words.Current.Kind != TokenKind.BlockEnd)
        {
            if (names.Count > 0) _words.Expect(",");
            var target = SingleTarget(membersToo: false);
            _words.Expect("=");
            names.Add((target, _expressions.Parse()));
        }
        return new With(position, names, Block(position, "endwith"));
    }

    private Generation Generation(int position) => new(position, Block(position, "endgeneration"));

    private Jump Jump(Token tag, Flow flow)
    {
        if (_loops == 0) throw _words.Error(tag.Position, $"'{tag.Text}' stands outside of a loop");
        EndTag();
        return new Jump(tag.Position, flow);
    }

    private MacroDefinition Macro(int position)
    {
        var name = _words.Expect(TokenKind.Name, "the macro's name").Text;
        return new MacroDefinition(position, MacroBody(position, name, Parameters(), "endmacro"));
    }

    private CallBlock Call(int position)
    {
        var parameters = _words.Current.Is("(") ? Parameters() : [];
        if (_expressions.Parse() is not Call call) throw _words.Error(position, "a call block must call a macro");
        return new CallBlock(position, call, MacroBody(position, "caller", parameters, "endcall"));
    }

    private MacroBody MacroBody(int position, string name, List<(string, Expression?)> parameters, string end)
    {
        var (loops, names) = (_loops, new HashSet<string>());
        _loops = 0;
        _expressions.Operands.MacroNames.Push(names);
        var body = Block(position, end);
        _expressions.Operands.MacroNames.Pop();
        _loops = loops;
        return new MacroBody(position, name, parameters, body, names.Contains("varargs"), names.Contains("kwargs"), names.Contains("caller"));
    }

    private List<(string, Expression?)> Parameters()
    {
        var parameters = new List<(string, Expression?)>();
        _words.Expect("(");
        while (!_words.Current.Is(")"))
        {
            if (parameters.Count > 0) _words.Expect(",");
            var name = _words.Expect(TokenKind.Name, "a parameter's name");
            if (parameters.Exists(parameter => parameter.Item1 == name.Text)) throw _words.Error(name.Position, $"there are two parameters {name.Shown}");
            var hasDefault = _words.Skip("=");
            if (!hasDefault && parameters is [.., (_, not null)]) throw _words.Error(name.Position, $"the parameter {name.Shown} without default stands behind one that has one");
            parameters.Add((name.Text, hasDefault ? _expressions.Parse() : null));
        }
        _words.Expect(")");
        return parameters;
    }

    private Target Target(bool membersToo)
    {
        var position = _words.Current.Position;
        var first = SingleTarget(membersToo);
        if (!_words.Current.Is(",")) return first;
        var parts = new List<Target> { first };
        while (_words.Skip(",") && (_words.Current.Kind == TokenKind.Name && !_words.Current.IsName("in") || _words.Current.Is("("))) parts.Add(SingleTarget(membersToo));
        return new TupleTarget(position, parts);
    }

    private Target SingleTarget(bool membersToo)
    {
        var position = _words.Current.Position;
        if (_words.Skip("("))
        {
            var inner = _words.Nested(() => Target(membersToo));
            _words.Expect(")");
            return inner;
        }
        var name = _words.Expect(TokenKind.Name, "a name to assign to");
        if (name.Text is "true" or "false" or "none" or "True" or "False" or "None" or "not" or "and" or "or" or "in" or "is" or "if" or "else")
            throw _words.Error(position, $"nothing can be assigned to {name.Shown}");
        if (membersToo && _words.Skip(".")) return new MemberTarget(position, name.Text, _words.Expect(TokenKind.Name, "a name").Text);
        return new NameTarget(position, name.Text);
    }
}
