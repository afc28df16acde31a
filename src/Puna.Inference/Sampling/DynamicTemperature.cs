namespace Puna.Inference;

/// <summary>
/// A temperature between value − range (at least 0) and value + range, by how unsure the model is: least + (most − least) · (H / ln n)^exponent, where
/// H = −Σ p ln p and n is the number of candidates. Source: llama.cpp, <c>--dynatemp-range</c> (pull request 4972, after kalomaze).
/// </summary>
public sealed class DynamicTemperature : ISamplerStep
{
    private readonly double _least;
    private readonly double _most;
    private readonly double _exponent;

    /// <summary>Creates the step.</summary>
    /// <param name="value">The middle.</param>
    /// <param name="range">How far it may go to either side.</param>
    /// <param name="exponent">Below 1 heats sooner, above 1 later.</param>
    /// <exception cref="ArgumentOutOfRangeException">A value is negative or not finite.</exception>
    public DynamicTemperature(double value, double range, double exponent = 1)
    {
        StepRange.Check(value, 0, double.MaxValue, "Temperature");
        StepRange.Check(range, 0, double.MaxValue, "DynamicTemperatureRange");
        _exponent = StepRange.Check(exponent, 0, 1e6, "DynamicTemperatureExponent");
        (_least, _most) = (Math.Max(0, value - range), Math.Min(value + range, double.MaxValue));
    }

    /// <inheritdoc/>
    public void Apply(Candidates candidates, SamplingHistory history)
    {
        if (candidates.Count < 2) return;
        candidates.Normalise();
        var entropy = 0.0;
        foreach (ref readonly var candidate in candidates.Kept)
            if (candidate.Probability > 0) entropy -= candidate.Probability * Math.Log(candidate.Probability);
        var share = Math.Clamp(entropy / Math.Log(candidates.Count), 0, 1); // rounding may leave the range by an ulp
        var temperature = _least + (_most - _least) * Math.Pow(share, _exponent);
        if (temperature == 0) candidates.KeepBest(1);
        else if (temperature != 1) candidates.Scale(temperature);
    }
}
