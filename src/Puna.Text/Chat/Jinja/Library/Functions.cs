namespace Puna.Text.Jinja;

/// <summary>The functions a template can call by name.</summary>
internal static class Functions
{
    private const int LongestRange = 100_000; // as Jinja2's sandbox has it

    /// <summary>The scope around every template. Nothing is ever set in it: a template's own names go into one inside.</summary>
    public static Scope Globals { get; } = Create(new Scope(null),
        ("range", Range),
        ("dict", (machine, arguments) => Dict(machine, arguments)),
        ("namespace", Namespace),
        ("joiner", Joiner),
        ("cycler", Cycler),
        ("raise_exception", RaiseException),
        ("strftime_now", (machine, arguments) => arguments.Positional is [TextValue format] && arguments.Named.Count == 0
            ? Strftime.Format(machine, format, machine.Options.Clock.GetLocalNow()) : throw machine.Error("strftime_now takes a format, such as '%d %B %Y'")));

    private static Scope Create(Scope scope, params ReadOnlySpan<(string Name, NativeFunction Function)> functions)
    {
        foreach (var (name, function) in functions) scope.Set(name, new FunctionValue(name, function));
        return scope;
    }

    private static Value RaiseException(Machine machine, CallArguments arguments) =>
        throw machine.Error(arguments.Positional is [var message, ..] ? Machine.Shown(machine.Text(message).Text) : "the template refuses this conversation");

    private static SequenceValue Range(Machine machine, CallArguments arguments)
    {
        var bounds = new List<long>();
        foreach (var argument in arguments.Positional)
            bounds.Add(Numbers.TryLong(argument, out var number) ? number : throw machine.Error(argument is UndefinedValue u ? u.Problem : $"range takes integers, and a {argument.TypeName} was given"));
        var (start, stop, step) = bounds switch
        {
            [var end] => (0, end, 1),
            [var first, var end] => (first, end, 1),
            [var first, var end, var by] => (first, end, by),
            _ => throw machine.Error($"range takes 1 to 3 integers, and {bounds.Count} were given"),
        };
        if (step == 0) throw machine.Error("the step of a range cannot be 0");
        var count = Math.Ceiling(((double)stop - start) / step);
        if (count > LongestRange) throw machine.Error($"a range of {count:0} numbers is too long; {LongestRange} are allowed");
        var items = new List<Value>();
        machine.ChargeItems(Math.Max(0, (long)count));
        for (var i = 0; i < count; i++) items.Add(new IntValue(start + i * step));
        return new SequenceValue(SequenceKind.Range, items, step == 1 ? $"range({start}, {stop})" : $"range({start}, {stop}, {step})");
    }

    /// <summary>dict(), dict(mapping), dict(pairs), each with named entries.</summary>
    public static DictValue Dict(Machine machine, CallArguments arguments)
    {
        var dict = new DictValue();
        if (arguments.Positional.Count > 1) throw machine.Error("dict takes one mapping or list of pairs, and named values");
        if (arguments.Positional is [DictValue other])
            foreach (var (key, value) in other.Entries) dict.Entries[machine.Key(key)] = value;
        else if (arguments.Positional is [var pairs])
            foreach (var pair in machine.Iterate(pairs))
                dict.Entries[machine.Key(machine.Iterate(pair) is [var key, _] ? key : throw machine.Error("dict takes pairs"))] = machine.Iterate(pair)[1];
        foreach (var (name, value) in arguments.Named) dict.Entries[new TextValue(name)] = value;
        machine.ChargeItems(dict.Entries.Count);
        return dict;
    }

    private static NamespaceValue Namespace(Machine machine, CallArguments arguments)
    {
        var space = new NamespaceValue();
        foreach (var (key, value) in Dict(machine, arguments).Entries) space.Names[machine.Text(key).Text] = value;
        return space;
    }

    private static ObjectValue Joiner(Machine machine, CallArguments arguments)
    {
        var separator = machine.Text(arguments.Bind(machine, "joiner", "sep")[0] ?? new TextValue(", "));
        var used = false;
        return new ObjectValue("Joiner", _ => null, (_, _) =>
        {
            if (used) return separator;
            used = true;
            return TextValue.Empty;
        });
    }

    private static ObjectValue Cycler(Machine machine, CallArguments arguments)
    {
        var items = arguments.Positional;
        if (items.Count == 0) throw machine.Error("cycler needs at least one value");
        var at = 0;
        return new ObjectValue("Cycler", name => name switch
        {
            "current" => items[at],
            "next" => new FunctionValue(name, (_, _) =>
            {
                var value = items[at];
                at = (at + 1) % items.Count;
                return value;
            }),
            "reset" => new FunctionValue(name, (_, _) =>
            {
                at = 0;
                return NoneValue.Instance;
            }),
            _ => null,
        });
    }
}
