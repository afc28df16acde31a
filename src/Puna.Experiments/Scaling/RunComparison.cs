namespace Puna.Experiments.Scaling;

/// <summary>Loss over the logarithm of the tokens for one size: L = c − s·log2 D.</summary>
/// <param name="Parameters">N.</param>
/// <param name="PerDoubling">s: nats that twice the tokens take off.</param>
/// <param name="Fit">Share of the losses' variance that the straight line explains, 0 to 1.</param>
/// <param name="Results">The runs, by rising tokens.</param>
public sealed record LogLinear(double Parameters, double PerDoubling, double Fit, IReadOnlyList<LadderResult> Results);

/// <summary>Two runs of different sizes that cost the same.</summary>
/// <param name="Smaller">The run with fewer parameters.</param>
/// <param name="Larger">The other.</param>
/// <param name="Served">Tokens served that are in the cost; 0 where it is the training's alone.</param>
public sealed record EqualCost(LadderResult Smaller, LadderResult Larger, double Served)
{
    /// <summary>How much lower the smaller one's loss is, nats.</summary>
    public double Advantage => Larger.Loss - Smaller.Loss;
}

/// <summary>What single runs say beside each other: one size over many tokens, and sizes at equal cost.</summary>
/// <param name="Results">The runs.</param>
/// <param name="ServedTokens">Tokens served for the comparison over a life; 0 for none.</param>
public sealed record RunComparison(IReadOnlyList<LadderResult> Results, double ServedTokens)
{
    private const double Equal = 0.05;

    /// <summary>Sizes with three runs or more.</summary>
    public IReadOnlyList<LogLinear> Lines => [.. Results.GroupBy(result => result.Run.Config).Where(group => group.Count() >= 3).Select(Line)];

    /// <summary>Pairs of sizes whose training costs the same, within 5 %.</summary>
    public IReadOnlyList<EqualCost> AtEqualTraining => Pairs(result => result.Run.Flops, 0);

    /// <summary>Pairs of sizes whose training and service cost the same, within 5 %.</summary>
    public IReadOnlyList<EqualCost> AtEqualLife => ServedTokens > 0 ? Pairs(Life, ServedTokens) : [];

    /// <summary>Training plus service of the tokens.</summary>
    public double Life(LadderResult result) => result.Run.Flops + (ServedTokens * result.Run.InferencePerToken);

    private EqualCost[] Pairs(Func<LadderResult, double> cost, double served) =>
    [
        .. from smaller in Results
           from larger in Results
           where smaller.Run.Parameters < larger.Run.Parameters && Math.Abs(cost(smaller) / cost(larger) - 1) <= Equal
           select new EqualCost(smaller, larger, served),
    ];

    private static LogLinear Line(IEnumerable<LadderResult> results)
    {
        var ordered = results.OrderBy(result => result.Run.Tokens).ToArray();
        double[] x = [.. ordered.Select(result => Math.Log2(result.Run.Tokens))], y = [.. ordered.Select(result => result.Loss)];
        var fitted = LeastSquares.Solve([[.. x.Select(_ => 1.0)], x], y) ?? [y.Average(), 0];
        var (mean, missed) = (y.Average(), 0.0);
        for (var i = 0; i < x.Length; i++) missed += Math.Pow(y[i] - fitted[0] - (fitted[1] * x[i]), 2);
        var variance = y.Sum(loss => (loss - mean) * (loss - mean));
        return new LogLinear(ordered[0].Run.Parameters, -fitted[1], variance > 0 ? 1 - (missed / variance) : 1, ordered);
    }
}
