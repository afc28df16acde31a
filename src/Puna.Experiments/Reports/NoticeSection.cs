using System.Text;
using static Puna.Experiments.Reports.HtmlText;

namespace Puna.Experiments.Reports;

/// <summary>Something the reader must not miss.</summary>
/// <param name="Title">What it is about, in a few words.</param>
/// <param name="Text">What it means.</param>
/// <param name="Tone">How bad it is.</param>
public sealed record NoticeSection(string Title, string Text, ReportTone Tone = ReportTone.Warning) : ReportSection
{
    private protected override void WriteBody(StringBuilder html) =>
        html.Append($"<div class=\"notice {ToneClass(Tone)}\" role=\"note\"><strong>{Escape(Title)}</strong><p>{Escape(Text)}</p></div>\n");
}
