using System.Globalization;

namespace Puna.Text.Jinja;

/// <summary>Numbers as Python has them: a bool is an int, floats print in their shortest form.</summary>
internal static class Numbers
{
    public static bool IsNumber(Value value) => value is IntValue or FloatValue or BoolValue;

    public static bool TryDouble(Value value, out double number)
    {
        number = value switch { IntValue i => i.Number, FloatValue f => f.Number, BoolValue b => b.Flag ? 1 : 0, _ => double.NaN };
        return IsNumber(value);
    }

    public static bool TryLong(Value? value, out long number)
    {
        number = value switch { IntValue i => i.Number, BoolValue { Flag: true } => 1, _ => 0 };
        return value is IntValue or BoolValue;
    }

    /// <summary>The number of an int or bool.</summary>
    public static long Long(Value value) => TryLong(value, out var number) ? number : 0;

    /// <summary>A float as Python's repr writes it: 1.0, 1e-05, 1e+16, inf.</summary>
    public static string Repr(double number)
    {
        if (double.IsNaN(number)) return "nan";
        if (double.IsInfinity(number)) return number > 0 ? "inf" : "-inf";
        if (number == 0) return double.IsNegative(number) ? "-0.0" : "0.0";
        var parts = number.ToString("E16", CultureInfo.InvariantCulture);
        var shortest = number.ToString("R", CultureInfo.InvariantCulture);
        var digits = new string([.. shortest.TakeWhile(c => c != 'E').Where(char.IsAsciiDigit)]).TrimStart('0').TrimEnd('0');
        var exponent = int.Parse(parts.AsSpan(parts.IndexOf('E') + 1), NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture);
        // E16 may round up to the next power of ten where the shortest form does not.
        if (shortest.Contains('E')) exponent = int.Parse(shortest.AsSpan(shortest.IndexOf('E') + 1), NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture);
        var sign = number < 0 ? "-" : "";
        if (exponent is < -4 or >= 16)
            return $"{sign}{digits[0]}{(digits.Length > 1 ? "." + digits[1..] : "")}e{(exponent < 0 ? '-' : '+')}{Math.Abs(exponent):00}";
        if (exponent < 0) return $"{sign}0.{new string('0', -exponent - 1)}{digits}";
        if (digits.Length <= exponent + 1) return $"{sign}{digits.PadRight(exponent + 1, '0')}.0";
        return $"{sign}{digits[..(exponent + 1)]}.{digits[(exponent + 1)..]}";
    }
}
