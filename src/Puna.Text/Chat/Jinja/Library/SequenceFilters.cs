namespace Puna.Text.Jinja;

/// <summary>The filters that put the elements of a value in an order.</summary>
internal static class SequenceFilters
{
    public static Value Last(Machine machine, Value value, CallArguments arguments)
    {
        if (value is SequenceValue { Kind: SequenceKind.Generator }) throw machine.Error("a generator cannot be read from its end; put | list before | last");
        return machine.Iterate(value) is [.., var last] ? last : new UndefinedValue("there is no last item in an empty sequence");
    }

    public static Value Reverse(Machine machine, Value value, CallArguments arguments)
    {
        var items = machine.Iterate(value);
        if (value is TextValue text)
        {
            var output = new TextBuilder(machine);
            for (var i = items.Count; i-- > 0;) output.Append((TextValue)items[i]);
            return output.ToValue(text.IsSafe);
        }
        machine.ChargeItems(items.Count);
        return SequenceValue.Generator([.. Enumerable.Reverse(items)]);
    }

    public static Value Items(Machine machine, Value value, CallArguments arguments) => value switch
    {
        UndefinedValue => SequenceValue.Generator([]),
        DictValue dict => SequenceValue.Generator(Pairs(machine, dict)),
        _ => throw machine.Error("Can only get item pairs from a mapping."),
    };

    public static List<Value> Pairs(Machine machine, DictValue dict)
    {
        machine.ChargeItems(2 * dict.Entries.Count);
        return [.. dict.Entries.Select(entry => (Value)SequenceValue.Tuple(entry.Key, entry.Value))];
    }

    public static Value DictSort(Machine machine, Value value, CallArguments arguments)
    {
        var given = arguments.Bind(machine, "dictsort", "case_sensitive", "by", "reverse");
        if (value is not DictValue dict) throw machine.Error($"dictsort sorts a mapping, and not a {value.TypeName}");
        var part = given[1] is { } by ? machine.Text(by).Text : "key";
        if (part is not ("key" or "value")) throw machine.Error("dictsort sorts by 'key' or by 'value'");
        var fold = Folding(machine, given[0]);
        return SequenceValue.List(Comparing.Sort(machine, Pairs(machine, dict), pair => fold(((SequenceValue)pair).Items[part == "key" ? 0 : 1]), given[2]?.IsTrue == true));
    }

    public static Value Sort(Machine machine, Value value, CallArguments arguments)
    {
        var given = arguments.Bind(machine, "sort", "reverse", "case_sensitive", "attribute");
        var fold = Folding(machine, given[1]);
        Func<Value, Value> key = given[2] switch
        {
            null or NoneValue => fold,
            TextValue names when names.Text.Contains(',') => item => SequenceValue.Tuple([.. names.Text.Split(',').Select(name => fold(SelectionFilters.ByPath(machine, item, new TextValue(name))))]),
            var path => item => fold(SelectionFilters.ByPath(machine, item, path)),
        };
        return SequenceValue.List(Comparing.Sort(machine, machine.Iterate(value), key, given[0]?.IsTrue == true));
    }

    public static Value Unique(Machine machine, Value value, CallArguments arguments)
    {
        var given = arguments.Bind(machine, "unique", "case_sensitive", "attribute");
        var (fold, seen) = (Folding(machine, given[0]), new HashSet<Value>(KeyComparer.Instance));
        return SequenceValue.Generator(machine.Iterate(value).FindAll(item => seen.Add(machine.Key(fold(given[1] is null or NoneValue ? item : SelectionFilters.ByPath(machine, item, given[1]!))))));
    }

    public static Value GroupBy(Machine machine, Value value, CallArguments arguments)
    {
        var given = arguments.Bind(machine, "groupby", "attribute", "default", "case_sensitive");
        if (given[0] is null) throw machine.Error("groupby takes an attribute's name");
        var fold = Folding(machine, given[2]);
        var groups = new List<Value>();
        Value? last = null;
        foreach (var item in Comparing.Sort(machine, machine.Iterate(value), item => fold(Key(item)), false))
        {
            if (last is null || !Comparing.AreEqual(machine, fold(last), fold(Key(item)))) groups.Add(new SequenceValue(SequenceKind.Group, [last = Key(item), SequenceValue.List([])]));
            ((SequenceValue)((SequenceValue)groups[^1]).Items[1]).Items.Add(item);
        }
        return SequenceValue.List(groups);

        Value Key(Value item) => SelectionFilters.ByPathOr(machine, item, given[0]!, given[1]);
    }

    public static Value Extreme(Machine machine, Value value, CallArguments arguments, string name)
    {
        var given = arguments.Bind(machine, name, "case_sensitive", "attribute");
        var fold = Folding(machine, given[0]);
        Value? best = null, bestKey = null;
        foreach (var item in machine.Iterate(value))
        {
            var key = fold(given[1] is null or NoneValue ? item : SelectionFilters.ByPath(machine, item, given[1]!));
            if (bestKey is not null && (name == "min" ? Comparing.Compare(machine, key, bestKey) >= 0 : Comparing.Compare(machine, key, bestKey) <= 0)) continue;
            (best, bestKey) = (item, key);
        }
        return best ?? new UndefinedValue("there is no aggregated item in an empty sequence");
    }

    public static Value Batch(Machine machine, Value value, CallArguments arguments)
    {
        var given = arguments.Bind(machine, "batch", "linecount", "fill_with");
        var (count, items) = (Count(machine, given[0], "batch"), machine.Iterate(value));
        machine.ChargeItems(items.Count);
        var rows = items.Chunk(count).Select(row => row.ToList()).ToList();
        if (rows.Count > 0) Fill(machine, rows[^1], count, given[1]);
        return SequenceValue.Generator(rows.ConvertAll(row => (Value)SequenceValue.List(row)));
    }

    public static Value Slice(Machine machine, Value value, CallArguments arguments)
    {
        var given = arguments.Bind(machine, "slice", "slices", "fill_with");
        var (count, items) = (Count(machine, given[0], "slice"), machine.Iterate(value));
        var (each, more, columns, start) = (items.Count / count, items.Count % count, new List<Value>(), 0);
        machine.ChargeItems(items.Count + count);
        for (var i = 0; i < count; i++)
        {
            var length = each + (i < more ? 1 : 0);
            var column = items.GetRange(start, length);
            start += length;
            if (i >= more) Fill(machine, column, each + 1, given[1]);
            columns.Add(SequenceValue.List(column));
        }
        return SequenceValue.Generator(columns);
    }

    private static void Fill(Machine machine, List<Value> row, int count, Value? filling)
    {
        if (filling is null or NoneValue) return;
        machine.ChargeItems(count - row.Count);
        while (row.Count < count) row.Add(filling);
    }

    private static int Count(Machine machine, Value? value, string filter)
    {
        if (value is null || !Numbers.TryLong(value, out var count) || count is < 1 or > 1_000_000) throw machine.Error($"{filter} takes a number of at least 1");
        machine.ChargeItems(1);
        return (int)count;
    }

    private static Func<Value, Value> Folding(Machine machine, Value? isCaseSensitive) => isCaseSensitive?.IsTrue == true ? value => value
        : value => value is TextValue text ? StringMethods.Find(text, "lower")!.Call(machine, CallArguments.None) : value;
}
