namespace Puna.Text.Jinja;

/// <summary>+ - * / // % ** and the signs, as Python has them; integers have 64 bits.</summary>
internal static class Arithmetic
{
    public static Value Apply(Machine machine, string op, Value left, Value right)
    {
        if (left is UndefinedValue u) throw machine.Error(u.Problem);
        if (op == "%" && left is TextValue format) return PercentFormat.Apply(machine, format, right);
        if (right is UndefinedValue v) throw machine.Error(v.Problem);
        if (Numbers.IsNumber(left) && Numbers.IsNumber(right)) return OfNumbers(machine, op, left, right);
        return (op, left, right) switch
        {
            ("+", TextValue a, TextValue b) => Join(machine, a, b),
            ("+", SequenceValue { Kind: SequenceKind.List } a, SequenceValue { Kind: SequenceKind.List } b) => Join(machine, SequenceKind.List, a, b),
            ("+", SequenceValue { IsTuple: true } a, SequenceValue { IsTuple: true } b) => Join(machine, SequenceKind.Tuple, a, b),
            ("+", TextValue, _) => throw machine.Error($"can only concatenate str (not \"{right.TypeName}\") to str"),
            ("*", TextValue or SequenceValue, _) when Numbers.TryLong(right, out var times) => Repeat(machine, left, times),
            ("*", _, TextValue or SequenceValue) when Numbers.TryLong(left, out var times) => Repeat(machine, right, times),
            _ => throw machine.Error($"unsupported operand types for {op}: '{left.TypeName}' and '{right.TypeName}'"),
        };
    }

    public static Value Sign(Machine machine, Value operand, bool isMinus)
    {
        if (operand is FloatValue number) return isMinus ? new FloatValue(-number.Number) : number;
        if (Numbers.TryLong(operand, out var whole)) return isMinus ? Whole(machine, () => checked(-whole)) : new IntValue(whole);
        throw machine.Error(operand is UndefinedValue undefined ? undefined.Problem : $"a {operand.TypeName} has no sign");
    }

    private static TextValue Join(Machine machine, TextValue left, TextValue right)
    {
        var isSafe = left.IsSafe || right.IsSafe;
        if (isSafe && !left.IsSafe) left = Printing.Escape(machine, left);
        if (isSafe && !right.IsSafe) right = Printing.Escape(machine, right);
        if (left.Text.Length == 0 && left.IsSafe == right.IsSafe) return right;
        if (right.Text.Length == 0 && left.IsSafe == right.IsSafe) return left;
        return new TextBuilder(machine).Append(left).Append(right).ToValue(isSafe);
    }

    private static SequenceValue Join(Machine machine, SequenceKind kind, SequenceValue left, SequenceValue right)
    {
        machine.ChargeItems(left.Items.Count + right.Items.Count);
        return new SequenceValue(kind, [.. left.Items, .. right.Items]);
    }

    private static Value Repeat(Machine machine, Value value, long times)
    {
        if (value is TextValue text)
        {
            var result = new TextBuilder(machine);
            if (text.Text.Length > 0)
                for (var i = 0L; i < times; i++) result.Append(text);
            return result.ToValue(text.IsSafe);
        }
        var sequence = (SequenceValue)value;
        if (sequence.Kind != SequenceKind.List && !sequence.IsTuple) throw machine.Error($"a {value.TypeName} cannot be repeated");
        var items = new List<Value>();
        for (var i = 0L; i < times && sequence.Items.Count > 0; i++)
        {
            machine.ChargeItems(sequence.Items.Count);
            items.AddRange(sequence.Items);
        }
        return new SequenceValue(sequence.IsTuple ? SequenceKind.Tuple : SequenceKind.List, items);
    }

    private static Value OfNumbers(Machine machine, string op, Value left, Value right)
    {
        Numbers.TryDouble(left, out var x);
        Numbers.TryDouble(right, out var y);
        if (op is "/" or "//" or "%" && y == 0) throw machine.Error("division by zero");
        if (op == "/") return new FloatValue(x / y);
        if (Numbers.TryLong(left, out var a) && Numbers.TryLong(right, out var b) && !(op == "**" && b < 0)) return Whole(machine, () => OfIntegers(op, a, b));
        return new FloatValue(op switch
        {
            "+" => x + y,
            "-" => x - y,
            "*" => x * y,
            "//" => Math.Floor(x / y),
            "%" => x - Math.Floor(x / y) * y,
            "**" when x == 0 && y < 0 => throw machine.Error("division by zero"),
            _ => Math.Pow(x, y),
        });
    }

    private static IntValue Whole(Machine machine, Func<long> operation)
    {
        try
        {
            return new IntValue(operation());
        }
        catch (OverflowException)
        {
            throw machine.Error("an integer went beyond 64 bits");
        }
    }

    private static long OfIntegers(string op, long a, long b)
    {
        checked
        {
            switch (op)
            {
                case "+": return a + b;
                case "-": return a - b;
                case "*": return a * b;
                case "//": return a / b - (a % b != 0 && a < 0 != b < 0 ? 1 : 0);
                case "%": return b == -1 ? 0 : a % b is var rest && rest != 0 && rest < 0 != b < 0 ? rest + b : rest;
            }
            if (a is 0 or 1) return b == 0 ? 1 : a;
            if (a == -1) return b % 2 == 0 ? 1 : -1;
            var power = 1L;
            for (; b > 0; b--) power *= a;
            return power;
        }
    }
}
