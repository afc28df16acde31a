namespace Puna.Models;

/// <summary>How rotary frequencies are stretched for a longer context than the model was first trained on.</summary>
public abstract record RopeScaling
{
    /// <summary>rope_type in config.json.</summary>
    public abstract string Type { get; }

    /// <summary>The frequency to use for a pair whose plain frequency is <paramref name="frequency"/> (radians per position).</summary>
    public abstract double Scale(double frequency);

    /// <summary>As <see cref="Scale(double)"/>, for scalings that differ from pair to pair.</summary>
    /// <param name="frequency">Plain frequency of the pair.</param>
    /// <param name="pair">Its number, from 0 to D/2 − 1.</param>
    public virtual double Scale(double frequency, int pair) => Scale(frequency);
}

/// <summary>Every frequency divided by a factor: positions are interpolated (Chen et al. 2306.15595).</summary>
/// <param name="Factor">How much longer the context becomes.</param>
public sealed record LinearRopeScaling(double Factor) : RopeScaling
{
    /// <inheritdoc/>
    public override string Type => "linear";

    /// <inheritdoc/>
    public override double Scale(double frequency) => frequency / Factor;
}

/// <summary>
/// Llama 3.1: wavelengths shorter than old/high keep their frequency, longer than old/low are divided by the factor, between them
/// the two are blended (meta-llama/llama-models: models/llama3/model.py).
/// </summary>
/// <param name="Factor">8 in Llama 3.1, 32 in 3.2.</param>
/// <param name="LowFrequencyFactor">low_freq_factor, 1.</param>
/// <param name="HighFrequencyFactor">high_freq_factor, 4.</param>
/// <param name="OriginalContextLength">original_max_position_embeddings, 8192.</param>
public sealed record Llama3RopeScaling(double Factor, double LowFrequencyFactor, double HighFrequencyFactor, int OriginalContextLength) : RopeScaling
{
    /// <inheritdoc/>
    public override string Type => "llama3";

    /// <inheritdoc/>
    public override double Scale(double frequency)
    {
        var wavelength = 2 * Math.PI / frequency;
        if (wavelength < OriginalContextLength / HighFrequencyFactor) return frequency;
        if (wavelength > OriginalContextLength / LowFrequencyFactor) return frequency / Factor;
        var s = ((OriginalContextLength / wavelength) - LowFrequencyFactor) / (HighFrequencyFactor - LowFrequencyFactor);
        return ((1 - s) * frequency / Factor) + (s * frequency);
    }
}

/// <summary>A divisor for each pair, as GGUF's <c>rope_freqs.weight</c> holds them where no formula of this build gives the same. A config.json cannot say it.</summary>
/// <param name="Factors">D/2 divisors.</param>
public sealed record FactorRopeScaling(IReadOnlyList<float> Factors) : RopeScaling
{
    /// <inheritdoc/>
    public override string Type => "factors";

    /// <inheritdoc/>
    public override double Scale(double frequency) => throw new NotSupportedException("these factors differ from pair to pair");

    /// <inheritdoc/>
    public override double Scale(double frequency, int pair) => frequency / Factors[pair];
}
