using System.Text;
using static Puna.Experiments.Reports.HtmlText;

namespace Puna.Experiments.Reports;

/// <summary>Paragraphs of text.</summary>
/// <param name="Paragraphs">The paragraphs.</param>
public sealed record TextSection(IReadOnlyList<string> Paragraphs) : ReportSection
{
    private protected override void WriteBody(StringBuilder html)
    {
        foreach (var paragraph in Paragraphs) html.Append($"<p>{Escape(paragraph)}</p>\n");
    }
}

/// <summary>Text in which every space counts: a recipe, a command to type.</summary>
/// <param name="Text">The text.</param>
/// <param name="IsFolded">Whether the reader has to open it.</param>
public sealed record CodeSection(string Text, bool IsFolded = false) : ReportSection
{
    /// <summary>What stands on the closed fold.</summary>
    public string FoldLabel { get; init; } = "Show";

    private protected override void WriteBody(StringBuilder html)
    {
        if (IsFolded) html.Append($"<details><summary>{Escape(FoldLabel)}</summary>");
        html.Append($"<pre>{Escape(Text.TrimEnd())}</pre>");
        if (IsFolded) html.Append("</details>");
        html.Append('\n');
    }
}
