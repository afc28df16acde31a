using Puna.Tensors;

namespace Puna.Experiments.Scaling;

/// <summary>Where a figure lies in nine of ten repetitions of the experiment.</summary>
/// <param name="Low">5 % are below.</param>
/// <param name="High">5 % are above.</param>
public readonly record struct Interval(double Low, double High);

/// <summary>
/// Intervals of the exponents by a bootstrap of residuals: what each run misses its parabola by is drawn anew from what all of them missed,
/// all is fitted again, many times. With four sizes and three coefficients a budget, the residuals are smaller than the noise; they are
/// widened by √(runs / (runs − coefficients)).
/// </summary>
public sealed record Bootstrap
{
    private const int Repetitions = 400;
    private const int LawRepetitions = 100;
    private const double Tail = 0.05;
    private const double LeastUsable = 0.8;

    /// <summary>Of a in N* ~ C^a.</summary>
    public Interval? SizeExponent { get; private init; }

    /// <summary>Of b in D* ~ C^b.</summary>
    public Interval? DataExponent { get; private init; }

    /// <summary>Of γ in L* = E + k·C^−γ.</summary>
    public Interval? LossExponent { get; private init; }

    /// <summary>Of α of the law.</summary>
    public Interval? Alpha { get; private init; }

    /// <summary>Of β of the law.</summary>
    public Interval? Beta { get; private init; }

    /// <summary>Of a by the law, β/(α + β).</summary>
    public Interval? LawSizeExponent { get; private init; }

    /// <summary>Repeats a fit; all intervals are null where the parabolas leave no residual to draw from.</summary>
    /// <param name="fit">The fit.</param>
    /// <param name="seed">Of the draws.</param>
    public static Bootstrap Of(ScalingFit fit, ulong seed)
    {
        var residuals = fit.Budgets.SelectMany(budget => budget.Residuals).ToArray();
        var free = residuals.Length - (3 * fit.Budgets.Count);
        if (fit.Budgets.Count < 2 || free <= 0) return new Bootstrap();
        var wider = Math.Sqrt(residuals.Length / (double)free);
        var random = new CounterRandom(seed, 0x424F4F54); // "BOOT"
        var repeated = new ScalingFit[Repetitions];
        for (var i = 0; i < Repetitions; i++)
            repeated[i] = ScalingFit.Of([.. fit.Budgets.SelectMany(budget => budget.Points.Select(point => point with { Loss = budget.Loss(point.Parameters) + (wider * residuals[random.Next(residuals.Length)]) }))], fit.Law is not null && i < LawRepetitions);
        return new Bootstrap
        {
            SizeExponent = Of(repeated.Select(again => again.Size?.Exponent), Repetitions),
            DataExponent = Of(repeated.Select(again => again.Data?.Exponent), Repetitions),
            LossExponent = Of(repeated.Select(again => again.Loss?.Exponent), Repetitions),
            Alpha = Of(repeated.Select(again => again.Law?.Alpha), LawRepetitions),
            Beta = Of(repeated.Select(again => again.Law?.Beta), LawRepetitions),
            LawSizeExponent = Of(repeated.Select(again => again.Law?.SizeExponent), LawRepetitions),
        };
    }

    /// <summary>Null where too many repetitions had no such figure, since those that had one are then no fair sample.</summary>
    private static Interval? Of(IEnumerable<double?> values, int repetitions)
    {
        var sorted = values.OfType<double>().Where(double.IsFinite).Order().ToArray();
        return sorted.Length < LeastUsable * repetitions ? null : new Interval(Quantile(sorted, Tail), Quantile(sorted, 1 - Tail));
    }

    private static double Quantile(double[] sorted, double share)
    {
        var at = share * (sorted.Length - 1);
        var low = (int)at;
        return low + 1 < sorted.Length ? sorted[low] + ((at - low) * (sorted[low + 1] - sorted[low])) : sorted[low];
    }
}
