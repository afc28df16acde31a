using System.Globalization;
using System.Text;
using static Puna.Experiments.Reports.HtmlText;

namespace Puna.Experiments.Reports;

/// <summary>
/// A line chart as one <c>svg</c> element to be put into a page: series, a legend, labelled axes with round ticks, dashed reference levels, tooltips, no script.
/// Colours are a light page's; the classes let a style sheet change them.
/// </summary>
public sealed record SvgChart
{
    private const double Top = 40;
    private const double Bottom = 46;
    private const double Left = 78;
    private const double Least = 1e-100, LogMargin = 1.15;
    private static readonly string[] Palette = ["#2f64d6", "#d9660f", "#12857a", "#8446cf", "#c03a68", "#6b7a16"];

    /// <summary>What the chart shows, for those who cannot see it.</summary>
    public required string Title { get; init; }

    /// <summary>Label of the axis across.</summary>
    public string XLabel { get; init; } = "";

    /// <summary>Label of the axis up.</summary>
    public string YLabel { get; init; } = "";

    /// <summary>Whether the axis across is logarithmic; points at or below 0 are left out then.</summary>
    public bool LogX { get; init; }

    /// <summary>Whether the axis up is logarithmic; points and levels at or below 0 are left out then.</summary>
    public bool LogY { get; init; }

    /// <summary>Whether a linear axis up begins at 0, so that heights can be compared.</summary>
    public bool FromZero { get; init; }

    /// <summary>The series, drawn one over the other in this order.</summary>
    public IReadOnlyList<ChartSeries> Series { get; init; } = [];

    /// <summary>Dashed levels.</summary>
    public IReadOnlyList<ChartReference> References { get; init; } = [];

    /// <summary>Width in pixels; the page may scale it.</summary>
    public int Width { get; init; } = 960;

    /// <summary>Height in pixels.</summary>
    public int Height { get; init; } = 380;

    private IEnumerable<ChartReference> FiniteReferences => References.Where(reference => IsNumber(reference.Value) && (!LogY || reference.Value > Least));

    /// <summary>The <c>svg</c> element.</summary>
    public string Render()
    {
        var points = Series.SelectMany(series => series.Points).Where(IsDrawn).ToArray();
        var levels = points.Select(point => point.Y).Concat(FiniteReferences.Select(reference => reference.Value)).DefaultIfEmpty(0).ToArray();
        var right = Width - (FiniteReferences.Any() ? 118.0 : 22.0);
        var x = XScale(points, right);
        var y = LogY && points.Length > 0
            ? ChartScale.Log(levels.Min() / LogMargin, levels.Max() * LogMargin, Height - Bottom, Top)
            : ChartScale.Linear(FromZero ? Math.Min(0, levels.Min()) : levels.Min(), levels.Max(), Height - Bottom, Top, Math.Clamp((int)Math.Round((Height - Top - Bottom) / 40), 3, 6), widen: true);

        var svg = new StringBuilder();
        svg.Append(CultureInfo.InvariantCulture, $"<svg class=\"chart\" viewBox=\"0 0 {Width} {Height}\" role=\"img\" aria-label=\"{Escape(Title)}\" font-family=\"system-ui, sans-serif\" font-size=\"12\">");
        DrawAxes(svg, x, y, right);
        DrawReferences(svg, y, right);
        foreach (var series in Series) DrawSeries(svg, series, x, y);
        DrawLegend(svg);
        if (points.Length == 0) Text(svg, "label", (Left + right) / 2, Height / 2.0, "middle", "nothing to show yet");
        return svg.Append("</svg>").ToString();
    }

    private bool IsDrawn(ChartPoint point) => IsNumber(point.X) && IsNumber(point.Y) && (!LogX || point.X > Least) && (!LogY || point.Y > Least);

    // Beyond this a difference of two values may overflow; nothing that is measured gets there.
    private static bool IsNumber(double value) => Math.Abs(value) < 1e100;

    private ChartScale XScale(ChartPoint[] points, double right)
    {
        if (points.Length == 0) return ChartScale.Linear(0, 1, Left, right, 5, widen: false);
        var (minimum, maximum) = (points.Min(point => point.X), points.Max(point => point.X));
        if (LogX) return ChartScale.Log(minimum, maximum, Left, right);
        // A series that begins near zero (step 1, step 10) has its axis begin at zero.
        if (minimum > 0 && minimum <= maximum * 0.1) minimum = 0;
        return ChartScale.Linear(minimum, maximum, Left, right, Math.Max(3, Width / 96), widen: false);
    }

    private void DrawAxes(StringBuilder svg, ChartScale x, ChartScale y, double right)
    {
        foreach (var tick in y.Ticks)
        {
            Line(svg, "grid", Left, y.Map(tick), right, y.Map(tick), "stroke=\"#e4e7ec\"");
            Text(svg, "tick", Left - 10, y.Map(tick) + 4, "end", y.Label(tick));
        }
        foreach (var tick in x.Ticks)
        {
            Line(svg, "axis", x.Map(tick), Height - Bottom, x.Map(tick), Height - Bottom + 5, "stroke=\"#98a2b3\"");
            Text(svg, "tick", x.Map(tick), Height - Bottom + 19, "middle", x.Label(tick));
        }
        Line(svg, "axis", Left, Height - Bottom, right, Height - Bottom, "stroke=\"#98a2b3\"");
        Text(svg, "label", (Left + right) / 2, Height - 6, "middle", XLabel);
        var middle = Coordinate((Top + Height - Bottom) / 2);
        svg.Append($"<text class=\"label\" x=\"16\" y=\"{middle}\" text-anchor=\"middle\" fill=\"#475467\" transform=\"rotate(-90 16 {middle})\">{Escape(YLabel)}</text>");
    }

    private void DrawReferences(StringBuilder svg, ChartScale y, double right)
    {
        // From the top down, each label at least a line below the one before.
        var lowest = double.NegativeInfinity;
        foreach (var reference in FiniteReferences.OrderByDescending(reference => reference.Value))
        {
            var level = y.Map(reference.Value);
            var label = Math.Max(level + 4, lowest + 15);
            lowest = label;
            Line(svg, "reference", Left, level, right, level, "stroke=\"#667085\" stroke-width=\"1.25\" stroke-dasharray=\"5 4\"");
            Text(svg, "reference-label", right + 8, label, "start", $"{reference.Name} {y.FineLabel(reference.Value)}");
        }
    }

    private void DrawSeries(StringBuilder svg, ChartSeries series, ChartScale x, ChartScale y)
    {
        if (series.Style == ChartStyle.Marks)
        {
            DrawDots(svg, series, series.Points, x, y, "4.5", "1");
            return;
        }
        var points = ChartData.Thin(series.Points, Width);
        var path = new StringBuilder();
        var isDown = false;
        var isAlone = true;
        foreach (var point in points)
        {
            if (!IsDrawn(point))
            {
                isDown = false;
                continue;
            }
            path.Append(isDown ? 'L' : 'M').Append(Coordinate(x.Map(point.X))).Append(' ').Append(Coordinate(y.Map(point.Y)));
            isAlone &= !isDown;
            isDown = true;
        }
        var (color, pen) = (Color(series), series.Style switch { ChartStyle.Faint => "stroke-width=\"1\" stroke-opacity=\"0.35\"", _ => "stroke-width=\"2\"" });
        if (path.Length > 0) svg.Append($"<path class=\"c{Number(series)}\" d=\"{path}\" fill=\"none\" stroke=\"{color}\" {pen} stroke-linejoin=\"round\" stroke-linecap=\"round\"/>");
        // A series of lone points would leave no trace as a line.
        if (series.Style == ChartStyle.Dots || (isAlone && series.Style == ChartStyle.Line)) DrawDots(svg, series, series.Points, x, y, "3.5", "1");
        else if (series.Style == ChartStyle.Line) DrawDots(svg, series, Hovers(points), x, y, "7", "0");
    }

    private void DrawDots(StringBuilder svg, ChartSeries series, IEnumerable<ChartPoint> points, ChartScale x, ChartScale y, string radius, string opacity)
    {
        foreach (var point in points.Where(IsDrawn))
            svg.Append($"<circle class=\"c{Number(series)} dot\" cx=\"{Coordinate(x.Map(point.X))}\" cy=\"{Coordinate(y.Map(point.Y))}\" r=\"{radius}\" fill=\"{Color(series)}\" opacity=\"{opacity}\">")
                .Append($"<title>{Escape($"{series.Name}: {Figures.Significant(point.Y, 4)} at {XLabel} {Figures.Significant(point.X, 7)}")}</title></circle>");
    }

    /// <summary>Up to about eighty unseen points of a line, to carry tooltips.</summary>
    private static IEnumerable<ChartPoint> Hovers(IReadOnlyList<ChartPoint> points)
    {
        for (var i = 0; i < points.Count; i += Math.Max(1, points.Count / 80)) yield return points[i];
    }

    private void DrawLegend(StringBuilder svg)
    {
        var at = Left;
        foreach (var series in Series.Where(series => series.Name.Length > 0))
        {
            var pen = series.Style == ChartStyle.Faint ? "stroke-width=\"3\" stroke-opacity=\"0.35\"" : "stroke-width=\"3\"";
            if (series.Style != ChartStyle.Marks)
                svg.Append($"<line class=\"c{Number(series)}\" x1=\"{Coordinate(at)}\" y1=\"16\" x2=\"{Coordinate(at + 18)}\" y2=\"16\" stroke=\"{Color(series)}\" {pen} stroke-linecap=\"round\"/>");
            if (series.Style is ChartStyle.Dots or ChartStyle.Marks) svg.Append($"<circle class=\"c{Number(series)} dot\" cx=\"{Coordinate(at + 9)}\" cy=\"16\" r=\"4\" fill=\"{Color(series)}\"/>");
            Text(svg, "label", at + 26, 20, "start", series.Name);
            at += 26 + 6.5 * series.Name.Length + 22;
        }
    }

    private static int Number(ChartSeries series) => Math.Clamp(series.Color, 1, Palette.Length);

    private static string Color(ChartSeries series) => Palette[Number(series) - 1];

    private static void Line(StringBuilder svg, string name, double x1, double y1, double x2, double y2, string pen) =>
        svg.Append($"<line class=\"{name}\" x1=\"{Coordinate(x1)}\" y1=\"{Coordinate(y1)}\" x2=\"{Coordinate(x2)}\" y2=\"{Coordinate(y2)}\" {pen}/>");

    private static void Text(StringBuilder svg, string name, double x, double y, string anchor, string text) =>
        svg.Append($"<text class=\"{name}\" x=\"{Coordinate(x)}\" y=\"{Coordinate(y)}\" text-anchor=\"{anchor}\" fill=\"#475467\">{Escape(text)}</text>");
}
