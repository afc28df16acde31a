namespace Puna.Experiments.Reports;

/// <summary>The charts of a stage of training.</summary>
public static class TrainingCharts
{
    private const int SmallWidth = 480, SmallHeight = 236;
    private const double WideRange = 30;

    /// <summary>Training and validation loss over the steps, with the baselines as levels.</summary>
    /// <param name="curves">The stage.</param>
    /// <param name="unigram">The unigram's validation loss; null for no line.</param>
    /// <param name="bigram">The bigram's validation loss; null for no line.</param>
    public static ChartSection Loss(TrainingCurves curves, double? unigram, double? bigram)
    {
        var means = curves.Loss.Means();
        var series = new List<ChartSeries>
        {
            new("training, each batch", curves.Loss.Extremes(), ChartStyle.Faint),
            new("training, smoothed", ChartData.Smooth(means, means.Count / 60)),
            new("validation", curves.ValidationLoss.Extremes(), ChartStyle.Dots, 2),
            new("spike", curves.Spikes, ChartStyle.Marks, 5),
            new("skipped", curves.Skipped, ChartStyle.Marks, 4),
        };
        var references = new List<ChartReference>();
        if (unigram is { } one) references.Add(new ChartReference("unigram", one));
        if (bigram is { } two) references.Add(new ChartReference("bigram", two));
        var chart = new SvgChart
        {
            Title = "Loss over the steps of training",
            XLabel = "step",
            YLabel = "loss, nats a token",
            LogY = IsWide(curves.Loss),
            Series = [.. series.Where(one => one.Points.Count > 0)],
            References = references,
        };
        var caption = references.Count == 0 ? null : "Dashed: what counting gets on the same validation tokens, one token at a time (unigram) and in pairs (bigram).";
        return new ChartSection(chart, caption) { Heading = "Loss" };
    }

    /// <summary>Learning rate, gradient norm, speed, utilisation, memory and accuracy over the steps, small and side by side; those that nothing is known of are left out.</summary>
    /// <param name="curves">The stage.</param>
    public static ChartGridSection Section(TrainingCurves curves)
    {
        var charts = new List<SvgChart> { Small("learning rate", "", curves.LearningRate.Extremes(), 3) };
        if (curves.GradientNorm.Count > 0) charts.Add(Small("gradient norm before clipping", "", curves.GradientNorm.Extremes(), 4) with { LogY = IsWide(curves.GradientNorm) });
        if (curves.TokensPerSecond.Count > 0) charts.Add(Small("speed", "tokens a second", curves.TokensPerSecond.Extremes(), 1, fromZero: true));
        if (curves.Utilization.Count > 0) charts.Add(Small("model FLOPs utilisation", "% of the measured peak", Scaled(curves.Utilization, 100), 5, fromZero: true));
        if (curves.Memory.Count > 0) charts.Add(Memory(curves.Memory));
        if (curves.ValidationAccuracy.Count > 0) charts.Add(Small("validation accuracy", "% of tokens", Scaled(curves.ValidationAccuracy, 100), 2, ChartStyle.Dots));
        return new ChartGridSection(charts) { Heading = "Training" };
    }

    private static SvgChart Memory(Curve memory)
    {
        var giga = memory.Highest >= 1L << 30;
        return Small("resident memory", giga ? "GiB" : "MiB", Scaled(memory, 1.0 / (giga ? 1L << 30 : 1L << 20)), 6, fromZero: true);
    }

    private static SvgChart Small(string name, string unit, IReadOnlyList<ChartPoint> points, int color, ChartStyle style = ChartStyle.Line, bool fromZero = false) => new()
    {
        Title = $"{name} over the steps of training",
        XLabel = "step",
        YLabel = unit,
        Width = SmallWidth,
        Height = SmallHeight,
        FromZero = fromZero,
        Series = [new ChartSeries(name, points, style, color)],
    };

    private static ChartPoint[] Scaled(Curve curve, double factor) => [.. curve.Extremes().Select(point => point with { Y = point.Y * factor })];

    /// <summary>Whether a linear axis would press most of a curve to the ground.</summary>
    private static bool IsWide(Curve curve) => curve.Lowest > 0 && curve.Highest > WideRange * curve.Lowest;
}
