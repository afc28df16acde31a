namespace Puna.Text.Jinja;

/// <summary>Parses expressions, by precedence: if, or, and, not, comparisons, + -, ~, * / // %, **, signs; what those stand between is an <see cref="OperandParser"/>'s.</summary>
internal sealed class ExpressionParser
{
    private static readonly string[] Comparisons = ["==", "!=", "<", "<=", ">", ">="], Products = ["*", "/", "//", "%"];

    private readonly TokenStream _words;

    public ExpressionParser(TokenStream words) => (_words, Operands) = (words, new OperandParser(words, this));

    public OperandParser Operands { get; }

    /// <summary>An expression.</summary>
    public Expression Parse(bool withCondition = true) => _words.Nested<Expression>(withCondition ? Condition : Or);

    /// <summary>An expression, or several with commas between them, which make a tuple.</summary>
    public Expression ParseTuple(bool withCondition = true)
    {
        var position = _words.Current.Position;
        var items = new List<Expression>();
        while (!EndsTuple())
        {
            items.Add(Parse(withCondition));
            if (!_words.Current.Is(",")) break;
            _words.Take();
            if (EndsTuple()) return new Sequence(position, SequenceKind.Tuple, items);
        }
        return items.Count switch
        {
            0 => throw _words.Error($"an expression was expected here, and {_words.Current.Shown} was found"),
            1 => items[0],
            _ => new Sequence(position, SequenceKind.Tuple, items),
        };
    }

    private bool EndsTuple() => _words.Current.Kind is TokenKind.BlockEnd or TokenKind.PrintEnd || _words.Current.Is(")") || _words.Current.IsName("recursive");

    private Expression Condition()
    {
        var then = Or();
        while (_words.Current.IsName("if"))
        {
            var position = _words.Take().Position;
            var test = Or();
            then = new Conditional(position, test, then, _words.SkipName("else") ? _words.Nested(Condition) : null);
        }
        return then;
    }

    private Expression Or()
    {
        var left = And();
        while (_words.Current.IsName("or")) left = new Either(_words.Take().Position, true, left, And());
        return left;
    }

    private Expression And()
    {
        var left = Negation();
        while (_words.Current.IsName("and")) left = new Either(_words.Take().Position, false, left, Negation());
        return left;
    }

    private Expression Negation() => _words.Current.IsName("not") ? new Not(_words.Take().Position, _words.Nested(Negation)) : Comparison();

    private Expression Comparison()
    {
        var first = Sum();
        var rest = new List<(string, Expression)>();
        while (true)
        {
            if (_words.Current.Kind == TokenKind.Operator && Comparisons.Contains(_words.Current.Text)) rest.Add((_words.Take().Text, Sum()));
            else if (_words.SkipName("in")) rest.Add(("in", Sum()));
            else if (_words.Current.IsName("not") && _words.Following.IsName("in"))
            {
                _words.Take();
                _words.Take();
                rest.Add(("not in", Sum()));
            }
            else break;
        }
        return rest.Count == 0 ? first : new Comparison(first.Position, first, rest);
    }

    private Expression Sum()
    {
        var left = Joined();
        while (_words.Current.Is("+") || _words.Current.Is("-"))
        {
            var op = _words.Take();
            left = new Binary(op.Position, op.Text, left, Joined());
        }
        return left;
    }

    private Expression Joined()
    {
        var parts = new List<Expression> { Product() };
        while (_words.Skip("~")) parts.Add(Product());
        return parts.Count == 1 ? parts[0] : new Concatenation(parts[0].Position, parts);
    }

    private Expression Product()
    {
        var left = Power();
        while (_words.Current.Kind == TokenKind.Operator && Products.Contains(_words.Current.Text))
        {
            var op = _words.Take();
            left = new Binary(op.Position, op.Text, left, Power());
        }
        return left;
    }

    private Expression Power()
    {
        var left = Unary(true);
        while (_words.Current.Is("**")) left = new Binary(_words.Take().Position, "**", left, Unary(true));
        return left;
    }

    private Expression Unary(bool withFilters)
    {
        Expression operand;
        if (_words.Current.Is("-") || _words.Current.Is("+"))
        {
            var sign = _words.Take();
            operand = new Sign(sign.Position, sign.Text == "-", _words.Nested(() => Unary(false)));
        }
        else operand = Operands.Primary();
        operand = Operands.Postfix(operand);
        return withFilters ? Operands.FiltersAndTests(operand) : operand;
    }
}
