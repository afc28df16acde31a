namespace Puna.Experiments.Scaling;

/// <summary>A trained size, as the fits see it.</summary>
/// <param name="Budget">C, operations of training.</param>
/// <param name="Parameters">N.</param>
/// <param name="Tokens">D.</param>
/// <param name="Loss">Nats a token.</param>
public readonly record struct ScalingPoint(double Budget, double Parameters, double Tokens, double Loss);

/// <summary>
/// The sizes of one budget with the parabola through them, loss over ln N: its lowest point is the size to train with that compute
/// (Hoffmann et al. 2022, section 3.2).
/// </summary>
public sealed record IsoFlop
{
    private IsoFlop(double budget, IReadOnlyList<ScalingPoint> points, double centre, double[] coefficients) =>
        (Budget, Points, Centre, Coefficients) = (budget, points, centre, coefficients);

    /// <summary>C.</summary>
    public double Budget { get; }

    /// <summary>What was trained, by rising N.</summary>
    public IReadOnlyList<ScalingPoint> Points { get; }

    /// <summary>Mean of ln N, around which the parabola is written.</summary>
    private double Centre { get; }

    private double[] Coefficients { get; }

    /// <summary>Whether the parabola opens upwards, so that there is a best size.</summary>
    public bool HasMinimum => Coefficients[2] > 0;

    /// <summary>Whether the best size lies between those trained: otherwise it is a guess.</summary>
    public bool IsInside => HasMinimum && BestParameters >= Points[0].Parameters && BestParameters <= Points[^1].Parameters;

    /// <summary>N of the lowest point.</summary>
    public double BestParameters => Math.Exp(Centre - (Coefficients[1] / (2 * Coefficients[2])));

    /// <summary>D that the budget leaves to that size. Operations a token are not quite 6N: their ratio to N is read off between the sizes trained.</summary>
    public double BestTokens => Math.Exp(Line(Points, Math.Log(BestParameters)));

    /// <summary>The loss at the lowest point.</summary>
    public double BestLoss => Loss(BestParameters);

    /// <summary>The parabola.</summary>
    /// <param name="parameters">N.</param>
    public double Loss(double parameters)
    {
        var x = Math.Log(parameters) - Centre;
        return Coefficients[0] + (Coefficients[1] * x) + (Coefficients[2] * x * x);
    }

    /// <summary>Losses less the parabola.</summary>
    public IReadOnlyList<double> Residuals => [.. Points.Select(point => point.Loss - Loss(point.Parameters))];

    /// <summary>Fits one budget; null with fewer than three sizes.</summary>
    /// <param name="points">All of one budget.</param>
    public static IsoFlop? Fit(IEnumerable<ScalingPoint> points)
    {
        var ordered = points.OrderBy(point => point.Parameters).ToArray();
        if (ordered.Select(point => point.Parameters).Distinct().Count() < 3) return null;
        var centre = ordered.Average(point => Math.Log(point.Parameters));
        var x = ordered.Select(point => Math.Log(point.Parameters) - centre).ToArray();
        var fitted = LeastSquares.Solve([.. Powers(x)], [.. ordered.Select(point => point.Loss)]);
        return fitted is null ? null : new IsoFlop(ordered[0].Budget, ordered, centre, fitted);
    }

    /// <summary>Every budget that has three sizes, from the smallest on.</summary>
    public static IReadOnlyList<IsoFlop> FitAll(IEnumerable<ScalingPoint> points) =>
        [.. points.GroupBy(point => point.Budget).OrderBy(group => group.Key).Select(Fit).OfType<IsoFlop>()];

    private static double[][] Powers(double[] x) => [[.. x.Select(_ => 1.0)], x, [.. x.Select(value => value * value)]];

    /// <summary>ln D over ln N, a straight line between neighbours and beyond the ends.</summary>
    private static double Line(IReadOnlyList<ScalingPoint> points, double at)
    {
        var right = 1;
        while (right < points.Count - 1 && Math.Log(points[right].Parameters) < at) right++;
        var (from, to) = (points[right - 1], points[right]);
        var share = (at - Math.Log(from.Parameters)) / (Math.Log(to.Parameters) - Math.Log(from.Parameters));
        return Math.Log(from.Tokens) + (share * (Math.Log(to.Tokens) - Math.Log(from.Tokens)));
    }
}
