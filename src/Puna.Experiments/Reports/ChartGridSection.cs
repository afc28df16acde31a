using System.Text;

namespace Puna.Experiments.Reports;

/// <summary>Small charts side by side, two in a row where there is room.</summary>
/// <param name="Charts">The charts.</param>
public sealed record ChartGridSection(IReadOnlyList<SvgChart> Charts) : ReportSection
{
    private protected override void WriteBody(StringBuilder html)
    {
        html.Append("<div class=\"charts\">\n");
        foreach (var chart in Charts) html.Append("<figure>").Append(chart.Render()).Append("</figure>\n");
        html.Append("</div>\n");
    }
}
