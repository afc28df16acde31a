using System.Globalization;
using System.Text;

namespace Puna.Experiments.Comparing;

/// <summary>A comparison as text for a terminal.</summary>
public static class ComparisonTable
{
    /// <summary>Two tables, validation and test, with the differences to the first recipe; then what differs between the recipes.</summary>
    public static string Write(Comparison comparison)
    {
        var text = new StringBuilder();
        Table(text, comparison, [.. ComparedFigure.Validation, ComparedFigure.Speed]);
        if (ComparedFigure.HasTest(comparison))
        {
            text.Append('\n');
            Table(text, comparison, ComparedFigure.Test);
        }
        text.Append('\n').Append(Explanation(comparison)).Append('\n');
        foreach (var setting in comparison.Settings) text.Append(CultureInfo.InvariantCulture, $"{setting.Key}: {string.Join(" | ", setting.Values)}\n");
        if (comparison.Caveat is { } caveat) text.Append(CultureInfo.InvariantCulture, $"WARNING: {caveat}\n");
        return text.ToString();
    }

    /// <summary>What the signs in the table mean.</summary>
    internal static string Explanation(Comparison comparison)
    {
        var (unigram, bigram) = (comparison.Entrants[0].Runs[0].UnigramLoss, comparison.Entrants[0].Runs[0].BigramLoss);
        var baselines = string.Create(CultureInfo.InvariantCulture, $"On the same tokens a unigram has validation loss {unigram:0.0000} (perplexity {Math.Exp(unigram):0.00}), a bigram {bigram:0.0000} ({Math.Exp(bigram):0.00}).");
        return comparison.Seeds.Count < 2
            ? $"Seed {comparison.Seeds[0]} alone: nothing can be said about noise. {baselines}"
            : $"Mean ± sample standard deviation over the seeds {string.Join(", ", comparison.Seeds)}; differences are paired by seed, mean ± standard error, «noise» where the 95 % interval of Student's t holds zero. {baselines}";
    }

    private static void Table(StringBuilder text, Comparison comparison, ComparedFigure[] figures)
    {
        string[][] rows = [["", "parameters", .. figures.Select(figure => figure.Title)], .. ComparedFigure.Rows(comparison, figures, differences: true)];
        var widths = Enumerable.Range(0, rows[0].Length).Select(column => rows.Max(row => row[column].Length)).ToArray();
        foreach (var row in rows)
        {
            var cells = row.Select((cell, column) => column == 0 ? cell.PadRight(widths[0]) : cell.PadLeft(widths[column]));
            text.Append(string.Join("  ", cells).TrimEnd()).Append('\n');
        }
    }
}
