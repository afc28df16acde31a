namespace Puna.Text.Jinja;

/// <summary>What <c>value.name</c> and <c>value[key]</c> find. Only keys, indices and the methods of fixed tables: no member of any .NET object.</summary>
internal static class Members
{
    /// <summary><c>target.name</c>: a method first, then a key.</summary>
    public static Value Attribute(Machine machine, Value target, string name, bool keysToo = true) =>
        Own(machine, target, machine.Looked(name)) ?? (keysToo && target is DictValue dict && dict.Entries.TryGetValue(new TextValue(name), out var value) ? value : Missing(machine, target, name));

    /// <summary><c>target[key]</c>: a key or index first, then a method.</summary>
    public static Value Item(Machine machine, Value target, Value key)
    {
        switch (target)
        {
            case UndefinedValue undefined:
                throw machine.Error(undefined.Problem);
            case DictValue dict when IsKey(key) && dict.Entries.TryGetValue(machine.Key(key), out var value):
                return value;
            case SequenceValue { Kind: SequenceKind.List or SequenceKind.Tuple or SequenceKind.Group or SequenceKind.Range } sequence when Numbers.TryLong(key, out var index):
                if (index < 0) index += sequence.Items.Count;
                if (index >= 0 && index < sequence.Items.Count) return sequence.Items[(int)index];
                break;
            case TextValue text when Numbers.TryLong(key, out var index):
                if (index < 0) index += text.Length;
                if (index >= 0 && index < text.Length) return Slicing.Character(machine, text, (int)index);
                break;
        }
        if (key is not TextValue name) return new UndefinedValue($"'{target.TypeName} object' has no element {Machine.Shown(Printing.Repr(machine, key).Text)}");
        return Own(machine, target, machine.Looked(name.Text)) ?? Missing(machine, target, name.Text);
    }

    private static bool IsKey(Value key) => key is not (DictValue or SequenceValue { IsTuple: false });

    private static UndefinedValue Missing(Machine machine, Value target, string name) => target is UndefinedValue undefined
        ? throw machine.Error(undefined.Problem)
        : new UndefinedValue($"'{(target is NoneValue ? "None" : target.TypeName + " object")}' has no attribute '{Machine.Shown(name)}'");

    private static Value? Own(Machine machine, Value target, string name) => target switch
    {
        UndefinedValue undefined => throw machine.Error(undefined.Problem),
        NamespaceValue space => space.Names.GetValueOrDefault(name),
        ObjectValue value => value.Member(name),
        TextValue text => StringMethods.Find(text, name),
        DictValue dict => DictMethods.Find(dict, name),
        SequenceValue { Kind: SequenceKind.Group } group when name == "grouper" => group.Items[0],
        SequenceValue { Kind: SequenceKind.Group } group when name == "list" => group.Items[1],
        SequenceValue sequence => SequenceMethods.Find(sequence, name),
        MacroValue macro when name == "name" => new TextValue(macro.Body.Name),
        FloatValue number when name == "is_integer" => new FunctionValue(name, (_, _) => BoolValue.Of(Math.Floor(number.Number) == number.Number)),
        _ => null,
    };
}
