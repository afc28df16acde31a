using System.Globalization;
using Puna.Experiments.Reports;

namespace Puna.Experiments.Scaling;

/// <summary>A ladder's results in sentences, for the terminal.</summary>
internal static class ScalingText
{
    public static IEnumerable<string> Lines(ScalingResult result)
    {
        if (result.Fit is { } fit)
        {
            foreach (var budget in fit.Budgets)
                yield return budget.HasMinimum
                    ? $"{Flops(budget.Budget)} FLOPs: best at {Figures.Short(budget.BestParameters)} parameters on {Figures.Short(budget.BestTokens)} tokens, loss {Loss(budget.BestLoss)}{(budget.IsInside ? "" : " (outside the sizes trained: a guess)")}"
                    : $"{Flops(budget.Budget)} FLOPs: no best size among those trained; the losses do not bend upwards";
            foreach (var (name, value, interval, chinchilla) in Exponents(fit, result.Intervals!))
                yield return $"{name}: {value}{(interval is null ? "" : $" ({interval})")}{(chinchilla is null ? "" : $"; Chinchilla {chinchilla}")}";
        }
        if (result.Check is { } check)
        {
            yield return Of("predicted from the smaller budgets", check.Prediction);
            if (check.Measured is { HasMinimum: true } measured)
                yield return $"trained: {Figures.Short(measured.BestParameters)} parameters on {Figures.Short(measured.BestTokens)} tokens, loss {Loss(measured.BestLoss)}; the prediction errs by {Errors(check.Prediction, measured)}";
        }
        if (result.Next is { } next) yield return Of("the next budget", next);
        foreach (var line in result.Comparison.Lines)
            yield return $"{Figures.Short(line.Parameters)} parameters: every doubling of the tokens takes {Loss(line.PerDoubling)} off the loss, from {Figures.Significant(TokensPerParameter(line.Results[0]))} to {Figures.Significant(TokensPerParameter(line.Results[^1]))} tokens a parameter (R² {Figures.Share(line.Fit)})";
        foreach (var pair in result.Comparison.AtEqualTraining.Concat(result.Comparison.AtEqualLife)) yield return Of(pair);
    }

    public static string Of(string what, ScalingPrediction prediction) =>
        $"{what}: with {Flops(prediction.Budget)} FLOPs {Figures.Short(prediction.Parameters)} parameters on {Figures.Short(prediction.Tokens)} tokens"
        + $"{(prediction.Loss is { } loss ? $", loss {Loss(loss)}" : "")}{(prediction.LossByLaw is { } byLaw ? $" ({Loss(byLaw)} by the law of N and D)" : "")}";

    public static string Of(EqualCost pair) =>
        $"at equal {(pair.Served > 0 ? $"training and {Figures.Short(pair.Served)} tokens of inference" : "training")}: {Size(pair.Smaller)} has loss {Loss(pair.Smaller.Loss)}, {Size(pair.Larger)} {Loss(pair.Larger.Loss)}: the {(pair.Advantage >= 0 ? "smaller" : "larger")} one wins by {Loss(Math.Abs(pair.Advantage))}";

    public static string Errors(ScalingPrediction prediction, IsoFlop measured) =>
        $"{Percent(prediction.Parameters / measured.BestParameters - 1)} in size, {Percent(prediction.Tokens / measured.BestTokens - 1)} in tokens"
        + $"{(prediction.Loss is { } loss ? $", {Percent(loss / measured.BestLoss - 1)} in loss" : "")}{(prediction.LossByLaw is { } byLaw ? $" ({Percent(byLaw / measured.BestLoss - 1)} by the law)" : "")}";

    /// <summary>Name, value, interval and Chinchilla's figure (2203.15556, table 2: approaches 1, 2 and 3) of every exponent there is.</summary>
    public static IEnumerable<(string Name, string Value, string? Interval, string? Chinchilla)> Exponents(ScalingFit fit, Bootstrap intervals)
    {
        if (fit.Size is { } size) yield return ("a in N* ~ C^a, by the parabolas", Number(size.Exponent), Range(intervals.SizeExponent), "0.50, 0.49");
        if (fit.Data is { } data) yield return ("b in D* ~ C^b, by the parabolas", Number(data.Exponent), Range(intervals.DataExponent), "0.50, 0.51");
        if (fit.Law is { } law)
        {
            yield return ("a by the law of N and D", Number(law.SizeExponent), Range(intervals.LawSizeExponent), "0.46");
            yield return ("α, of the size", Number(law.Alpha), Range(intervals.Alpha), "0.34");
            yield return ("β, of the tokens", Number(law.Beta), Range(intervals.Beta), "0.28");
            yield return ("E, irreducible loss", Loss(law.Irreducible), null, "1.69 (other text)");
        }
        if (fit.Loss is { } curve) yield return ($"γ in L* = {Loss(curve.Irreducible)} + k·C^−γ", Number(curve.Exponent), Range(intervals.LossExponent), null);
    }

    public static string Size(LadderResult result) => $"{Figures.Short(result.Run.Parameters)} on {Figures.Short(result.Run.Tokens)} tokens";

    public static double TokensPerParameter(LadderResult result) => result.Run.Tokens / result.Run.Parameters;

    public static string Flops(double value) => value.ToString("0.0e0", CultureInfo.InvariantCulture);

    public static string Loss(double value) => value.ToString("0.0000", CultureInfo.InvariantCulture);

    private static string Number(double value) => value.ToString("0.000", CultureInfo.InvariantCulture);

    private static string Percent(double share) => (100 * share).ToString("+0.0;-0.0;0.0", CultureInfo.InvariantCulture) + " %";

    private static string? Range(Interval? interval) => interval is { } range ? $"90 % of {Number(range.Low)} to {Number(range.High)}" : null;
}
