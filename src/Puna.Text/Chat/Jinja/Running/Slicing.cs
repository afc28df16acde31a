namespace Puna.Text.Jinja;

/// <summary><c>a[start:stop:step]</c> of texts and sequences, with Python's rules for negative and missing bounds.</summary>
internal static class Slicing
{
    public static Value Apply(Machine machine, Value target, Value? start, Value? stop, Value? step)
    {
        switch (target)
        {
            case UndefinedValue undefined:
                throw machine.Error(undefined.Problem);
            case TextValue text:
                var result = new TextBuilder(machine);
                var (first, count, by) = Range(machine, text.Length, start, stop, step);
                if (by == 1) return Between(machine, text, first, first + count);
                for (var i = 0; i < count; i++) Append(result, text, first + i * by);
                return result.ToValue(text.IsSafe);
            case SequenceValue { Kind: SequenceKind.List or SequenceKind.Tuple or SequenceKind.Group or SequenceKind.Range } sequence:
                (first, count, by) = Range(machine, sequence.Items.Count, start, stop, step);
                machine.ChargeItems(count);
                var items = new List<Value>(count);
                for (var i = 0; i < count; i++) items.Add(sequence.Items[first + i * by]);
                return new SequenceValue(sequence.Kind == SequenceKind.List ? SequenceKind.List : SequenceKind.Tuple, items);
            default:
                return new UndefinedValue($"'{target.TypeName} object' has no slices");
        }
    }

    /// <summary>A code point of a text.</summary>
    public static TextValue Character(Machine machine, TextValue text, int index) => Between(machine, text, index, index + 1);

    /// <summary>The code points from one to before another.</summary>
    public static TextValue Between(Machine machine, TextValue text, int start, int end)
    {
        if (start == 0 && end == text.Length) return text;
        var unit = text.UnitOf(start);
        return new TextBuilder(machine).Append(text, unit, text.UnitOf(end) - unit).ToValue(text.IsSafe);
    }

    private static void Append(TextBuilder result, TextValue text, int index)
    {
        var unit = text.UnitOf(index);
        result.Append(text, unit, text.UnitOf(index + 1) - unit);
    }

    private static (int First, int Count, int Step) Range(Machine machine, int length, Value? start, Value? stop, Value? step)
    {
        var by = Bound(machine, step) ?? 1;
        if (by == 0) throw machine.Error("the step of a slice cannot be 0");
        var (low, high) = by > 0 ? (0L, (long)length) : (-1L, length - 1L);
        var first = Clamp(Bound(machine, start), by > 0 ? low : high);
        var last = Clamp(Bound(machine, stop), by > 0 ? high : low);
        var count = by > 0 ? (last > first ? (last - first - 1) / by + 1 : 0) : first > last ? (first - last - 1) / -by + 1 : 0;
        return ((int)first, (int)count, (int)Math.Clamp(by, -length - 1L, length + 1L));

        long Clamp(long? bound, long otherwise) => bound is { } value ? Math.Clamp(value < 0 ? value + length : value, low, high) : otherwise;
    }

    private static long? Bound(Machine machine, Value? bound) => bound is null ? null
        : Numbers.TryLong(bound, out var number) ? Math.Clamp(number, int.MinValue, int.MaxValue)
        : throw machine.Error(bound is UndefinedValue undefined ? undefined.Problem : $"the bounds of a slice are integers, and this one is a {bound.TypeName}");
}
