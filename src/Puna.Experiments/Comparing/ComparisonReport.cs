using Puna.Experiments.Reports;
using Puna.Experiments.Runs;

namespace Puna.Experiments.Comparing;

/// <summary>A comparison as a page: curves of all recipes in one chart, tables, and what differs.</summary>
internal static class ComparisonReport
{
    private const int Colors = 6;

    public static HtmlReport Build(Comparison comparison)
    {
        var sections = new List<ReportSection>();
        if (comparison.Caveat is { } caveat) sections.Add(new NoticeSection("The recipes differ in more than the model.", caveat));
        sections.Add(Curves(comparison));
        sections.Add(Table(comparison, "Validation", [.. ComparedFigure.Validation, ComparedFigure.Speed]));
        if (ComparedFigure.HasTest(comparison)) sections.Add(Table(comparison, "Test", ComparedFigure.Test));
        sections.Add(Settings(comparison));
        return new HtmlReport(string.Join(" and ", comparison.Entrants.Select(entrant => entrant.Name)), sections)
        {
            Subtitle = $"{comparison.Entrants.Count} recipes trained in turn, {comparison.Seeds.Count} {(comparison.Seeds.Count == 1 ? "seed" : "seeds")} each",
        };
    }

    private static ChartSection Curves(Comparison comparison)
    {
        var series = new List<ChartSeries>();
        for (var i = 0; i < comparison.Entrants.Count; i++)
        {
            var (entrant, color) = (comparison.Entrants[i], 1 + (i % Colors));
            series.Add(new ChartSeries($"{entrant.Name}, training", ChartData.Smooth(Mean(entrant, MetricsSplit.Train), entrant.Runs[0].Metrics.Count / 60), ChartStyle.Faint, color));
            series.Add(new ChartSeries($"{entrant.Name}, validation", Mean(entrant, MetricsSplit.Validation), ChartStyle.Dots, color));
        }
        var first = comparison.Entrants[0].Runs[0];
        var chart = new SvgChart
        {
            Title = "Loss over the steps of training",
            XLabel = "step",
            YLabel = "loss, nats a token",
            Series = [.. series.Where(one => one.Points.Count > 0)],
            References = [.. new ChartReference[] { new("unigram", first.UnigramLoss), new("bigram", first.BigramLoss) }.Where(level => double.IsFinite(level.Value))],
        };
        return new ChartSection(chart, "Means over the seeds; training loss smoothed. Dashed: what counting gets on the same validation tokens.") { Heading = "Loss" };
    }

    /// <summary>The mean over the seeds at each step that all of them have.</summary>
    private static ChartPoint[] Mean(Entrant entrant, MetricsSplit split) =>
    [
        .. entrant.Runs.SelectMany(run => run.Metrics).Where(line => line.Split == split && line.Loss is not null).GroupBy(line => line.Step)
            .Where(group => group.Count() == entrant.Runs.Count).OrderBy(group => group.Key).Select(group => new ChartPoint(group.Key, group.Average(line => line.Loss!.Value))),
    ];

    private static TableSection Table(Comparison comparison, string heading, ComparedFigure[] figures) => new(
        [new TableColumn(""), new TableColumn("parameters", true), .. figures.Select(figure => new TableColumn(figure.Title, true))],
        [.. ComparedFigure.Rows(comparison, figures, differences: true).Select(row => new TableRow(row, IsStrong: row[1].Length > 0))],
        ComparisonTable.Explanation(comparison))
    { Heading = heading };

    private static TableSection Settings(Comparison comparison) => new(
        [new TableColumn("key"), .. comparison.Entrants.Select(entrant => new TableColumn(entrant.Name))],
        [.. comparison.Settings.Select(setting => new TableRow([setting.Key, .. setting.Values]))],
        comparison.Settings.Count == 0 ? "The recipes are alike." : "All other keys are alike.")
    { Heading = "What differs" };
}
