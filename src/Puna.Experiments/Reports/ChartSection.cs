using System.Text;
using static Puna.Experiments.Reports.HtmlText;

namespace Puna.Experiments.Reports;

/// <summary>A chart with a caption.</summary>
/// <param name="Chart">The chart.</param>
/// <param name="Caption">What to see in it; null for nothing.</param>
public sealed record ChartSection(SvgChart Chart, string? Caption = null) : ReportSection
{
    private protected override void WriteBody(StringBuilder html)
    {
        html.Append("<figure>").Append(Chart.Render());
        if (Caption is not null) html.Append($"<figcaption>{Escape(Caption)}</figcaption>");
        html.Append("</figure>\n");
    }
}
