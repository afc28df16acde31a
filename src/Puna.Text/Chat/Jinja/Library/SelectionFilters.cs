using System.Globalization;

namespace Puna.Text.Jinja;

/// <summary>map, select, reject and their kin.</summary>
internal static class SelectionFilters
{
    public static Value Map(Machine machine, Value value, CallArguments arguments)
    {
        var items = machine.Iterate(value);
        if (arguments.Positional is [var name, ..])
        {
            var (filter, rest) = (Filters.Find(machine, machine.Text(name).Text), arguments.Skip(1));
            return Each(machine, items, item => filter(machine, item, rest));
        }
        var given = arguments.Bind(machine, "map", "attribute", "default");
        if (given[0] is null) throw machine.Error("map takes a filter's name, or attribute=");
        return Each(machine, items, item => ByPathOr(machine, item, given[0]!, given[1]));
    }

    public static Value Select(Machine machine, Value value, CallArguments arguments, bool keeps, bool byAttribute)
    {
        var items = machine.Iterate(value is NoneValue ? new UndefinedValue("") : value);
        Value? path = null;
        if (byAttribute)
        {
            if (arguments.Positional.Count == 0) throw machine.Error("selectattr and rejectattr take an attribute's name");
            path = arguments.Positional[0];
            arguments = arguments.Skip(1);
        }
        ValueTest test = (_, item, _) => item.IsTrue;
        if (arguments.Positional is [var name, ..]) (test, arguments) = (Tests.Find(machine, machine.Text(name).Text), arguments.Skip(1));
        machine.ChargeItems(items.Count);
        return SequenceValue.Generator(items.FindAll(item => test(machine, path is null ? item : ByPath(machine, item, path), arguments) == keeps));
    }

    /// <summary>The member of a value by a dotted path or an index.</summary>
    public static Value ByPath(Machine machine, Value value, Value path)
    {
        machine.Charge(1);
        if (path is not TextValue names) return Members.Item(machine, value, path);
        machine.Charge(names.Text.Length / 4);
        foreach (var name in names.Text.Split('.'))
            value = Members.Item(machine, value, int.TryParse(name, NumberStyles.None, CultureInfo.InvariantCulture, out var index) ? new IntValue(index) : new TextValue(name));
        return value;
    }

    /// <summary>The same, with a value for where there is no such member.</summary>
    public static Value ByPathOr(Machine machine, Value value, Value path, Value? otherwise)
    {
        var found = ByPath(machine, value, path);
        return found is UndefinedValue ? otherwise ?? found : found;
    }

    private static SequenceValue Each(Machine machine, List<Value> items, Func<Value, Value> filter)
    {
        machine.ChargeItems(items.Count);
        return SequenceValue.Generator(items.ConvertAll(item => filter(item)));
    }
}
