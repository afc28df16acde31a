using System.Globalization;
using Puna.Experiments.Reports;

namespace Puna.Experiments.Comparing;

/// <summary>A figure that a comparison shows: its name in JSON, its head in tables, where it comes from and how it is written.</summary>
/// <param name="Key">As in result.json of a run.</param>
/// <param name="Title">Head of the column.</param>
/// <param name="Value">From a run; NaN where it has none.</param>
/// <param name="Format">.NET format of mean and spread.</param>
internal sealed record ComparedFigure(string Key, string Title, Func<ComparedRun, double> Value, string Format)
{
    public static ComparedFigure[] Validation { get; } = Part("val_", "validation ", run => run.Validation);

    public static ComparedFigure[] Test { get; } = Part("test_", "test ", run => run.Test);

    public static ComparedFigure Speed { get; } = new("tokens_per_second", "tokens/s", run => run.TokensPerSecond, "#,0");

    /// <summary>All figures that a comparison has.</summary>
    public static ComparedFigure[] Of(Comparison comparison) => [.. Validation, .. HasTest(comparison) ? Test : [], Speed];

    public static bool HasTest(Comparison comparison) => comparison.Entrants.All(entrant => entrant.Runs.All(run => run.Test is not null));

    /// <summary>Mean ± sample standard deviation; the mean alone of a single run.</summary>
    public string Show(SampleStatistics statistics) => Number(statistics.Mean) + (statistics.Count < 2 ? "" : $" ± {Number(statistics.Deviation)}");

    /// <summary>A difference with its sign ± standard error, and whether it is more than noise.</summary>
    public string ShowDifference(SampleStatistics difference)
    {
        var sign = difference.Mean >= 0 ? "+" : "−";
        if (difference.Count < 2) return $"{sign}{Number(Math.Abs(difference.Mean))}";
        return $"{sign}{Number(Math.Abs(difference.Mean))} ± {Number(difference.StandardError)}{(difference.IsNotZero ? "" : " (noise)")}";
    }

    private string Number(double value) => double.IsFinite(value) ? value.ToString(Format, CultureInfo.InvariantCulture) : "–";

    private static ComparedFigure[] Part(string key, string title, Func<ComparedRun, Pretraining.PartScore?> part) =>
    [
        new(key + "loss", title + "loss", run => part(run)?.Loss ?? double.NaN, "0.0000"),
        new(key + "perplexity", "perplexity", run => part(run)?.Perplexity ?? double.NaN, "0.00"),
        new(key + "bits_per_byte", "bits/byte", run => part(run)?.BitsPerByte ?? double.NaN, "0.0000"),
        new(key + "accuracy", "accuracy", run => part(run)?.Accuracy ?? double.NaN, "0.0000"),
    ];

    /// <summary>Rows of a table: each entrant's figures, then its difference to the first.</summary>
    public static IEnumerable<string[]> Rows(Comparison comparison, ComparedFigure[] figures, bool differences)
    {
        foreach (var entrant in comparison.Entrants)
        {
            yield return [entrant.Name, Figures.Count(entrant.Runs[0].ParameterCount), .. figures.Select(figure => figure.Show(entrant.Of(figure.Value)))];
            if (differences && entrant != comparison.Entrants[0])
                yield return [$"  less {comparison.Entrants[0].Name}", "", .. figures.Select(figure => figure.ShowDifference(comparison.Difference(entrant, figure.Value)))];
        }
    }
}
