namespace Puna.Text.Jinja;

internal delegate bool ValueTest(Machine machine, Value value, CallArguments arguments);

/// <summary>What may stand behind <c>is</c>, and in select and reject.</summary>
internal static class Tests
{
    private static readonly Dictionary<string, ValueTest> All = new()
    {
        ["defined"] = (_, value, _) => value is not UndefinedValue,
        ["undefined"] = (_, value, _) => value is UndefinedValue,
        ["none"] = (_, value, _) => value is NoneValue,
        ["true"] = (_, value, _) => value is BoolValue { Flag: true },
        ["false"] = (_, value, _) => value is BoolValue { Flag: false },
        ["boolean"] = (_, value, _) => value is BoolValue,
        ["integer"] = (_, value, _) => value is IntValue,
        ["float"] = (_, value, _) => value is FloatValue,
        ["number"] = (_, value, _) => Numbers.IsNumber(value),
        ["string"] = (_, value, _) => value is TextValue,
        ["mapping"] = (_, value, _) => value is DictValue,
        ["iterable"] = (_, value, _) => value is TextValue or SequenceValue or DictValue or UndefinedValue,
        ["sequence"] = (_, value, _) => value is TextValue or DictValue or UndefinedValue or SequenceValue { Kind: SequenceKind.List or SequenceKind.Tuple or SequenceKind.Group or SequenceKind.Range },
        ["callable"] = (_, value, _) => value is CallableValue,
        ["escaped"] = (_, value, _) => value is TextValue { IsSafe: true },
        ["sameas"] = (machine, value, arguments) => One(machine, "sameas", arguments) is var other && (ReferenceEquals(value, other)
            || value is TextValue or IntValue && value.GetType() == other.GetType() && Comparing.AreEqual(machine, value, other)),
        ["odd"] = (machine, value, _) => Integer(machine, value) % 2 != 0,
        ["even"] = (machine, value, _) => Integer(machine, value) % 2 == 0,
        ["divisibleby"] = (machine, value, arguments) => Integer(machine, One(machine, "divisibleby", arguments)) is var by && by != 0 ? by == -1 || Integer(machine, value) % by == 0 : throw machine.Error("division by zero"),
        ["lower"] = (machine, value, _) => IsCased(machine, machine.Text(value).Text, char.IsLower, char.IsUpper),
        ["upper"] = (machine, value, _) => IsCased(machine, machine.Text(value).Text, char.IsUpper, char.IsLower),
        ["in"] = (machine, value, arguments) => Comparing.Contains(machine, One(machine, "in", arguments), value),
        ["filter"] = (machine, value, _) => Filters.IsKnown(machine.Looked(machine.Text(value).Text)),
        ["test"] = (machine, value, _) => All!.ContainsKey(machine.Looked(machine.Text(value).Text)),
    };

    static Tests()
    {
        foreach (var (op, names) in new (string, string[])[]
        {
            ("==", ["eq", "equalto", "=="]), ("!=", ["ne", "!="]), ("<", ["lt", "lessthan", "<"]),
            ("<=", ["le", "<="]), (">", ["gt", "greaterthan", ">"]), (">=", ["ge", ">="]),
        })
            foreach (var name in names) All[name] = (machine, value, arguments) => Comparing.Holds(machine, op, value, One(machine, name, arguments));
    }

    public static ValueTest Find(Machine machine, string name) => All.GetValueOrDefault(name)
        ?? throw machine.Error($"there is no test '{Machine.Shown(name)}'; there are {string.Join(", ", All.Keys.Where(key => char.IsLetter(key[0])).Order())}");

    /// <summary>Whether a text has letters of one case and none of the other.</summary>
    public static bool IsCased(Machine machine, string text, Func<char, bool> one, Func<char, bool> other)
    {
        machine.Charge(text.Length / 4);
        return text.Any(one) && !text.Any(other);
    }

    private static Value One(Machine machine, string test, CallArguments arguments) => arguments.Bind(machine, $"the test {test}", "other")[0] ?? throw machine.Error($"the test {test} needs a value to compare with");

    private static long Integer(Machine machine, Value value) => Numbers.TryLong(value, out var number) ? number
        : throw machine.Error(value is UndefinedValue undefined ? undefined.Problem : $"an integer was expected, and a {value.TypeName} was given");
}
