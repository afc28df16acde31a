namespace Puna.Experiments.Comparing;

/// <summary>Mean and spread of a handful of measurements.</summary>
/// <param name="Mean">Their mean.</param>
/// <param name="Deviation">Sample standard deviation (n − 1); 0 of a single one.</param>
/// <param name="Count">How many.</param>
public readonly record struct SampleStatistics(double Mean, double Deviation, int Count)
{
    // Student's t, two-sided 95 %, 1 to 30 degrees of freedom
    private static readonly double[] Quantiles =
    [
        12.706, 4.303, 3.182, 2.776, 2.571, 2.447, 2.365, 2.306, 2.262, 2.228, 2.201, 2.179, 2.160, 2.145, 2.131,
        2.120, 2.110, 2.101, 2.093, 2.086, 2.080, 2.074, 2.069, 2.064, 2.060, 2.056, 2.052, 2.048, 2.045, 2.042,
    ];

    /// <summary>Standard error of the mean.</summary>
    public double StandardError => Deviation / Math.Sqrt(Count);

    /// <summary>Half the width of the 95 % confidence interval of the mean, by Student's t; infinite for a single measurement.</summary>
    public double Confidence => Count < 2 ? double.PositiveInfinity : StandardError * (Count - 2 < Quantiles.Length ? Quantiles[Count - 2] : 1.96);

    /// <summary>Whether that interval leaves out zero: for paired differences, whether they are larger than the noise.</summary>
    public bool IsNotZero => Math.Abs(Mean) > Confidence;

    /// <summary>Of some values.</summary>
    /// <param name="values">At least one.</param>
    public static SampleStatistics Of(IReadOnlyList<double> values)
    {
        var mean = values.Average();
        var squares = values.Sum(value => (value - mean) * (value - mean));
        return new(mean, values.Count < 2 ? 0 : Math.Sqrt(squares / (values.Count - 1)), values.Count);
    }
}
