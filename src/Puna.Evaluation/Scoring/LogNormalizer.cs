namespace Puna.Evaluation;

/// <summary>What turns a row of logits z into log-probabilities: ln p = z − <paramref name="Largest"/> − <paramref name="LogSum"/>.</summary>
/// <param name="Largest">max z.</param>
/// <param name="Top">Its id; of equals the lowest.</param>
/// <param name="LogSum">ln Σ e^(z − max z); no finite number where a logit is none.</param>
public readonly record struct LogNormalizer(float Largest, int Top, double LogSum)
{
    /// <summary>Looks at a row: exponentials in single precision, their sum in double.</summary>
    /// <param name="logits">V of them, at least one.</param>
    public static LogNormalizer Of(ReadOnlySpan<float> logits)
    {
        var (largest, top, sum) = (logits[0], 0, 0.0);
        for (var i = 1; i < logits.Length; i++)
            if (logits[i] > largest) (largest, top) = (logits[i], i);
        foreach (var logit in logits) sum += MathF.Exp(logit - largest);
        return new LogNormalizer(largest, top, Math.Log(sum));
    }

    /// <summary>ln p of a token with this logit.</summary>
    public double LogProbability(float logit) => logit - Largest - LogSum;
}
