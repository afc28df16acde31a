namespace Puna.Text.Jinja;

/// <summary>Equality, order and membership, as Python has them.</summary>
internal static class Comparing
{
    public static bool Holds(Machine machine, string op, Value left, Value right) => op switch
    {
        "==" => AreEqual(machine, left, right),
        "!=" => !AreEqual(machine, left, right),
        "in" => Contains(machine, right, left),
        "not in" => !Contains(machine, right, left),
        _ when IsNaN(left) || IsNaN(right) => false,
        "<" => Compare(machine, left, right, op) < 0,
        "<=" => Compare(machine, left, right, op) <= 0,
        ">" => Compare(machine, left, right, op) > 0,
        _ => Compare(machine, left, right, op) >= 0,
    };

    public static bool AreEqual(Machine machine, Value left, Value right)
    {
        machine.Charge(1);
        switch (left, right)
        {
            case (TextValue a, TextValue b):
                machine.Charge(Math.Min(a.Text.Length, b.Text.Length) / 64);
                return a.Text == b.Text;
            case (SequenceValue a, SequenceValue b) when a.Kind == b.Kind || a.IsTuple && b.IsTuple:
                if (ReferenceEquals(a, b)) return true;
                if (a.Kind == SequenceKind.Generator || a.Items.Count != b.Items.Count) return false;
                for (var i = 0; i < a.Items.Count; i++)
                {
                    var (x, y) = (a.Items[i], b.Items[i]);
                    if (!machine.Nested(() => AreEqual(machine, x, y))) return false;
                }
                return true;
            case (DictValue a, DictValue b):
                if (ReferenceEquals(a, b)) return true;
                if (a.Entries.Count != b.Entries.Count) return false;
                foreach (var (key, value) in a.Entries)
                    if (!b.Entries.TryGetValue(key, out var other) || !machine.Nested(() => AreEqual(machine, value, other))) return false;
                return true;
            default:
                return KeyComparer.Instance.Equals(left, right);
        }
    }

    /// <summary>The order of two values: negative, 0 or positive.</summary>
    /// <exception cref="InvalidDataException">They have none.</exception>
    public static int Compare(Machine machine, Value left, Value right, string op = "<")
    {
        machine.Charge(1);
        if (Numbers.TryLong(left, out var p) && Numbers.TryLong(right, out var q)) return p.CompareTo(q);
        if (Numbers.TryDouble(left, out var x) && Numbers.TryDouble(right, out var y)) return x.CompareTo(y);
        if (left is TextValue a && right is TextValue b)
        {
            machine.Charge(Math.Min(a.Text.Length, b.Text.Length) / 16);
            return ByCodePoint(a.Text, b.Text);
        }
        if (left is SequenceValue s && right is SequenceValue t && (s.Kind == SequenceKind.List && t.Kind == SequenceKind.List || s.IsTuple && t.IsTuple))
        {
            for (var i = 0; i < Math.Min(s.Items.Count, t.Items.Count); i++)
            {
                var (first, second) = (s.Items[i], t.Items[i]);
                if (!machine.Nested(() => AreEqual(machine, first, second))) return machine.Nested(() => Compare(machine, first, second, op));
            }
            return s.Items.Count.CompareTo(t.Items.Count);
        }
        if (left is UndefinedValue u) throw machine.Error(u.Problem);
        if (right is UndefinedValue v) throw machine.Error(v.Problem);
        throw machine.Error($"'{op}' not supported between instances of '{left.TypeName}' and '{right.TypeName}'");
    }

    public static bool Contains(Machine machine, Value container, Value item)
    {
        switch (container)
        {
            case TextValue text:
                if (item is TextValue part) return TextSearch.IndexOf(machine, text.Text, part.Text, 0) >= 0;
                throw machine.Error(item is UndefinedValue missing ? missing.Problem : $"'in <string>' requires string as left operand, not {item.TypeName}");
            case DictValue dict:
                return dict.Entries.ContainsKey(machine.Key(item));
            default:
                if (container is not (SequenceValue or UndefinedValue)) throw machine.Error($"argument of type '{container.TypeName}' is not iterable");
                foreach (var element in machine.Iterate(container))
                    if (ReferenceEquals(element, item) || AreEqual(machine, element, item)) return true;
                return false;
        }
    }

    /// <summary>Stable: a merge sort, since an order that a template makes up must not break the sort.</summary>
    public static List<Value> Sort(Machine machine, List<Value> items, Func<Value, Value> key, bool isDescending)
    {
        var keyed = items.ConvertAll(item => (Key: key(item), Item: item)).ToArray();
        machine.ChargeItems(keyed.Length);
        Merge(machine, keyed, new (Value, Value)[keyed.Length], 0, keyed.Length, isDescending);
        return [.. keyed.Select(pair => pair.Item)];
    }

    private static void Merge(Machine machine, (Value Key, Value Item)[] items, (Value, Value)[] room, int start, int end, bool isDescending)
    {
        if (end - start < 2) return;
        var middle = (start + end) / 2;
        Merge(machine, items, room, start, middle, isDescending);
        Merge(machine, items, room, middle, end, isDescending);
        var (left, right) = (start, middle);
        for (var i = start; i < end; i++)
        {
            var takesRight = left == middle || right < end && (isDescending
                ? Compare(machine, items[left].Key, items[right].Key) < 0
                : Compare(machine, items[right].Key, items[left].Key) < 0);
            room[i] = items[takesRight ? right++ : left++];
        }
        Array.Copy(room, start, items, start, end - start);
    }

    // UTF-16 order differs from that of code points where one has a surrogate and the other a character above them.
    private static int ByCodePoint(string a, string b)
    {
        var same = a.AsSpan().CommonPrefixLength(b);
        if (same == a.Length || same == b.Length) return a.Length.CompareTo(b.Length);
        return Rank(a[same]).CompareTo(Rank(b[same]));

        static int Rank(char c) => char.IsSurrogate(c) ? c + 0x10000 : c;
    }

    private static bool IsNaN(Value value) => value is FloatValue { Number: double.NaN };
}
