using System.Globalization;

namespace Puna.Text.Jinja;

/// <summary>The filters that make numbers.</summary>
internal static class NumberFilters
{
    public static Value Abs(Machine machine, Value value, CallArguments arguments) => value switch
    {
        FloatValue number => new FloatValue(Math.Abs(number.Number)),
        _ when Numbers.TryLong(value, out var whole) && whole != long.MinValue => new IntValue(Math.Abs(whole)),
        UndefinedValue undefined => throw machine.Error(undefined.Problem),
        _ => throw machine.Error($"a {value.TypeName} has no absolute value"),
    };

    public static Value Int(Machine machine, Value value, CallArguments arguments)
    {
        var given = arguments.Bind(machine, "int", "default", "base");
        if (value is UndefinedValue undefined) throw machine.Error(undefined.Problem);
        if (Numbers.TryLong(value, out var whole)) return new IntValue(whole);
        if (value is FloatValue number && TryWhole(number.Number) is { } truncated) return truncated;
        if (value is TextValue text)
        {
            machine.Charge(text.Text.Length / 8);
            if (TryInteger(text.Text, given[1] is IntValue radix ? radix.Number : 10, out whole)) return new IntValue(whole);
            if (TryFloat(text.Text, out var real) && TryWhole(real) is { } rounded) return rounded;
        }
        return given[0] ?? new IntValue(0);
    }

    public static Value Float(Machine machine, Value value, CallArguments arguments)
    {
        var given = arguments.Bind(machine, "float", "default");
        if (value is UndefinedValue undefined) throw machine.Error(undefined.Problem);
        machine.Charge(value is TextValue { Text.Length: var length } ? length / 8 : 0);
        if (Numbers.TryDouble(value, out var number) || value is TextValue text && TryFloat(text.Text, out number)) return new FloatValue(number);
        return given[0] ?? new FloatValue(0);
    }

    public static Value Round(Machine machine, Value value, CallArguments arguments)
    {
        var given = arguments.Bind(machine, "round", "precision", "method");
        var digits = Numbers.TryLong(given[0] ?? new IntValue(0), out var precision) ? (int)Math.Clamp(precision, -300, 300) : throw machine.Error("the precision of round is an integer");
        var method = given[1] is { } name ? machine.Text(name).Text : "common";
        if (!Numbers.TryDouble(value, out var number)) throw machine.Error(value is UndefinedValue u ? u.Problem : $"a {value.TypeName} cannot be rounded");
        if (method == "common" && value is not FloatValue && digits >= 0) return new IntValue(Numbers.Long(value));
        var scale = Math.Pow(10, digits);
        return new FloatValue(method switch
        {
            "common" when digits is >= 0 and <= 15 => Math.Round(number, digits, MidpointRounding.ToEven),
            "common" when digits > 15 => number,
            "common" => Math.Round(number * scale, MidpointRounding.ToEven) / scale,
            "ceil" => Math.Ceiling(number * scale) / scale,
            "floor" => Math.Floor(number * scale) / scale,
            _ => throw machine.Error("the method of round is common, ceil or floor"),
        });
    }

    public static Value Sum(Machine machine, Value value, CallArguments arguments)
    {
        var given = arguments.Bind(machine, "sum", "attribute", "start");
        var sum = given[1] ?? new IntValue(0);
        foreach (var item in machine.Iterate(value))
            sum = Arithmetic.Apply(machine, "+", sum, given[0] is null or NoneValue ? item : SelectionFilters.ByPath(machine, item, given[0]!));
        return sum;
    }

    private static IntValue? TryWhole(double number) => Math.Abs(number) < 9.2e18 ? new IntValue((long)number) : null;

    private static bool TryFloat(string text, out double number) =>
        double.TryParse(PythonText.Trim(text), NumberStyles.AllowLeadingSign | NumberStyles.AllowDecimalPoint | NumberStyles.AllowExponent, CultureInfo.InvariantCulture, out number);

    private static bool TryInteger(string text, long radix, out long number)
    {
        var digits = PythonText.Trim(text);
        var isNegative = digits.StartsWith("-");
        if (isNegative || digits.StartsWith("+")) digits = digits[1..];
        if (radix is 16 or 8 or 2 && digits.Length > 2 && digits[0] == '0' && char.ToLowerInvariant(digits[1]) == (radix == 16 ? 'x' : radix == 8 ? 'o' : 'b')) digits = digits[2..];
        number = 0;
        if (digits.IsEmpty || digits[0] == '_' || digits[^1] == '_' || radix is < 2 or > 36) return false;
        foreach (var c in digits)
        {
            if (c == '_') continue;
            var digit = char.IsAsciiDigit(c) ? c - '0' : char.IsAsciiLetter(c) ? char.ToLowerInvariant(c) - 'a' + 10 : 99;
            if (digit >= radix || number > (long.MaxValue - digit) / radix) return false;
            number = number * radix + digit;
        }
        if (isNegative) number = -number;
        return true;
    }
}
