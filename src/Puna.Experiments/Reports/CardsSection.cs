using System.Text;
using static Puna.Experiments.Reports.HtmlText;

namespace Puna.Experiments.Reports;

/// <summary>One figure to be seen at a glance.</summary>
/// <param name="Label">What it is.</param>
/// <param name="Value">The figure.</param>
/// <param name="Note">What to compare it with; null for nothing.</param>
/// <param name="Tone">How it is meant.</param>
public sealed record ReportCard(string Label, string Value, string? Note = null, ReportTone Tone = ReportTone.Neutral);

/// <summary>A row of cards.</summary>
/// <param name="Cards">The cards.</param>
public sealed record CardsSection(IReadOnlyList<ReportCard> Cards) : ReportSection
{
    private protected override void WriteBody(StringBuilder html)
    {
        html.Append("<div class=\"cards\">\n");
        foreach (var card in Cards)
        {
            html.Append($"<div class=\"card {ToneClass(card.Tone)}\"><div class=\"name\">{Escape(card.Label)}</div><div class=\"value\">{Escape(card.Value)}</div>");
            if (card.Note is not null) html.Append($"<div class=\"note\">{Escape(card.Note)}</div>");
            html.Append("</div>\n");
        }
        html.Append("</div>\n");
    }
}
