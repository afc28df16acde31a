namespace Puna.Text.Jinja;

/// <summary>A mapping that keeps the order of insertion. Keys come through <see cref="Machine.Key"/>, which bounds their depth.</summary>
internal sealed class DictValue : Value
{
    public OrderedDictionary<Value, Value> Entries { get; } = new(KeyComparer.Instance);

    public override string TypeName => "dict";

    public override bool IsTrue => Entries.Count > 0;
}

/// <summary>Equality of keys as Python has it: 1, 1.0 and True are one key; marks do not count.</summary>
internal sealed class KeyComparer : IEqualityComparer<Value>
{
    public static KeyComparer Instance { get; } = new();

    public bool Equals(Value? x, Value? y) => ReferenceEquals(x, y) || (x, y) switch
    {
        (TextValue a, TextValue b) => a.Text == b.Text,
        (SequenceValue { IsTuple: true } a, SequenceValue { IsTuple: true } b) => a.Items.SequenceEqual(b.Items, this),
        (UndefinedValue, UndefinedValue) => true,
        ({ } a, { } b) when Numbers.TryDouble(a, out var p) && Numbers.TryDouble(b, out var q) => a is FloatValue || b is FloatValue ? p == q : Numbers.Long(a) == Numbers.Long(b),
        _ => false,
    };

    public int GetHashCode(Value key)
    {
        if (key is TextValue text) return text.Text.GetHashCode();
        if (Numbers.TryDouble(key, out var number) && !double.IsNaN(number)) return OfBits(BitConverter.DoubleToInt64Bits(number == 0 ? 0 : number));
        if (key is UndefinedValue) return 1;
        if (key is not SequenceValue { IsTuple: true } tuple) return System.Runtime.CompilerServices.RuntimeHelpers.GetHashCode(key);
        var hash = new HashCode();
        foreach (var item in tuple.Items) hash.Add(GetHashCode(item));
        return hash.ToHashCode();
    }

    // By a number that differs from process to process: no template can put all of its numbers into one place of a table.
    private static int OfBits(long bits) => HashCode.Combine((int)bits, (int)(bits >> 32));
}
