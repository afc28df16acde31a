using System.Globalization;

namespace Puna.Text.Jinja;

/// <summary>Parses what stands between operators: names, literals, brackets, and behind them members, slices, calls, filters and tests.</summary>
internal sealed class OperandParser(TokenStream words, ExpressionParser expressions)
{
    /// <summary>For each macro around this place the names that its body uses: a macro takes varargs, kwargs and caller if it names them.</summary>
    public Stack<HashSet<string>> MacroNames { get; } = new();

    public Expression Primary()
    {
        var token = words.Take();
        return token.Kind switch
        {
            TokenKind.Name => NameOrConstant(token),
            TokenKind.String => Literal(token, new TextValue(Strings(token.Text))),
            TokenKind.Integer => Literal(token, new IntValue(Integer(token))),
            TokenKind.Float => Literal(token, new FloatValue(double.Parse(token.Text, CultureInfo.InvariantCulture))),
            TokenKind.Operator when token.Text == "(" => Parenthesis(token),
            TokenKind.Operator when token.Text == "[" => new Sequence(token.Position, SequenceKind.List, Items("]")),
            TokenKind.Operator when token.Text == "{" => Braces(token),
            _ => throw words.Error(token.Position, $"an expression was expected here, and {token.Shown} was found"),
        };
    }

    private Expression NameOrConstant(Token token)
    {
        switch (token.Text)
        {
            case "true" or "True": return Literal(token, BoolValue.Of(true));
            case "false" or "False": return Literal(token, BoolValue.Of(false));
            case "none" or "None": return Literal(token, NoneValue.Instance);
        }
        foreach (var names in MacroNames) names.Add(token.Text);
        return new Name(token.Position, token.Text);
    }

    private static Literal Literal(Token token, Value value) => new(token.Position, value);

    private string Strings(string first)
    {
        if (words.Current.Kind != TokenKind.String) return first;
        var text = new System.Text.StringBuilder(first);
        while (words.Current.Kind == TokenKind.String) text.Append(words.Take().Text);
        return text.ToString();
    }

    private long Integer(Token token)
    {
        try
        {
            return token.Text.Length > 1 && char.ToLowerInvariant(token.Text[1]) is var kind and ('x' or 'o' or 'b')
                ? Convert.ToInt64(token.Text[2..], kind == 'x' ? 16 : kind == 'o' ? 8 : 2)
                : long.Parse(token.Text, CultureInfo.InvariantCulture);
        }
        catch (Exception error) when (error is OverflowException or FormatException or ArgumentException)
        {
            throw words.Error(token.Position, $"{token.Shown} is no integer of at most 64 bits");
        }
    }

    private Expression Parenthesis(Token open)
    {
        if (words.Skip(")")) return new Sequence(open.Position, SequenceKind.Tuple, []);
        var inner = expressions.ParseTuple();
        words.Expect(")");
        return inner;
    }

    private List<Expression> Items(string end)
    {
        var items = new List<Expression>();
        while (!words.Current.Is(end))
        {
            if (items.Count > 0) words.Expect(",");
            if (words.Current.Is(end)) break;
            items.Add(expressions.Parse());
        }
        words.Expect(end);
        return items;
    }

    private Mapping Braces(Token open)
    {
        var entries = new List<(Expression, Expression)>();
        while (!words.Current.Is("}"))
        {
            if (entries.Count > 0) words.Expect(",");
            if (words.Current.Is("}")) break;
            var key = expressions.Parse();
            words.Expect(":");
            entries.Add((key, expressions.Parse()));
        }
        words.Expect("}");
        return new Mapping(open.Position, entries);
    }

    public Expression Postfix(Expression target)
    {
        while (true)
        {
            if (words.Skip(".")) target = AfterDot(target);
            else if (words.Skip("[")) target = Subscript(target);
            else if (words.Current.Is("(")) target = new Call(words.Current.Position, target, Arguments());
            else return target;
        }
    }

    private Expression AfterDot(Expression target)
    {
        var token = words.Take();
        return token.Kind switch
        {
            TokenKind.Name => new Member(token.Position, target, token.Text),
            TokenKind.Integer => new Element(token.Position, target, Literal(token, new IntValue(Integer(token)))),
            _ => throw words.Error(token.Position, $"a name was expected after '.', and {token.Shown} was found"),
        };
    }

    private Expression Subscript(Expression target)
    {
        var position = words.Current.Position;
        Expression? start = words.Current.Is(":") ? null : expressions.Parse();
        if (words.Current.Is(","))
        {
            var items = new List<Expression> { start! };
            while (words.Skip(",") && !words.Current.Is("]")) items.Add(expressions.Parse());
            words.Expect("]");
            return new Element(position, target, new Sequence(position, SequenceKind.Tuple, items));
        }
        if (words.Skip("]")) return new Element(position, target, start!);
        words.Expect(":");
        var stop = words.Current.Is(":") || words.Current.Is("]") ? null : expressions.Parse();
        var step = words.Skip(":") && !words.Current.Is("]") ? expressions.Parse() : null;
        words.Expect("]");
        return new Slice(position, target, start, stop, step);
    }

    public Expression FiltersAndTests(Expression target)
    {
        while (true)
        {
            if (words.Skip("|")) target = Filter(target);
            else if (words.Current.IsName("is")) target = Test(target);
            else if (words.Current.Is("(")) target = new Call(words.Current.Position, target, Arguments());
            else return target;
        }
    }

    /// <summary>A filter's name and arguments, its bar taken already.</summary>
    public FilterUse Filter(Expression? target)
    {
        var name = words.Expect(TokenKind.Name, "a filter's name");
        return new FilterUse(name.Position, target, DottedName(name), words.Current.Is("(") ? Arguments() : ArgumentList.None);
    }

    private string DottedName(Token first)
    {
        var name = first.Text;
        while (words.Skip(".")) name += "." + words.Expect(TokenKind.Name, "a name").Text;
        return name;
    }

    private Expression Test(Expression target)
    {
        var position = words.Take().Position;
        var negated = words.SkipName("not");
        var name = DottedName(words.Expect(TokenKind.Name, "a test's name"));
        var arguments = ArgumentList.None;
        if (words.Current.Is("(")) arguments = Arguments();
        else if (words.Current is var next && (next.Kind is TokenKind.Name or TokenKind.String or TokenKind.Integer or TokenKind.Float || next.Is("[") || next.Is("{"))
            && !next.IsName("else") && !next.IsName("or") && !next.IsName("and"))
        {
            if (next.IsName("is")) throw words.Error("two tests with 'is' cannot follow each other; put the first in brackets");
            arguments = new ArgumentList([words.Nested(() => Postfix(Primary()))], [], null, null);
        }
        Expression test = new TestUse(position, target, name, arguments);
        return negated ? new Not(position, test) : test;
    }

    /// <summary>The arguments of a call, from the opening bracket to the closing one.</summary>
    public ArgumentList Arguments()
    {
        words.Expect("(");
        var positional = new List<Expression>();
        var named = new List<(string, Expression)>();
        Expression? star = null, doubleStar = null;
        for (var first = true; !words.Current.Is(")"); first = false)
        {
            if (!first) words.Expect(",");
            if (words.Current.Is(")")) break;
            if (words.Current.Is("**") && doubleStar is null)
            {
                words.Take();
                doubleStar = expressions.Parse();
            }
            else if (words.Current.Is("*") && star is null && doubleStar is null)
            {
                words.Take();
                star = expressions.Parse();
            }
            else if (words.Current.Kind == TokenKind.Name && words.Following.Is("=") && doubleStar is null)
            {
                var name = words.Take().Text;
                words.Take();
                named.Add((name, expressions.Parse()));
            }
            else if (named.Count == 0 && star is null && doubleStar is null) positional.Add(expressions.Parse());
            else throw words.Error("this argument cannot stand behind named ones, * or **");
        }
        words.Expect(")");
        return new ArgumentList(positional, named, star, doubleStar);
    }
}
