using System.Globalization;

namespace Puna.Experiments.Reports;

/// <summary>Maps the values of one axis to pixels and chooses round ticks: 1, 2 or 5 times a power of ten.</summary>
internal sealed class ChartScale
{
    private readonly double _from;
    private readonly double _to;
    private readonly bool _isLog;

    private ChartScale(double minimum, double maximum, double from, double to, bool isLog, IReadOnlyList<double> ticks, double step)
    {
        (Minimum, Maximum, _from, _to, _isLog, Ticks) = (minimum, maximum, from, to, isLog, ticks);
        Step = step;
    }

    public double Minimum { get; }

    public double Maximum { get; }

    public IReadOnlyList<double> Ticks { get; }

    private double Step { get; }

    /// <summary>A linear axis. With <paramref name="widen"/> it ends on ticks, otherwise on the values themselves.</summary>
    public static ChartScale Linear(double minimum, double maximum, double from, double to, int tickCount, bool widen)
    {
        var size = Math.Max(Math.Abs(minimum), Math.Abs(maximum));
        if (!(maximum - minimum > Math.Max(size * 1e-9, 1e-100)))
        {
            var margin = size < 1e-90 ? 1 : size * 0.1;
            (minimum, maximum) = (minimum - margin, maximum + margin);
        }
        var step = RoundStep((maximum - minimum) / tickCount);
        // The small slack keeps a value that is a tick but for rounding from adding another one.
        var (first, last) = widen
            ? (Math.Floor(minimum / step + 1e-6), Math.Ceiling(maximum / step - 1e-6))
            : (Math.Ceiling(minimum / step - 1e-6), Math.Floor(maximum / step + 1e-6));
        var ticks = new List<double>();
        for (var i = first; i <= last && ticks.Count < 100; i++) ticks.Add(i * step + 0.0);
        return new ChartScale(widen ? first * step : minimum, widen ? last * step : maximum, from, to, false, ticks, step);
    }

    /// <summary>A logarithmic axis for values above 0.</summary>
    public static ChartScale Log(double minimum, double maximum, double from, double to)
    {
        if (maximum < minimum * 1.001) maximum = minimum * 10;
        var decades = Math.Log10(maximum / minimum);
        double[] mantissas = decades > 4 ? [1] : decades > 0.8 ? [1, 2, 5] : [1, 2, 3, 4, 5, 6, 7, 8, 9];
        var ticks = new List<double>();
        for (var power = (int)Math.Floor(Math.Log10(minimum)); power <= Math.Ceiling(Math.Log10(maximum)); power++)
            foreach (var mantissa in mantissas)
                if (mantissa * Math.Pow(10, power) is var tick && tick >= minimum * 0.999 && tick <= maximum * 1.001) ticks.Add(tick);
        return new ChartScale(minimum, maximum, from, to, true, ticks, 0);
    }

    public double Map(double value) => _isLog
        ? _from + (Math.Log(value) - Math.Log(Minimum)) / (Math.Log(Maximum) - Math.Log(Minimum)) * (_to - _from)
        : _from + (value - Minimum) / (Maximum - Minimum) * (_to - _from);

    public string Label(double tick)
    {
        if (tick == 0) return "0";
        var size = Math.Abs(tick);
        if (size is >= 1e7 or < 1e-4) return tick.ToString("0.##e0", CultureInfo.InvariantCulture);
        var decimals = _isLog ? (size >= 1 ? 0 : 4) : Math.Max(0, (int)-Math.Floor(Math.Log10(Step) + 1e-9));
        return tick.ToString(_isLog ? "#,0.####" : "#,0." + new string('0', Math.Min(decimals, 9)), CultureInfo.InvariantCulture);
    }

    /// <summary>A value between the ticks, with one digit more than they have.</summary>
    public string FineLabel(double value)
    {
        if (_isLog) return Figures.Significant(value, 4);
        var decimals = Math.Clamp((int)-Math.Floor(Math.Log10(Step) + 1e-9) + 1, 0, 9);
        return value.ToString("#,0." + new string('0', decimals), CultureInfo.InvariantCulture);
    }

    /// <summary>The smallest of 1, 2, 5, 10 × a power of ten that is not below the raw step.</summary>
    private static double RoundStep(double raw)
    {
        var power = Math.Pow(10, Math.Floor(Math.Log10(raw)));
        foreach (var mantissa in (ReadOnlySpan<double>)[1, 2, 5])
            if (raw <= mantissa * power * (1 + 1e-9)) return mantissa * power;
        return 10 * power;
    }
}
