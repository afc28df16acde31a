using System.Text;
using static Puna.Experiments.Reports.HtmlText;

namespace Puna.Experiments.Reports;

/// <summary>How something in a report is meant.</summary>
public enum ReportTone
{
    /// <summary>As information.</summary>
    Neutral,

    /// <summary>As it should be.</summary>
    Good,

    /// <summary>To be looked at.</summary>
    Warning,

    /// <summary>Wrong.</summary>
    Bad,
}

/// <summary>A part of a report under one heading. Texts are plain: markup in them is shown, not obeyed.</summary>
public abstract record ReportSection
{
    /// <summary>The heading; null for none.</summary>
    public string? Heading { get; init; }

    /// <summary>A sentence or two under the heading; null for none.</summary>
    public string? Lead { get; init; }

    /// <summary>Writes the section as HTML that is also well-formed XML.</summary>
    internal void Write(StringBuilder html)
    {
        html.Append("<section>\n");
        if (Heading is not null) html.Append($"<h2>{Escape(Heading)}</h2>\n");
        if (Lead is not null) html.Append($"<p class=\"lead\">{Escape(Lead)}</p>\n");
        WriteBody(html);
        html.Append("</section>\n");
    }

    private protected abstract void WriteBody(StringBuilder html);

    private protected static string ToneClass(ReportTone tone) => tone switch { ReportTone.Good => "good", ReportTone.Warning => "warning", ReportTone.Bad => "bad", _ => "neutral" };
}
