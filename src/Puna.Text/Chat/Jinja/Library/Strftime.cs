using System.Globalization;

namespace Puna.Text.Jinja;

/// <summary>A time by a strftime format, in English.</summary>
internal static class Strftime
{
    public static TextValue Format(Machine machine, TextValue format, DateTimeOffset time)
    {
        var (output, text) = (new TextBuilder(machine), format.Text);
        for (var i = 0; i < text.Length; i++)
        {
            if (text[i] != '%' || i + 1 == text.Length)
            {
                output.Append(format, i, 1);
                continue;
            }
            // %-d is %d without its zero.
            var isBare = text[i + 1] == '-' && i + 2 < text.Length;
            i += isBare ? 2 : 1;
            var part = Part(time, text[i]) ?? throw machine.Error($"strftime_now does not know %{text[i]}");
            output.Append(isBare ? part.TrimStart('0') is { Length: > 0 } bare ? bare : "0" : part);
        }
        return output.ToValue();
    }

    private static string? Part(DateTimeOffset time, char directive) => directive switch
    {
        'Y' => With(time, "yyyy"),
        'y' => With(time, "yy"),
        'm' => With(time, "MM"),
        'd' => With(time, "dd"),
        'e' => time.Day.ToString().PadLeft(2),
        'B' => With(time, "MMMM"),
        'b' or 'h' => With(time, "MMM"),
        'A' => With(time, "dddd"),
        'a' => With(time, "ddd"),
        'H' => With(time, "HH"),
        'I' => With(time, "hh"),
        'M' => With(time, "mm"),
        'S' => With(time, "ss"),
        'f' => With(time, "ffffff"),
        'p' => With(time, "tt"),
        'j' => time.DayOfYear.ToString("000"),
        'w' => ((int)time.DayOfWeek).ToString(),
        'u' => (time.DayOfWeek == DayOfWeek.Sunday ? 7 : (int)time.DayOfWeek).ToString(),
        'U' => ((time.DayOfYear + 6 - (int)time.DayOfWeek) / 7).ToString("00"),
        'W' => ((time.DayOfYear + 6 - ((int)time.DayOfWeek + 6) % 7) / 7).ToString("00"),
        'V' => ISOWeek.GetWeekOfYear(time.DateTime).ToString("00"),
        'G' => ISOWeek.GetYear(time.DateTime).ToString("0000"),
        's' => time.ToUnixTimeSeconds().ToString(),
        'D' or 'x' => With(time, "MM/dd/yy"),
        'F' => With(time, "yyyy-MM-dd"),
        'T' or 'X' => With(time, "HH:mm:ss"),
        'R' => With(time, "HH:mm"),
        'c' => With(time, "ddd MMM ") + time.Day.ToString().PadLeft(2) + With(time, " HH:mm:ss yyyy"),
        'z' or 'Z' => "", // Python's datetime.now() has no zone
        'n' => "\n",
        't' => "\t",
        '%' => "%",
        _ => null,
    };

    private static string With(DateTimeOffset time, string format) => time.ToString(format, CultureInfo.InvariantCulture);
}
