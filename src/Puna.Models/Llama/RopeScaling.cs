namespace Puna.Models;

/// <summary>How rotary frequencies are stretched for a longer context than the model was first trained on.</summary>
public abstract record RopeScaling
{
    /// <summary>rope_type in config.json.</summary>
    public abstract string Type { get; }

    /// <summary>What cosines and sines are multiplied with.</summary>
    public virtual double Magnitude => 1;

    /// <summary>Positions up to which the frequencies are always the same; beyond, they depend on the length of the sequence.</summary>
    public virtual int FixedLength => int.MaxValue;

    /// <summary>Radians per position of each pair, [D/2].</summary>
    /// <param name="theta">rope_theta.</param>
    /// <param name="headSize">D.</param>
    /// <param name="positions">Length of the sequence; counts beyond <see cref="FixedLength"/> only.</param>
    public virtual double[] Frequencies(double theta, int headSize, int positions) => [.. Plain(theta, headSize).Select(Scale)];

    /// <summary>θ^(−2i/D).</summary>
    public static double[] Plain(double theta, int headSize) => [.. Enumerable.Range(0, headSize / 2).Select(i => Math.Pow(theta, -2.0 * i / headSize))];

    /// <summary>The frequency to use for a pair whose plain frequency is <paramref name="frequency"/>, where no more needs to be known.</summary>
    protected internal virtual double Scale(double frequency) => frequency;
}

/// <summary>Every frequency divided by a factor: positions are interpolated (Chen et al. 2306.15595).</summary>
/// <param name="Factor">How much longer the context becomes.</param>
public sealed record LinearRopeScaling(double Factor) : RopeScaling
{
    /// <inheritdoc/>
    public override string Type => "linear";

    /// <inheritdoc/>
    protected internal override double Scale(double frequency) => frequency / Factor;
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
    protected internal override double Scale(double frequency)
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
    public override double[] Frequencies(double theta, int headSize, int positions) => [.. Plain(theta, headSize).Select((frequency, pair) => frequency / Factors[pair])];
}
