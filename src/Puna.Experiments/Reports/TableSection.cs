using System.Text;
using static Puna.Experiments.Reports.HtmlText;

namespace Puna.Experiments.Reports;

/// <summary>A column of a table.</summary>
/// <param name="Title">Its head.</param>
/// <param name="IsNumber">Whether it holds numbers, which stand to the right.</param>
public sealed record TableColumn(string Title, bool IsNumber = false);

/// <summary>A row of a table.</summary>
/// <param name="Cells">One text a column.</param>
/// <param name="Tone">How the row is meant.</param>
/// <param name="IsStrong">Whether the row is the one to look at.</param>
public sealed record TableRow(IReadOnlyList<string> Cells, ReportTone Tone = ReportTone.Neutral, bool IsStrong = false);

/// <summary>A table.</summary>
/// <param name="Columns">Its columns; without any title the table has no head.</param>
/// <param name="Rows">Its rows.</param>
/// <param name="Caption">What to see in it; null for nothing.</param>
public sealed record TableSection(IReadOnlyList<TableColumn> Columns, IReadOnlyList<TableRow> Rows, string? Caption = null) : ReportSection
{
    private protected override void WriteBody(StringBuilder html)
    {
        html.Append("<div class=\"scroll\"><table>\n");
        if (Columns.Any(column => column.Title.Length > 0))
        {
            html.Append("<thead><tr>");
            foreach (var column in Columns) html.Append($"<th{(column.IsNumber ? " class=\"number\"" : "")}>{Escape(column.Title)}</th>");
            html.Append("</tr></thead>\n");
        }
        html.Append("<tbody>\n");
        foreach (var row in Rows)
        {
            html.Append($"<tr class=\"{ToneClass(row.Tone)}{(row.IsStrong ? " strong" : "")}\">");
            for (var i = 0; i < Columns.Count; i++)
                html.Append($"<td{(Columns[i].IsNumber ? " class=\"number\"" : i == 0 ? " class=\"name\"" : "")}>{Escape(i < row.Cells.Count ? row.Cells[i] : "")}</td>");
            html.Append("</tr>\n");
        }
        html.Append("</tbody></table></div>\n");
        if (Caption is not null) html.Append($"<p class=\"caption\">{Escape(Caption)}</p>\n");
    }
}
