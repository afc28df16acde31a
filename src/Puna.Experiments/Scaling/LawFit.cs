using Puna.Training;

namespace Puna.Experiments.Scaling;

/// <summary>
/// Fits L(N, D) = E + A/N^α + B/D^β to trained sizes (Hoffmann et al. 2022, section 3.3). For given exponents the law is linear, so E, A and
/// B are solved exactly, none below 0, and only α and β are searched; the error is relative to the loss, which for small errors is that of
/// its logarithm. There a Huber loss was used; here no run is expected to be an outlier.
/// </summary>
public static class LawFit
{
    /// <summary>Coefficients of the law, so fewest runs that leave anything to be wrong about.</summary>
    public const int LeastPoints = 6;

    /// <summary>Fits; null where there are too few runs or the data do not need both terms.</summary>
    /// <param name="points">Runs of several sizes and budgets.</param>
    public static ScalingLaw? Fit(IReadOnlyList<ScalingPoint> points)
    {
        if (points.Count < LeastPoints || points.Select(point => point.Budget).Distinct().Count() < 2) return null;
        var (n, d) = (Math.Exp(points.Average(point => Math.Log(point.Parameters))), Math.Exp(points.Average(point => Math.Log(point.Tokens))));
        var y = points.Select(point => point.Loss).ToArray();
        var weights = y.Select(loss => 1 / (loss * loss)).ToArray();
        double[] ones = [.. y.Select(_ => 1.0)];
        (double[] Coefficients, double Error) Solve(double[] at) => LeastSquares.SolveNotNegative(
            [ones, [.. points.Select(point => Math.Pow(point.Parameters / n, -at[0]))], [.. points.Select(point => Math.Pow(point.Tokens / d, -at[1]))]], y, weights);
        var best = LeastSquares.Minimise(at => Solve(at).Error, [0.03, 0.03], [3, 3]);
        var solved = Solve(best).Coefficients;
        return solved[1] > 0 && solved[2] > 0
            ? new ScalingLaw(solved[0], solved[1] * Math.Pow(n, best[0]), solved[2] * Math.Pow(d, best[1]), best[0], best[1])
            : null;
    }
}
