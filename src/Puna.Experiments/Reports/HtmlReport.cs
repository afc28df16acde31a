using System.Text;
using static Puna.Experiments.Reports.HtmlText;

namespace Puna.Experiments.Reports;

/// <summary>A report of one page that needs nothing but itself: no script, no address, light or dark as the reader's system is.</summary>
/// <param name="Title">What it reports on.</param>
/// <param name="Sections">Its parts, in order.</param>
public sealed record HtmlReport(string Title, IReadOnlyList<ReportSection> Sections)
{
    /// <summary>A sentence under the title; null for none.</summary>
    public string? Subtitle { get; init; }

    /// <summary>A line at the end; null for none.</summary>
    public string? Footer { get; init; }

    /// <summary>Seconds after which a reader's browser reads the page again, while it is still being written; null for a page that stays as it is.</summary>
    public int? RefreshSeconds { get; init; }

    /// <summary>The page.</summary>
    public string Render()
    {
        var html = new StringBuilder("<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\"/>\n");
        html.Append("<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\"/>\n");
        if (RefreshSeconds is { } seconds) html.Append($"<meta http-equiv=\"refresh\" content=\"{seconds}\"/>\n");
        // Samples are whatever a model writes; should an escape ever be forgotten, nothing may load or run.
        html.Append("<meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; style-src 'unsafe-inline'\"/>\n");
        html.Append($"<title>{Escape(Title)}</title>\n<style>\n{ReportStyle.Css}\n</style>\n</head>\n<body>\n<main>\n<header><h1>{Escape(Title)}</h1>");
        if (Subtitle is not null) html.Append($"<p>{Escape(Subtitle)}</p>");
        html.Append("</header>\n");
        foreach (var section in Sections) section.Write(html);
        if (Footer is not null) html.Append($"<footer>{Escape(Footer)}</footer>\n");
        return html.Append("</main>\n</body>\n</html>\n").ToString();
    }

    /// <summary>Writes the page to a file, whole or not at all.</summary>
    /// <param name="path">The file.</param>
    public void Save(string path) => Puna.Text.AtomicFile.WriteText(path, Render());
}
