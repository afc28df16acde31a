namespace Puna.Text.Jinja;

/// <summary><c>{% for target in source if test recursive %}…{% else %}…{% endfor %}</c>. Each round has names of its own.</summary>
internal sealed record Loop(int Position, Target Target, Expression Source, Expression? Test, bool IsRecursive, IReadOnlyList<Statement> Body, IReadOnlyList<Statement> Else) : Statement(Position)
{
    public override Flow Execute(Machine machine)
    {
        Run(machine, machine.Evaluate(Source), 0);
        return Flow.Next;
    }

    private void Run(Machine machine, Value source, int depth)
    {
        var outer = machine.Scope;
        var state = new LoopState(this, Selected(machine, source), depth, outer);
        for (; state.Index < state.Items.Count; state.Index++)
        {
            machine.ChargeItems(1);
            machine.Scope = new Scope(outer);
            machine.Scope.Set("loop", state.Value);
            Target.Assign(machine, state.Items[state.Index]);
            if (machine.Execute(Body) == Flow.Break) break;
        }
        machine.Scope = new Scope(outer);
        if (state.Items.Count == 0) machine.Execute(Else);
        machine.Scope = outer;
    }

    private List<Value> Selected(Machine machine, Value source)
    {
        var items = machine.Iterate(source);
        if (Test is null) return items;
        var (outer, selected) = (machine.Scope, new List<Value>());
        foreach (var item in items)
        {
            machine.Scope = new Scope(outer);
            Target.Assign(machine, item);
            if (machine.Evaluate(Test).IsTrue) selected.Add(item);
        }
        machine.Scope = outer;
        return selected;
    }

    /// <summary>The variable <c>loop</c>.</summary>
    private sealed class LoopState
    {
        private readonly Loop _loop;
        private readonly int _depth;
        private readonly Scope _outer;
        private List<Value>? _watched;

        public LoopState(Loop loop, List<Value> items, int depth, Scope outer)
        {
            (_loop, Items, _depth, _outer) = (loop, items, depth, outer);
            Value = new ObjectValue("LoopContext", Member, loop.IsRecursive ? Recurse : null);
        }

        public List<Value> Items { get; }

        public int Index { get; set; }

        public ObjectValue Value { get; }

        private Value? Member(string name) => name switch
        {
            "index" => new IntValue(Index + 1),
            "index0" => new IntValue(Index),
            "first" => BoolValue.Of(Index == 0),
            "last" => BoolValue.Of(Index == Items.Count - 1),
            "length" => new IntValue(Items.Count),
            "revindex" => new IntValue(Items.Count - Index),
            "revindex0" => new IntValue(Items.Count - Index - 1),
            "depth" => new IntValue(_depth + 1),
            "depth0" => new IntValue(_depth),
            "previtem" => Index > 0 ? Items[Index - 1] : new UndefinedValue("there is no previous item"),
            "nextitem" => Index + 1 < Items.Count ? Items[Index + 1] : new UndefinedValue("there is no next item"),
            "cycle" => new FunctionValue("cycle", (machine, arguments) => arguments.Positional.Count > 0 ? arguments.Positional[Index % arguments.Positional.Count] : throw machine.Error("loop.cycle needs at least one value")),
            "changed" => new FunctionValue("changed", Changed),
            _ => null,
        };

        private BoolValue Changed(Machine machine, CallArguments arguments)
        {
            var now = arguments.Positional.ToList();
            var same = _watched is not null && Comparing.AreEqual(machine, SequenceValue.List(_watched), SequenceValue.List(now));
            _watched = now;
            return BoolValue.Of(!same);
        }

        private TextValue Recurse(Machine machine, CallArguments arguments)
        {
            if (arguments.Positional is not [var source]) throw machine.Error("loop() of a recursive loop takes the values to go through");
            var (output, scope) = (machine.Output, machine.Scope);
            machine.Output = new TextBuilder(machine);
            machine.Scope = _outer;
            _loop.Run(machine, source, _depth + 1);
            var text = machine.Output.ToValue();
            (machine.Output, machine.Scope) = (output, scope);
            return text;
        }
    }
}
