using System.Text;
using static Puna.Experiments.Reports.HtmlText;

namespace Puna.Experiments.Reports;

/// <summary>Text that a model wrote.</summary>
/// <param name="Prompt">What it was given; empty for nothing.</param>
/// <param name="Text">What it wrote.</param>
/// <param name="Note">How it came about or how it was judged; null for nothing.</param>
/// <param name="Tone">How it was judged.</param>
public sealed record ReportSample(string Prompt, string Text, string? Note = null, ReportTone Tone = ReportTone.Neutral);

/// <summary>Samples, one under the other; the prompt stands out from what the model added.</summary>
/// <param name="Samples">The samples.</param>
public sealed record SamplesSection(IReadOnlyList<ReportSample> Samples) : ReportSection
{
    private protected override void WriteBody(StringBuilder html)
    {
        foreach (var sample in Samples)
        {
            html.Append($"<blockquote class=\"{ToneClass(sample.Tone)}\"><div class=\"sample\">");
            if (sample.Prompt.Length > 0) html.Append($"<span class=\"prompt\">{Escape(sample.Prompt)}</span>");
            html.Append($"{Escape(sample.Text)}</div>");
            if (sample.Note is not null) html.Append($"<div class=\"note\">{Escape(sample.Note)}</div>");
            html.Append("</blockquote>\n");
        }
    }
}
