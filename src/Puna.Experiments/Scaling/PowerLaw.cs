namespace Puna.Experiments.Scaling;

/// <summary>y = k·x^a, a straight line in logarithms.</summary>
/// <param name="Factor">k.</param>
/// <param name="Exponent">a.</param>
public readonly record struct PowerLaw(double Factor, double Exponent)
{
    /// <summary>y.</summary>
    public double At(double x) => Factor * Math.Pow(x, Exponent);

    /// <summary>Fits two points or more by least squares of ln y over ln x; null where that is no line.</summary>
    public static PowerLaw? Fit(IReadOnlyList<(double X, double Y)> points)
    {
        if (points.Count < 2 || points.Any(point => !(point.X > 0) || !(point.Y > 0) || !double.IsFinite(point.Y))) return null;
        var centre = points.Average(point => Math.Log(point.X));
        var x = points.Select(point => Math.Log(point.X) - centre).ToArray();
        var fitted = LeastSquares.Solve([[.. x.Select(_ => 1.0)], x], [.. points.Select(point => Math.Log(point.Y))]);
        return fitted is null ? null : new PowerLaw(Math.Exp(fitted[0] - (fitted[1] * centre)), fitted[1]);
    }
}

/// <summary>L = E + k·C^−γ: the loss of the best size over compute.</summary>
/// <param name="Irreducible">E.</param>
/// <param name="Factor">k.</param>
/// <param name="Exponent">γ.</param>
public readonly record struct LossCurve(double Irreducible, double Factor, double Exponent)
{
    /// <summary>L at a compute.</summary>
    public double At(double compute) => Irreducible + (Factor * Math.Pow(compute, -Exponent));

    /// <summary>
    /// Fits by least squares of the relative error with E and k not below 0. Two points leave nothing over for E, which is then 0.
    /// </summary>
    public static LossCurve? Fit(IReadOnlyList<(double Compute, double Loss)> points)
    {
        if (points.Count < 2) return null;
        if (points.Count == 2) return PowerLaw.Fit(points) is { Exponent: < 0 } line ? new LossCurve(0, line.Factor, -line.Exponent) : null;
        var (scale, y) = (Math.Exp(points.Average(point => Math.Log(point.Compute))), points.Select(point => point.Loss).ToArray());
        var weights = y.Select(loss => 1 / (loss * loss)).ToArray();
        double[] ones = [.. y.Select(_ => 1.0)];
        double[] Column(double exponent) => [.. points.Select(point => Math.Pow(point.Compute / scale, -exponent))];
        (double[] Coefficients, double Error) Solve(double exponent) =>
            LeastSquares.SolveNotNegative([ones, Column(exponent)], y, weights);
        var best = LeastSquares.Minimise(at => Solve(at[0]).Error, [0.005], [3])[0];
        var solved = Solve(best).Coefficients;
        return solved[1] > 0 ? new LossCurve(solved[0], solved[1] * Math.Pow(scale, best), best) : null;
    }
}
