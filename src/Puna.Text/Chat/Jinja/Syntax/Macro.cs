namespace Puna.Text.Jinja;

/// <summary>A macro's parameters and body; also the body of a call block, whose name is <c>caller</c>.</summary>
internal sealed record MacroBody(int Position, string Name, IReadOnlyList<(string Name, Expression? Default)> Parameters, IReadOnlyList<Statement> Body, bool TakesMore, bool TakesNamed, bool TakesCaller) : Node(Position);

internal sealed record MacroDefinition(int Position, MacroBody Macro) : Statement(Position)
{
    public override Flow Execute(Machine machine)
    {
        machine.Scope.Set(Macro.Name, new MacroValue(Macro, machine.Scope));
        return Flow.Next;
    }
}

/// <summary><c>{% call macro(…) %}…{% endcall %}</c>: the macro calls the block as <c>caller()</c>.</summary>
internal sealed record CallBlock(int Position, Call Call, MacroBody Caller) : Statement(Position)
{
    public override Flow Execute(Machine machine)
    {
        var target = machine.Evaluate(Call.Target);
        var arguments = Call.Arguments.Evaluate(machine);
        var caller = new MacroValue(Caller, machine.Scope);
        machine.Output.Append(machine.Text(machine.Call(target, new CallArguments(arguments.Positional, [.. arguments.Named, new("caller", caller)]))));
        return Flow.Next;
    }
}

/// <summary>A macro with the names it was defined among.</summary>
internal sealed class MacroValue(MacroBody macro, Scope scope) : CallableValue
{
    public override string TypeName => "Macro";

    public MacroBody Body => macro;

    public override Value Call(Machine machine, CallArguments arguments)
    {
        var (outer, inner) = (machine.Scope, new Scope(scope));
        machine.Scope = inner;
        Bind(machine, arguments, inner);
        var text = machine.Capture(macro.Body, out _, ownScope: false);
        machine.Scope = outer;
        return text;
    }

    private void Bind(Machine machine, CallArguments arguments, Scope inner)
    {
        var parameters = macro.Parameters;
        machine.ChargeItems(parameters.Count);
        if (arguments.Positional.Count > parameters.Count && !macro.TakesMore)
            throw machine.Error($"the macro '{Machine.Shown(macro.Name)}' takes at most {parameters.Count} arguments and was given {arguments.Positional.Count}");
        for (var i = 0; i < arguments.Positional.Count && i < parameters.Count; i++) inner.Set(parameters[i].Name, arguments.Positional[i]);
        if (macro.TakesMore) inner.Set("varargs", SequenceValue.Tuple([.. arguments.Positional.Skip(parameters.Count)]));
        var more = new DictValue();
        Value caller = new UndefinedValue("the macro was called without a call block, so there is no caller");
        foreach (var (name, value) in arguments.Named)
        {
            machine.Charge(parameters.Count / 4);
            if (parameters.Any(parameter => parameter.Name == name))
            {
                if (inner.Has(name)) throw machine.Error($"the macro '{Machine.Shown(macro.Name)}' was given its argument '{Machine.Shown(name)}' twice");
                inner.Set(name, value);
            }
            else if (name == "caller" && macro.TakesCaller) caller = value;
            else if (macro.TakesNamed) more.Entries[new TextValue(name)] = value;
            else throw machine.Error($"the macro '{Machine.Shown(macro.Name)}' has no argument '{Machine.Shown(name)}'");
        }
        if (macro.TakesNamed) inner.Set("kwargs", more);
        if (macro.TakesCaller && !inner.Has("caller")) inner.Set("caller", caller);
        foreach (var (name, otherwise) in parameters)
            if (!inner.Has(name)) inner.Set(name, otherwise is null ? new UndefinedValue($"parameter '{Machine.Shown(name)}' was not provided") : machine.Evaluate(otherwise));
    }
}
