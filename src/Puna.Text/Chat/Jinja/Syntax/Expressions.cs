namespace Puna.Text.Jinja;

/// <summary>A part of a parsed template.</summary>
/// <param name="Position">Where it begins in the source.</param>
internal abstract record Node(int Position);

/// <summary>What has a value. Evaluated through <see cref="Machine.Evaluate"/> only, which counts steps and depth.</summary>
internal abstract record Expression(int Position) : Node(Position)
{
    public abstract Value Evaluate(Machine machine);
}

internal sealed record Literal(int Position, Value Value) : Expression(Position)
{
    public override Value Evaluate(Machine machine) => Value;
}

internal sealed record Name(int Position, string Text) : Expression(Position)
{
    public override Value Evaluate(Machine machine) => machine.Scope.Find(Text) ?? new UndefinedValue($"'{Machine.Shown(Text)}' is undefined");
}

internal sealed record Sequence(int Position, SequenceKind Kind, IReadOnlyList<Expression> Items) : Expression(Position)
{
    public override Value Evaluate(Machine machine)
    {
        var items = new List<Value>(Items.Count);
        foreach (var item in Items) items.Add(machine.Evaluate(item));
        machine.ChargeItems(items.Count);
        return new SequenceValue(Kind, items);
    }
}

internal sealed record Mapping(int Position, IReadOnlyList<(Expression Key, Expression Value)> Entries) : Expression(Position)
{
    public override Value Evaluate(Machine machine)
    {
        var dict = new DictValue();
        foreach (var (key, value) in Entries) dict.Entries[machine.Key(machine.Evaluate(key))] = machine.Evaluate(value);
        machine.ChargeItems(Entries.Count);
        return dict;
    }
}

internal sealed record Not(int Position, Expression Operand) : Expression(Position)
{
    public override Value Evaluate(Machine machine) => BoolValue.Of(!machine.Evaluate(Operand).IsTrue);
}

internal sealed record Sign(int Position, bool IsMinus, Expression Operand) : Expression(Position)
{
    public override Value Evaluate(Machine machine) => Arithmetic.Sign(machine, machine.Evaluate(Operand), IsMinus);
}

/// <summary>An arithmetic operation.</summary>
internal sealed record Binary(int Position, string Operator, Expression Left, Expression Right) : Expression(Position)
{
    public override Value Evaluate(Machine machine) => Arithmetic.Apply(machine, Operator, machine.Evaluate(Left), machine.Evaluate(Right));
}

/// <summary><c>and</c>, <c>or</c>: the value of the operand that decides.</summary>
internal sealed record Either(int Position, bool IsOr, Expression Left, Expression Right) : Expression(Position)
{
    public override Value Evaluate(Machine machine)
    {
        var left = machine.Evaluate(Left);
        return left.IsTrue == IsOr ? left : machine.Evaluate(Right);
    }
}

/// <summary>A chain such as <c>a &lt; b &lt;= c</c>, each operand evaluated at most once.</summary>
internal sealed record Comparison(int Position, Expression First, IReadOnlyList<(string Operator, Expression Right)> Rest) : Expression(Position)
{
    public override Value Evaluate(Machine machine)
    {
        var left = machine.Evaluate(First);
        foreach (var (op, operand) in Rest)
        {
            var right = machine.Evaluate(operand);
            if (!Comparing.Holds(machine, op, left, right)) return BoolValue.Of(false);
            left = right;
        }
        return BoolValue.Of(true);
    }
}

/// <summary><c>a ~ b ~ c</c>: the texts one after the other.</summary>
internal sealed record Concatenation(int Position, IReadOnlyList<Expression> Parts) : Expression(Position)
{
    public override Value Evaluate(Machine machine)
    {
        var text = new TextBuilder(machine);
        foreach (var part in Parts) text.Append(machine.Text(machine.Evaluate(part)));
        return text.ToValue();
    }
}

internal sealed record Conditional(int Position, Expression Test, Expression Then, Expression? Else) : Expression(Position)
{
    public override Value Evaluate(Machine machine)
    {
        if (machine.Evaluate(Test).IsTrue) return machine.Evaluate(Then);
        return Else is null ? new UndefinedValue("the inline if-expression has no else, and its condition is false") : machine.Evaluate(Else);
    }
}
