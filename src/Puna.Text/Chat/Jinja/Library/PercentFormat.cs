using System.Globalization;

namespace Puna.Text.Jinja;

/// <summary><c>'%s of %d' % (a, b)</c>: the conversions s, r, d, i, u, f, e, g, x, X, o, c and %, with flags, width and precision.</summary>
internal static class PercentFormat
{
    private const int WidestField = 10_000;

    public static TextValue Apply(Machine machine, TextValue format, Value arguments)
    {
        var values = arguments is SequenceValue { IsTuple: true } tuple ? tuple.Items : [arguments];
        var (output, next, text) = (new TextBuilder(machine), 0, format.Text);
        machine.Charge(text.Length / 8);
        for (var i = 0; i < text.Length;)
        {
            var percent = text.IndexOf('%', i);
            if (percent < 0) percent = text.Length;
            output.Append(format, i, percent - i);
            if ((i = percent) == text.Length) break;
            var spec = Spec.Read(machine, text, ref i);
            if (spec.Conversion == '%') output.Append("%", format.MarkAt(percent));
            else Pad(output, spec, Converted(machine, spec, spec.Key is { } key ? Named(machine, arguments, key) : next < values.Count ? values[next++] : throw machine.Error("not enough arguments for the format")));
        }
        if (next < values.Count && arguments is not DictValue) throw machine.Error("not all arguments were used by the format");
        return output.ToValue(format.IsSafe);
    }

    private static Value Named(Machine machine, Value arguments, string key) => arguments is DictValue dict && dict.Entries.TryGetValue(new TextValue(key), out var value)
        ? value : throw machine.Error($"the format asks for '{Machine.Shown(key)}', which was not given");

    private static void Pad(TextBuilder output, Spec spec, TextValue value)
    {
        var missing = spec.Width - value.Length;
        if (missing <= 0) output.Append(value);
        else if (spec.IsLeft) output.Append(value).Append(new string(' ', missing));
        else if (spec.IsZero && spec.Conversion is not ('s' or 'r' or 'c'))
        {
            var sign = value.Text.StartsWith('-') || value.Text.StartsWith('+') ? 1 : 0;
            output.Append(value, 0, sign).Append(new string('0', missing)).Append(value, sign, value.Text.Length - sign);
        }
        else output.Append(new string(' ', missing)).Append(value);
    }

    private static TextValue Converted(Machine machine, Spec spec, Value value)
    {
        if (spec.Conversion is 's' or 'r')
        {
            var text = spec.Conversion == 's' ? machine.Text(value) : Printing.Repr(machine, value);
            return spec.Precision >= 0 && spec.Precision < text.Length ? Slicing.Between(machine, text, 0, spec.Precision) : text;
        }
        if (spec.Conversion == 'c') return machine.Text(value);
        if (!Numbers.TryDouble(value, out var number)) throw machine.Error(value is UndefinedValue u ? u.Problem : $"the format %{spec.Conversion} needs a number, and a {value.TypeName} was given");
        var whole = Numbers.TryLong(value, out var exact) ? exact : double.IsFinite(number) && Math.Abs(number) < long.MaxValue ? (long)number : throw machine.Error("this number is too large for the format");
        var digits = spec.Precision < 0 ? 6 : spec.Precision;
        var sign = spec.IsSigned && number >= 0 ? "+" : "";
        return new TextValue(sign + spec.Conversion switch
        {
            'd' or 'i' or 'u' => whole.ToString(CultureInfo.InvariantCulture),
            'x' => Hex(whole, 16),
            'X' => Hex(whole, 16).ToUpperInvariant(),
            'o' => Hex(whole, 8),
            'f' or 'F' => number.ToString("F" + digits, CultureInfo.InvariantCulture),
            'e' => number.ToString("0." + new string('0', digits) + "e+00", CultureInfo.InvariantCulture),
            'g' => number.ToString("G" + Math.Max(1, digits), CultureInfo.InvariantCulture),
            _ => throw machine.Error($"the format %{spec.Conversion} is not known"),
        });
    }

    private static string Hex(long number, int radix) => number < 0 && number != long.MinValue ? "-" + Convert.ToString(-number, radix) : Convert.ToString(number, radix);

    private readonly record struct Spec(char Conversion, string? Key, bool IsLeft, bool IsZero, bool IsSigned, int Width, int Precision)
    {
        public static Spec Read(Machine machine, string text, ref int i)
        {
            string? key = null;
            i++;
            if (i < text.Length && text[i] == '(')
            {
                var end = text.IndexOf(')', i);
                if (end < 0) throw machine.Error("a name in the format has no ')'");
                key = text[(i + 1)..end];
                i = end + 1;
            }
            var flags = i;
            while (i < text.Length && "-0+ #".Contains(text[i])) i++;
            var given = text[flags..i];
            var width = Number(text, ref i) ?? 0;
            var precision = -1;
            if (i < text.Length && text[i] == '.')
            {
                i++;
                precision = Math.Min(Number(text, ref i) ?? 0, 100);
            }
            if (i == text.Length) throw machine.Error("the format ends in the middle of a conversion");
            return new Spec(text[i++], key, given.Contains('-'), given.Contains('0'), given.Contains('+'), width, precision);
        }

        private static int? Number(string text, ref int i)
        {
            var start = i;
            while (i < text.Length && char.IsAsciiDigit(text[i])) i++;
            return i == start ? null : int.TryParse(text.AsSpan(start, i - start), out var number) ? Math.Min(number, WidestField) : WidestField;
        }
    }
}
