namespace Puna.Text.Jinja;

/// <summary><c>a.name</c>.</summary>
internal sealed record Member(int Position, Expression Target, string Name) : Expression(Position)
{
    public override Value Evaluate(Machine machine) => Members.Attribute(machine, machine.Evaluate(Target), Name);
}

/// <summary><c>a[key]</c>.</summary>
internal sealed record Element(int Position, Expression Target, Expression Key) : Expression(Position)
{
    public override Value Evaluate(Machine machine) => Members.Item(machine, machine.Evaluate(Target), machine.Evaluate(Key));
}

/// <summary><c>a[start:stop:step]</c>.</summary>
internal sealed record Slice(int Position, Expression Target, Expression? Start, Expression? Stop, Expression? Step) : Expression(Position)
{
    public override Value Evaluate(Machine machine) => Slicing.Apply(machine, machine.Evaluate(Target), Bound(machine, Start), Bound(machine, Stop), Bound(machine, Step));

    private static Value? Bound(Machine machine, Expression? bound)
    {
        var value = bound is null ? null : machine.Evaluate(bound);
        return value is NoneValue ? null : value;
    }
}

/// <summary>The arguments of a call as written.</summary>
internal sealed record ArgumentList(IReadOnlyList<Expression> Positional, IReadOnlyList<(string Name, Expression Value)> Named, Expression? Star, Expression? DoubleStar)
{
    public static ArgumentList None { get; } = new([], [], null, null);

    public CallArguments Evaluate(Machine machine)
    {
        if (Positional.Count == 0 && Named.Count == 0 && Star is null && DoubleStar is null) return CallArguments.None;
        var positional = new List<Value>(Positional.Count);
        foreach (var argument in Positional) positional.Add(machine.Evaluate(argument));
        var named = new List<KeyValuePair<string, Value>>(Named.Count);
        foreach (var (name, value) in Named) named.Add(new(name, machine.Evaluate(value)));
        if (Star is not null) positional.AddRange(machine.Iterate(machine.Evaluate(Star)));
        if (DoubleStar is null) return new CallArguments(positional, named);
        if (machine.Evaluate(DoubleStar) is not DictValue more) throw machine.Error("what follows ** in a call must be a mapping");
        foreach (var (key, value) in more.Entries) named.Add(new(machine.Text(key).Text, value));
        return new CallArguments(positional, named);
    }
}

internal sealed record Call(int Position, Expression Target, ArgumentList Arguments) : Expression(Position)
{
    public override Value Evaluate(Machine machine) => machine.Call(machine.Evaluate(Target), Arguments.Evaluate(machine));
}

/// <summary><c>value | name(arguments)</c>. Without a target it is applied to what a block wrote.</summary>
internal sealed record FilterUse(int Position, Expression? Target, string Name, ArgumentList Arguments) : Expression(Position)
{
    public override Value Evaluate(Machine machine) => Apply(machine, Target is null ? TextValue.Empty : machine.Evaluate(Target));

    public Value Apply(Machine machine, Value value) => Filters.Find(machine, Name)(machine, value, Arguments.Evaluate(machine));
}

/// <summary>A chain of filters behind a block's tag, the innermost first.</summary>
internal sealed record FilterChain(int Position, IReadOnlyList<FilterUse> Filters) : Node(Position)
{
    public Value Apply(Machine machine, Value value)
    {
        foreach (var filter in Filters) value = filter.Apply(machine, value);
        return value;
    }
}

/// <summary><c>value is name(arguments)</c>.</summary>
internal sealed record TestUse(int Position, Expression Target, string Name, ArgumentList Arguments) : Expression(Position)
{
    public override Value Evaluate(Machine machine)
    {
        var value = machine.Evaluate(Target);
        return BoolValue.Of(Tests.Find(machine, Name)(machine, value, Arguments.Evaluate(machine)));
    }
}
