namespace Puna.Text.Jinja;

/// <summary>How a statement ends.</summary>
internal enum Flow
{
    Next,
    Break,
    Continue,
}

/// <summary>What is done. Executed through <see cref="Machine.Execute(Statement)"/> only, which counts steps and depth.</summary>
internal abstract record Statement(int Position) : Node(Position)
{
    public abstract Flow Execute(Machine machine);
}

internal sealed record Data(int Position, TextValue Text) : Statement(Position)
{
    public override Flow Execute(Machine machine)
    {
        machine.Output.Append(Text);
        return Flow.Next;
    }
}

internal sealed record Print(int Position, Expression Value) : Statement(Position)
{
    public override Flow Execute(Machine machine)
    {
        machine.Output.Append(machine.Text(machine.Evaluate(Value)));
        return Flow.Next;
    }
}

internal sealed record If(int Position, IReadOnlyList<(Expression Test, IReadOnlyList<Statement> Body)> Branches, IReadOnlyList<Statement> Else) : Statement(Position)
{
    public override Flow Execute(Machine machine)
    {
        foreach (var (test, body) in Branches)
            if (machine.Evaluate(test).IsTrue) return machine.Execute(body);
        return machine.Execute(Else);
    }
}

internal sealed record Set(int Position, Target Target, Expression Value) : Statement(Position)
{
    public override Flow Execute(Machine machine)
    {
        Target.Assign(machine, machine.Evaluate(Value));
        return Flow.Next;
    }
}

/// <summary><c>{% set name %}…{% endset %}</c>: what the block writes becomes the value.</summary>
internal sealed record SetBlock(int Position, Target Target, FilterChain? Filters, IReadOnlyList<Statement> Body) : Statement(Position)
{
    public override Flow Execute(Machine machine)
    {
        Value text = machine.Capture(Body, out var flow);
        Target.Assign(machine, Filters is null ? text : Filters.Apply(machine, text));
        return flow;
    }
}

/// <summary><c>{% filter name %}…{% endfilter %}</c>.</summary>
internal sealed record FilterBlock(int Position, FilterChain Filters, IReadOnlyList<Statement> Body) : Statement(Position)
{
    public override Flow Execute(Machine machine)
    {
        machine.Output.Append(machine.Text(Filters.Apply(machine, machine.Capture(Body, out var flow))));
        return flow;
    }
}

/// <summary><c>{% generation %}…{% endgeneration %}</c>: what it writes is the assistant's, for the mask of the loss.</summary>
internal sealed record Generation(int Position, IReadOnlyList<Statement> Body) : Statement(Position)
{
    public override Flow Execute(Machine machine)
    {
        var text = machine.Capture(Body, out var flow);
        machine.Output.Append(text, 0, text.Text.Length, asAnswer: true);
        return flow;
    }
}

/// <summary><c>{% with a = 1 %}…{% endwith %}</c>.</summary>
internal sealed record With(int Position, IReadOnlyList<(Target Target, Expression Value)> Names, IReadOnlyList<Statement> Body) : Statement(Position)
{
    public override Flow Execute(Machine machine)
    {
        var outer = machine.Scope;
        var values = Names.Select(name => machine.Evaluate(name.Value)).ToArray();
        machine.Scope = new Scope(outer);
        for (var i = 0; i < values.Length; i++) Names[i].Target.Assign(machine, values[i]);
        var flow = machine.Execute(Body);
        machine.Scope = outer;
        return flow;
    }
}

internal sealed record Jump(int Position, Flow Flow) : Statement(Position)
{
    public override Flow Execute(Machine machine) => Flow;
}

/// <summary>What a value can be assigned to.</summary>
internal abstract record Target(int Position) : Node(Position)
{
    public abstract void Assign(Machine machine, Value value);
}

internal sealed record NameTarget(int Position, string Name) : Target(Position)
{
    public override void Assign(Machine machine, Value value) => machine.Scope.Set(Name, value);
}

internal sealed record MemberTarget(int Position, string Name, string Member) : Target(Position)
{
    public override void Assign(Machine machine, Value value)
    {
        if (machine.Scope.Find(Name) is not NamespaceValue space) throw machine.Error($"cannot assign to the member '{Machine.Shown(Member)}': '{Machine.Shown(Name)}' is not a namespace");
        machine.ChargeItems(1);
        space.Names[Member] = value;
    }
}

internal sealed record TupleTarget(int Position, IReadOnlyList<Target> Parts) : Target(Position)
{
    public override void Assign(Machine machine, Value value)
    {
        var items = machine.Iterate(value);
        if (items.Count != Parts.Count) throw machine.Error($"{items.Count} values cannot be assigned to {Parts.Count} names");
        for (var i = 0; i < Parts.Count; i++) Parts[i].Assign(machine, items[i]);
    }
}
