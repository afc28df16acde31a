namespace Puna.Text.Jinja;

internal delegate Value SequenceMethod(Machine machine, SequenceValue sequence, CallArguments arguments);

/// <summary>The methods of lists and tuples, by Python's names.</summary>
internal static class SequenceMethods
{
    private static readonly Dictionary<string, SequenceMethod> OfTuples = new()
    {
        ["count"] = (machine, sequence, arguments) => new IntValue(sequence.Items.Count(item => Comparing.AreEqual(machine, item, One(machine, "count", arguments)))),
        ["index"] = (machine, sequence, arguments) => sequence.Items.FindIndex(item => Comparing.AreEqual(machine, item, One(machine, "index", arguments))) is >= 0 and var at
            ? new IntValue(at) : throw machine.Error("the value is not in the list"),
    };

    private static readonly Dictionary<string, SequenceMethod> OfLists = new(OfTuples)
    {
        ["append"] = (machine, list, arguments) => Done(machine, 1, () => list.Items.Add(One(machine, "append", arguments))),
        ["extend"] = (machine, list, arguments) => machine.Iterate(One(machine, "extend", arguments)) is var more ? Done(machine, more.Count, () => list.Items.AddRange(more)) : list,
        ["insert"] = Insert,
        ["pop"] = Pop,
        ["remove"] = (machine, list, arguments) => Done(machine, list.Items.Count / 64 + 1, () =>
        {
            var at = list.Items.FindIndex(item => Comparing.AreEqual(machine, item, One(machine, "remove", arguments)));
            if (at < 0) throw machine.Error("the value is not in the list");
            list.Items.RemoveAt(at);
        }),
        ["clear"] = (machine, list, _) => Done(machine, 1, list.Items.Clear),
        ["reverse"] = (machine, list, _) => Done(machine, list.Items.Count, list.Items.Reverse),
        ["copy"] = (machine, list, _) => SequenceValue.List(machine.Iterate(list)),
        ["sort"] = Sort,
    };

    public static FunctionValue? Find(SequenceValue sequence, string name) =>
        (sequence.Kind == SequenceKind.List ? OfLists : sequence.IsTuple ? OfTuples : null)?.GetValueOrDefault(name) is { } method
            ? new FunctionValue(name, (machine, arguments) => method(machine, sequence, arguments)) : null;

    private static Value One(Machine machine, string method, CallArguments arguments) =>
        arguments.Bind(machine, method, "value")[0] ?? throw machine.Error($"{method} takes a value");

    private static NoneValue Done(Machine machine, long cost, Action change)
    {
        machine.ChargeItems(cost);
        change();
        return NoneValue.Instance;
    }

    private static NoneValue Insert(Machine machine, SequenceValue list, CallArguments arguments)
    {
        var given = arguments.Bind(machine, "insert", "index", "value");
        if (given[1] is null || !Numbers.TryLong(given[0], out var index)) throw machine.Error("insert takes an index and a value");
        var at = Math.Clamp(index < 0 ? index + list.Items.Count : index, 0, list.Items.Count);
        return Done(machine, list.Items.Count / 64 + 1, () => list.Items.Insert((int)at, given[1]!));
    }

    private static Value Pop(Machine machine, SequenceValue list, CallArguments arguments)
    {
        var given = arguments.Bind(machine, "pop", "index")[0];
        var index = given is null ? -1 : Numbers.TryLong(given, out var number) ? number : throw machine.Error("pop takes an index");
        if (index < 0) index += list.Items.Count;
        if (index < 0 || index >= list.Items.Count) throw machine.Error(list.Items.Count == 0 ? "pop from empty list" : "pop index out of range");
        var value = list.Items[(int)index];
        Done(machine, (list.Items.Count - index) / 64 + 1, () => list.Items.RemoveAt((int)index));
        return value;
    }

    private static NoneValue Sort(Machine machine, SequenceValue list, CallArguments arguments)
    {
        var sorted = Comparing.Sort(machine, list.Items, item => item, arguments.Bind(machine, "sort", "reverse")[0]?.IsTrue == true);
        return Done(machine, sorted.Count, () =>
        {
            list.Items.Clear();
            list.Items.AddRange(sorted);
        });
    }
}
