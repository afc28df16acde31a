namespace Puna.Experiments.Reports;

/// <summary>A point of a chart in the units of its axes.</summary>
/// <param name="X">Across.</param>
/// <param name="Y">Up. NaN and infinity leave a gap.</param>
public readonly record struct ChartPoint(double X, double Y);

/// <summary>How a series is drawn.</summary>
public enum ChartStyle
{
    /// <summary>A clear line.</summary>
    Line,

    /// <summary>A thin pale line, for what lies behind a smoothed one.</summary>
    Faint,

    /// <summary>Dots joined by a line, each with its figures as a tooltip.</summary>
    Dots,

    /// <summary>Dots without a line, for single events, each with its figures as a tooltip.</summary>
    Marks,
}

/// <summary>One series of a chart.</summary>
/// <param name="Name">What the legend calls it; empty to be left out of it.</param>
/// <param name="Points">Its points, by rising x.</param>
/// <param name="Style">How it is drawn.</param>
/// <param name="Color">Its colour, 1 to 6.</param>
public sealed record ChartSeries(string Name, IReadOnlyList<ChartPoint> Points, ChartStyle Style = ChartStyle.Line, int Color = 1);

/// <summary>A level drawn as a dashed line across the chart, with its name beside it.</summary>
/// <param name="Name">The label.</param>
/// <param name="Value">The level.</param>
public sealed record ChartReference(string Name, double Value);
