using Puna.Experiments.Recipes;
using Puna.Experiments.Reports;
using Puna.Training;

namespace Puna.Experiments.Scaling;

/// <summary>The page of a ladder: parabolas, loss over compute with the prediction, sizes over compute, exponents, and single runs beside each other.</summary>
public static class ScalingReport
{
    private const int Colors = 6;
    private const int CurveSteps = 40;

    /// <summary>Builds the page.</summary>
    /// <param name="recipe">The recipe.</param>
    /// <param name="result">What came out.</param>
    /// <param name="environment">Where it ran, as names and values.</param>
    public static HtmlReport Build(Recipe recipe, ScalingResult result, IReadOnlyList<(string Name, string Value)> environment)
    {
        var sections = new List<ReportSection>();
        if (result.Fit is { } fit)
        {
            sections.Add(Cards(result, fit));
            if (fit.Budgets.Where(budget => !budget.IsInside).ToArray() is { Length: > 0 } outside)
                sections.Add(new NoticeSection("Not every budget has its best size among those trained.",
                    $"At {string.Join(" and ", outside.Select(budget => ScalingText.Flops(budget.Budget)))} FLOPs the lowest point lies outside, or there is none; exponents rest on guesses there. Choose other widths in scaling.ladder."));
            if (fit.Budgets.Count > 0) sections.Add(Parabolas(fit));
            sections.Add(LossOverCompute(result, fit));
            if (fit.Size is { } size) sections.Add(SizeOverCompute(fit, size, result.Check));
            sections.Add(Exponents(fit, result.Intervals!));
            if (result.Check is { } check) sections.Add(Prediction(check, result.Next));
        }
        if (result.Comparison.Results.Count > 0) AddRuns(sections, result.Comparison);
        sections.Add(Runs(result.Results));
        sections.Add(new TableSection([new(""), new("")], [.. environment.Select(line => new TableRow([line.Name, line.Value]))]) { Heading = "Where it ran" });
        sections.Add(new CodeSection(RecipeWriter.ToYaml(recipe), IsFolded: true) { Heading = "Recipe", FoldLabel = "All settings" });
        return new HtmlReport(recipe.Name, sections)
        {
            Subtitle = recipe.Description.Length > 0 ? recipe.Description : null,
            Footer = result.Fit?.Law is null ? null : "Plan with this law: puna plan RECIPE --serve-tokens N --law DIR",
        };
    }

    private static CardsSection Cards(ScalingResult result, ScalingFit fit)
    {
        var cards = new List<ReportCard> { new("Trainings", Figures.Count(result.Results.Count), $"{Figures.Duration(result.Results.Sum(run => run.Seconds))}, {ScalingText.Flops(result.Results.Sum(run => run.Run.Flops))} FLOPs") };
        foreach (var (name, value, interval, _) in ScalingText.Exponents(fit, result.Intervals!).Take(2)) cards.Add(new ReportCard(name[..1] == "a" ? "Size exponent a" : "Data exponent b", value, interval ?? "Chinchilla 0.50"));
        if (result.Check is { Measured: { HasMinimum: true } measured, Prediction: { Loss: { } loss } prediction })
            cards.Add(new ReportCard("Loss predicted", Figures.Loss(loss), $"trained {Figures.Loss(measured.BestLoss)}, {ScalingText.Errors(prediction, measured).Split(", ")[^1].Split(" (")[0]}"));
        return new CardsSection(cards);
    }

    private static ChartSection Parabolas(ScalingFit fit)
    {
        var series = new List<ChartSeries>();
        foreach (var (budget, index) in fit.Budgets.Select((budget, index) => (budget, index)))
        {
            var color = (index % Colors) + 1;
            series.Add(new ChartSeries($"{ScalingText.Flops(budget.Budget)} FLOPs", [.. Between(budget.Points[0].Parameters, budget.Points[^1].Parameters).Select(n => new ChartPoint(n, budget.Loss(n)))], ChartStyle.Line, color));
            foreach (var point in budget.Points) series.Add(new ChartSeries("", [new ChartPoint(point.Parameters, point.Loss)], ChartStyle.Dots, color));
        }
        return new ChartSection(new SvgChart { Title = "Held-out loss over parameters for each compute budget", XLabel = "parameters", YLabel = "held-out loss, nats a token", LogX = true, Series = series })
        {
            Heading = "The best size of each budget",
            Lead = "Every dot is a training with the same compute as its neighbours on the curve: a larger model on fewer tokens to the right. The lowest point of a parabola is the size to train.",
        };
    }

    private static ChartSection LossOverCompute(ScalingResult result, ScalingFit fit)
    {
        var series = new List<ChartSeries>();
        // The beginnings of trainings are so far above their ends that they would flatten all there is to see.
        var highest = 1.5 * result.Results.Where(run => run.Run.Budget is not null).Select(run => run.Loss).DefaultIfEmpty(0).Max();
        foreach (var run in result.Results.Where(run => run.Run.Budget is not null))
            series.Add(new ChartSeries("", [.. run.Curve.Where(point => point.Loss < highest).Select(point => new ChartPoint(point.Tokens / run.Run.Tokens * run.Run.Flops, point.Loss))], ChartStyle.Faint, 6));
        var lowest = fit.Budgets.Where(budget => budget.HasMinimum).ToArray();
        series.Add(new ChartSeries("lowest point of each budget", [.. lowest.Select(budget => new ChartPoint(budget.Budget, budget.BestLoss))], ChartStyle.Dots, 1));
        if (fit.Loss is { } curve && lowest.Length > 0)
            series.Add(new ChartSeries("fitted L = E + k·C^−γ", [.. Between(lowest[0].Budget, result.Next?.Budget ?? lowest[^1].Budget).Select(c => new ChartPoint(c, curve.At(c)))], ChartStyle.Line, 2));
        if (result.Check?.Prediction is { Loss: { } loss } prediction) series.Add(new ChartSeries("predicted from the smaller budgets", [new ChartPoint(prediction.Budget, loss)], ChartStyle.Dots, 5));
        return new ChartSection(new SvgChart { Title = "Loss over compute", XLabel = "training compute, FLOPs", YLabel = "loss, nats a token", LogX = true, Series = series })
        {
            Heading = "Loss over compute",
            Lead = "Pale: the training losses of all runs as they go. The held-out loss of the best size of each budget falls on a law of compute.",
        };
    }

    private static ChartSection SizeOverCompute(ScalingFit fit, PowerLaw size, CheckedPrediction? check)
    {
        var lowest = fit.Budgets.Where(budget => budget.HasMinimum).ToArray();
        var series = new List<ChartSeries>
        {
            new("best size", [.. lowest.Select(budget => new ChartPoint(budget.Budget, Math.Log10(budget.BestParameters)))], ChartStyle.Dots, 1),
            new($"N = k·C^{size.Exponent.ToString("0.000", System.Globalization.CultureInfo.InvariantCulture)}", [.. Between(lowest[0].Budget, lowest[^1].Budget).Select(c => new ChartPoint(c, Math.Log10(size.At(c))))], ChartStyle.Line, 2),
            new("20 tokens a parameter", [.. Between(lowest[0].Budget, lowest[^1].Budget).Select(c => new ChartPoint(c, Math.Log10(Math.Sqrt(c / 6 / ScalingLaw.TokensPerParameter))))], ChartStyle.Line, 3),
        };
        if (check is not null) series.Add(new ChartSeries("predicted from the smaller budgets", [new ChartPoint(check.Prediction.Budget, Math.Log10(check.Prediction.Parameters))], ChartStyle.Dots, 5));
        return new ChartSection(new SvgChart { Title = "Best size over compute", XLabel = "training compute, FLOPs", YLabel = "log10 of the parameters", LogX = true, Series = series }) { Heading = "Best size over compute" };
    }

    private static TableSection Exponents(ScalingFit fit, Bootstrap intervals) =>
        new([new("Figure"), new("Here", true), new("Interval"), new("Chinchilla")], [.. ScalingText.Exponents(fit, intervals).Select(line => new TableRow([line.Name, line.Value, line.Interval ?? "–", line.Chinchilla ?? "–"]))],
            "Intervals by a bootstrap of the residuals of the parabolas. Chinchilla's are Hoffmann et al. 2022, table 2 and section 3.3.")
        { Heading = "Exponents" };

    private static TableSection Prediction(CheckedPrediction check, ScalingPrediction? next)
    {
        var rows = new List<TableRow> { Row("predicted from the smaller budgets", check.Prediction) };
        if (check.Measured is { HasMinimum: true } measured)
        {
            rows.Add(new TableRow(["trained", ScalingText.Flops(measured.Budget), Figures.Short(measured.BestParameters), Figures.Short(measured.BestTokens), ScalingText.Loss(measured.BestLoss), ""], IsStrong: true));
        }
        if (next is not null) rows.Add(Row("the next budget, not trained", next));
        return new TableSection([new(""), new("FLOPs", true), new("Parameters", true), new("Tokens", true), new("Loss", true), new("Loss by the law", true)], rows,
            check.Measured is { HasMinimum: true } trained ? $"The prediction errs by {ScalingText.Errors(check.Prediction, trained)}." : "The largest budget has not been trained yet: puna scaling --resume trains it.")
        { Heading = "Prediction" };
    }

    private static TableRow Row(string name, ScalingPrediction prediction) => new([name, ScalingText.Flops(prediction.Budget), Figures.Short(prediction.Parameters), Figures.Short(prediction.Tokens),
        prediction.Loss is { } loss ? ScalingText.Loss(loss) : "–", prediction.LossByLaw is { } byLaw ? ScalingText.Loss(byLaw) : "–"]);

    private static void AddRuns(List<ReportSection> sections, RunComparison comparison)
    {
        var series = comparison.Results.GroupBy(result => result.Run.Config).Select((group, index) =>
            new ChartSeries($"{Figures.Short(group.First().Run.Parameters)} parameters", [.. group.OrderBy(result => result.Run.Tokens).Select(result => new ChartPoint(result.Run.Tokens, result.Loss))], ChartStyle.Dots, (index % Colors) + 1));
        sections.Add(new ChartSection(new SvgChart { Title = "Held-out loss over tokens", XLabel = "training tokens", YLabel = "held-out loss, nats a token", LogX = true, Series = [.. series] },
            "Each dot is a training of its own, whose learning rate ends at its own end.")
        { Heading = "Sizes over tokens" });
        var lines = comparison.Lines.Select(line => $"{Figures.Short(line.Parameters)} parameters: every doubling of the tokens takes {ScalingText.Loss(line.PerDoubling)} nats off, from {Figures.Significant(ScalingText.TokensPerParameter(line.Results[0]))} to {Figures.Significant(ScalingText.TokensPerParameter(line.Results[^1]))} tokens a parameter; a straight line over the logarithm explains {Figures.Share(line.Fit)} of it.");
        var pairs = comparison.AtEqualTraining.Concat(comparison.AtEqualLife).Select(ScalingText.Of);
        if (lines.Concat(pairs).ToArray() is { Length: > 0 } sentences) sections.Add(new TextSection(sentences) { Heading = "What they say" });
    }

    private static TableSection Runs(IReadOnlyList<LadderResult> results) =>
        new([new("Run"), new("Budget", true), new("Parameters", true), new("Tokens", true), new("Tokens a parameter", true), new("FLOPs", true), new("Rate", true), new("Held-out loss", true), new("Time", true)],
            [.. results.Select(result => new TableRow([result.Run.Name, result.Run.Budget is { } budget ? ScalingText.Flops(budget) : "–", Figures.Short(result.Run.Parameters), Figures.Short(result.Run.Tokens), Figures.Significant(ScalingText.TokensPerParameter(result)),
                ScalingText.Flops(result.Run.Flops), Figures.Significant(result.Run.Recipe.Optimizer.LearningRate), ScalingText.Loss(result.Loss), Figures.Duration(result.Seconds)]))],
            "Fresh tokens throughout: every run reads the same stream of different stories from its beginning, each token once.")
        { Heading = "All trainings" };

    private static IEnumerable<double> Between(double from, double to)
    {
        for (var i = 0; i <= CurveSteps; i++) yield return from * Math.Pow(to / from, i / (double)CurveSteps);
    }
}
