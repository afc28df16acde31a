namespace Puna.Inference;

/// <summary>Divides every logit by the temperature; at 0 only the best token stays (argmax, ties to the lower id).</summary>
public sealed class Temperature : ISamplerStep
{
    private readonly double _value;

    /// <summary>Creates the step.</summary>
    /// <param name="value">Below 1 sharpens, above 1 flattens, 1 changes nothing.</param>
    /// <exception cref="ArgumentOutOfRangeException">The value is negative or not finite.</exception>
    public Temperature(double value) => _value = StepRange.Check(value, 0, double.MaxValue, "Temperature");

    /// <inheritdoc/>
    public void Apply(Candidates candidates, SamplingHistory history)
    {
        if (_value == 0) candidates.KeepBest(1);
        else if (_value != 1) candidates.Scale(_value);
    }
}
