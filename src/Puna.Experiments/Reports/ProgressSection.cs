using System.Text;
using static Puna.Experiments.Reports.HtmlText;

namespace Puna.Experiments.Reports;

/// <summary>How far something is: a bar, and a line under it.</summary>
/// <param name="Share">0 to 1.</param>
/// <param name="Text">What is done of what; on the left.</param>
/// <param name="Note">What is to be said besides; on the right.</param>
/// <param name="Tone">How it is meant.</param>
public sealed record ProgressSection(double Share, string Text, string Note, ReportTone Tone = ReportTone.Neutral) : ReportSection
{
    private protected override void WriteBody(StringBuilder html) => html
        .Append($"<div class=\"progress {ToneClass(Tone)}\" role=\"progressbar\" aria-label=\"{Escape(Text)}\"><div style=\"width: {Coordinate(Math.Clamp(Share, 0, 1) * 100)}%\"></div></div>\n")
        .Append($"<p class=\"state\"><span>{Escape(Text)}</span><span>{Escape(Note)}</span></p>\n");
}
