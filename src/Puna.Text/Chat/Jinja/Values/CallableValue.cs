namespace Puna.Text.Jinja;

internal delegate Value NativeFunction(Machine machine, CallArguments arguments);

internal abstract class CallableValue : Value
{
    public abstract Value Call(Machine machine, CallArguments arguments);
}

/// <summary>A function or method of this interpreter.</summary>
internal sealed class FunctionValue(string name, NativeFunction function) : CallableValue
{
    public override string TypeName => "function";

    public string Name => name;

    public override Value Call(Machine machine, CallArguments arguments) => function(machine, arguments);
}

/// <summary>What <c>namespace()</c> makes: names that a <c>set</c> inside a loop can change.</summary>
internal sealed class NamespaceValue : Value
{
    public Dictionary<string, Value> Names { get; } = [];

    public override string TypeName => "Namespace";
}

/// <summary>An object with a few named members, such as a cycler; where it has a function, it can be called.</summary>
internal sealed class ObjectValue(string typeName, Func<string, Value?> member, NativeFunction? function = null) : CallableValue
{
    public override string TypeName => typeName;

    public Value? Member(string name) => member(name);

    public override Value Call(Machine machine, CallArguments arguments) =>
        function is null ? throw machine.Error($"'{typeName}' object is not callable") : function(machine, arguments);
}

/// <summary>The arguments of a call.</summary>
internal sealed class CallArguments(IReadOnlyList<Value> positional, IReadOnlyList<KeyValuePair<string, Value>> named)
{
    public static CallArguments None { get; } = new([], []);

    public IReadOnlyList<Value> Positional => positional;

    public IReadOnlyList<KeyValuePair<string, Value>> Named => named;

    /// <summary>The arguments in the order of a function's parameters; null where one was not given.</summary>
    /// <exception cref="InvalidDataException">There are more arguments than parameters, or one has another name.</exception>
    public Value?[] Bind(Machine machine, string function, params ReadOnlySpan<string> parameters)
    {
        if (positional.Count > parameters.Length) throw machine.Error($"{function} takes at most {parameters.Length} arguments and was given {positional.Count}");
        var bound = new Value?[parameters.Length];
        for (var i = 0; i < positional.Count; i++) bound[i] = positional[i];
        foreach (var (name, value) in named)
        {
            var at = parameters.IndexOf(name);
            if (at < 0) throw machine.Error($"{function} has no argument '{Machine.Shown(name)}'");
            if (bound[at] is not null) throw machine.Error($"{function} was given its argument '{name}' twice");
            bound[at] = value;
        }
        return bound;
    }

    /// <summary>The rest after the first arguments.</summary>
    public CallArguments Skip(int count) => new([.. positional.Skip(count)], named);
}
