using System.Globalization;

namespace Puna.Experiments.Reports;

/// <summary>Numbers as a reader likes them: invariant, with as many digits as carry meaning.</summary>
public static class Figures
{
    /// <summary>A count with thousands separated: <c>1,234,567</c>.</summary>
    /// <param name="value">The count.</param>
    public static string Count(long value) => value.ToString("#,0", CultureInfo.InvariantCulture);

    /// <summary>A count in three digits: <c>853 k</c>, <c>1.24 M</c>.</summary>
    /// <param name="value">The count.</param>
    public static string Short(double value) => Math.Abs(value) switch
    {
        >= 1e9 => Significant(value / 1e9, 3) + " B",
        >= 1e6 => Significant(value / 1e6, 3) + " M",
        >= 1e4 => Significant(value / 1e3, 3) + " k",
        _ => double.IsFinite(value) ? value.ToString("#,0", CultureInfo.InvariantCulture) : "–",
    };

    /// <summary>Bytes in binary units: <c>512 MiB</c>, <c>1.5 GiB</c>, <c>5.9 TiB</c>.</summary>
    /// <param name="value">Bytes.</param>
    public static string Bytes(double value) => value switch
    {
        >= 1L << 40 => (value / (1L << 40)).ToString("#,0.0", CultureInfo.InvariantCulture) + " TiB",
        >= 1L << 30 => (value / (1L << 30)).ToString("0.0", CultureInfo.InvariantCulture) + " GiB",
        >= 10L << 20 => (value / (1L << 20)).ToString("0", CultureInfo.InvariantCulture) + " MiB",
        >= 1L << 20 => (value / (1L << 20)).ToString("0.0", CultureInfo.InvariantCulture) + " MiB",
        _ => double.IsFinite(value) ? Significant(value / (1L << 10), 3) + " KiB" : "–",
    };

    /// <summary>A loss in nats with three digits behind the point.</summary>
    /// <param name="value">The loss.</param>
    public static string Loss(double value) => double.IsFinite(value) ? value.ToString("0.000", CultureInfo.InvariantCulture) : "not a number";

    /// <summary>A perplexity, with fewer digits behind the point the larger it is.</summary>
    /// <param name="value">The perplexity.</param>
    public static string Perplexity(double value) => !double.IsFinite(value)
        ? "–"
        : value.ToString(value < 10 ? "0.00" : value < 1000 ? "0.0" : value < 1e9 ? "#,0" : "0.00e0", CultureInfo.InvariantCulture);

    /// <summary>A share from 0 to 1 as it is, with three digits.</summary>
    /// <param name="value">The share.</param>
    public static string Share(double value) => double.IsFinite(value) ? value.ToString("0.000", CultureInfo.InvariantCulture) : "–";

    /// <summary>A share from 0 to 1 in per cent: <c>23.4 %</c>.</summary>
    /// <param name="value">The share.</param>
    public static string Percent(double value) => double.IsFinite(value) ? (value * 100).ToString("0.0", CultureInfo.InvariantCulture) + " %" : "–";

    /// <summary>A number in some significant digits, without exponent where it reads well without.</summary>
    /// <param name="value">The number.</param>
    /// <param name="digits">Significant digits.</param>
    public static string Significant(double value, int digits = 3)
    {
        if (!double.IsFinite(value)) return "–";
        if (value == 0) return "0";
        var magnitude = (int)Math.Floor(Math.Log10(Math.Abs(value)));
        if (magnitude is < -4 or > 8) return value.ToString("0." + new string('#', digits - 1) + "e0", CultureInfo.InvariantCulture);
        var decimals = digits - 1 - magnitude;
        return decimals > 0
            ? value.ToString("#,0." + new string('#', decimals), CultureInfo.InvariantCulture)
            : value.ToString("#,0", CultureInfo.InvariantCulture);
    }

    /// <summary>A time: <c>4.2 s</c>, <c>1 min 05 s</c>, <c>2 h 03 min</c>.</summary>
    /// <param name="seconds">Seconds.</param>
    public static string Duration(double seconds)
    {
        if (!double.IsFinite(seconds) || seconds < 0) return "–";
        if (seconds < 59.95) return seconds.ToString("0.0", CultureInfo.InvariantCulture) + " s";
        var whole = (long)Math.Round(seconds);
        return whole < 3600
            ? string.Create(CultureInfo.InvariantCulture, $"{whole / 60} min {whole % 60:00} s")
            : string.Create(CultureInfo.InvariantCulture, $"{whole / 3600} h {whole % 3600 / 60:00} min");
    }
}
