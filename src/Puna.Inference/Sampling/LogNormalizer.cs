namespace Puna.Inference;

/// <summary>What turns a row of logits z into log-probabilities, in double precision: ln p = z − <paramref name="Largest"/> − <paramref name="LogSum"/>.</summary>
/// <param name="Largest">max z.</param>
/// <param name="Top">Its id; of equals the lowest.</param>
/// <param name="LogSum">ln Σ e^(z − max z); NaN where a logit is NaN or infinite.</param>
public readonly record struct LogNormalizer(float Largest, int Top, double LogSum)
{
    /// <summary>Whether every logit is a finite number.</summary>
    public bool IsFinite => double.IsFinite(LogSum);

    /// <summary>Looks at a row.</summary>
    /// <param name="logits">V of them.</param>
    /// <exception cref="InvalidDataException">There is none.</exception>
    public static LogNormalizer Of(ReadOnlySpan<float> logits)
    {
        if (logits.IsEmpty) throw new InvalidDataException("there are no logits");
        var (largest, top, isFinite) = (logits[0], 0, true);
        for (var i = 0; i < logits.Length; i++)
        {
            isFinite &= float.IsFinite(logits[i]);
            if (logits[i] > largest) (largest, top) = (logits[i], i);
        }
        if (!isFinite) return new LogNormalizer(largest, top, double.NaN);
        var sum = 0.0;
        foreach (var logit in logits) sum += Math.Exp((double)logit - largest);
        return new LogNormalizer(largest, top, Math.Log(sum));
    }

    /// <summary>Looks at a row that must be finite.</summary>
    /// <param name="logits">V of them.</param>
    /// <exception cref="InvalidDataException">There is none, or one is NaN or infinite; the first such index is named.</exception>
    public static LogNormalizer OfFinite(ReadOnlySpan<float> logits)
    {
        var normalizer = Of(logits);
        if (normalizer.IsFinite) return normalizer;
        var first = 0;
        while (float.IsFinite(logits[first])) first++;
        throw Candidates.NotFinite(first, logits[first]);
    }

    /// <summary>ln p of a token with this logit.</summary>
    public double LogProbability(float logit) => (double)logit - Largest - LogSum;

    /// <summary>ln p of every token, [V].</summary>
    /// <param name="logits">The row.</param>
    /// <param name="logProbabilities">Receives them.</param>
    public void Fill(ReadOnlySpan<float> logits, Span<double> logProbabilities)
    {
        for (var i = 0; i < logits.Length; i++) logProbabilities[i] = LogProbability(logits[i]);
    }
}
