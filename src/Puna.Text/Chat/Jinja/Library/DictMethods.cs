namespace Puna.Text.Jinja;

internal delegate Value DictMethod(Machine machine, DictValue dict, CallArguments arguments);

/// <summary>The methods of mappings, by Python's names.</summary>
internal static class DictMethods
{
    private static readonly Dictionary<string, DictMethod> All = new()
    {
        ["get"] = (machine, dict, arguments) => KeyAndDefault(machine, "get", arguments) is var (key, otherwise) && dict.Entries.TryGetValue(key, out var value) ? value : otherwise ?? NoneValue.Instance,
        ["keys"] = (machine, dict, _) => new SequenceValue(SequenceKind.Keys, machine.Iterate(dict)),
        ["values"] = (machine, dict, _) => Values(machine, dict),
        ["items"] = (machine, dict, _) => new SequenceValue(SequenceKind.Items, SequenceFilters.Pairs(machine, dict)),
        ["copy"] = (machine, dict, _) => Functions.Dict(machine, new CallArguments([dict], [])),
        ["setdefault"] = SetDefault,
        ["pop"] = Pop,
        ["popitem"] = PopItem,
        ["update"] = Update,
        ["clear"] = (_, dict, _) =>
        {
            dict.Entries.Clear();
            return NoneValue.Instance;
        },
    };

    public static FunctionValue? Find(DictValue dict, string name) => All.TryGetValue(name, out var method) ? new FunctionValue(name, (machine, arguments) => method(machine, dict, arguments)) : null;

    private static SequenceValue Values(Machine machine, DictValue dict)
    {
        machine.ChargeItems(dict.Entries.Count);
        return new SequenceValue(SequenceKind.Values, [.. dict.Entries.Values]);
    }

    private static (Value Key, Value? Default) KeyAndDefault(Machine machine, string method, CallArguments arguments)
    {
        var given = arguments.Bind(machine, method, "key", "default");
        return (machine.Key(given[0] ?? throw machine.Error($"{method} takes a key")), given[1]);
    }

    private static Value SetDefault(Machine machine, DictValue dict, CallArguments arguments)
    {
        var (key, otherwise) = KeyAndDefault(machine, "setdefault", arguments);
        machine.ChargeItems(1);
        if (dict.Entries.TryGetValue(key, out var value)) return value;
        return dict.Entries[key] = otherwise ?? NoneValue.Instance;
    }

    private static Value Pop(Machine machine, DictValue dict, CallArguments arguments)
    {
        var (key, otherwise) = KeyAndDefault(machine, "pop", arguments);
        machine.Charge(dict.Entries.Count / 16);
        if (dict.Entries.Remove(key, out var value)) return value;
        return otherwise ?? throw machine.Error($"there is no key {Machine.Shown(Printing.Repr(machine, key).Text)} to pop");
    }

    private static SequenceValue PopItem(Machine machine, DictValue dict, CallArguments arguments)
    {
        if (dict.Entries.Count == 0) throw machine.Error("popitem from an empty mapping");
        var (key, value) = dict.Entries.GetAt(dict.Entries.Count - 1);
        dict.Entries.RemoveAt(dict.Entries.Count - 1);
        return SequenceValue.Tuple(key, value);
    }

    private static NoneValue Update(Machine machine, DictValue dict, CallArguments arguments)
    {
        foreach (var (key, value) in Functions.Dict(machine, arguments).Entries) dict.Entries[machine.Key(key)] = value;
        return NoneValue.Instance;
    }
}
