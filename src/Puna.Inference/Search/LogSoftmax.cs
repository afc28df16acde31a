namespace Puna.Inference;

/// <summary>Logits as log-probabilities, in double precision.</summary>
internal static class LogSoftmax
{
    /// <summary>ln Σ exp(logit).</summary>
    /// <exception cref="InvalidDataException">There is no logit, or one is NaN or infinite; the first such index is named.</exception>
    public static double Normaliser(ReadOnlySpan<float> logits)
    {
        if (logits.IsEmpty) throw new InvalidDataException("there are no logits");
        var best = float.NegativeInfinity;
        for (var i = 0; i < logits.Length; i++)
        {
            if (!float.IsFinite(logits[i])) throw Candidates.NotFinite(i, logits[i]);
            best = Math.Max(best, logits[i]);
        }
        var sum = 0.0;
        foreach (var logit in logits) sum += Math.Exp((double)logit - best);
        return best + Math.Log(sum);
    }

    /// <summary>ln p of every token, [V].</summary>
    /// <exception cref="InvalidDataException">As above.</exception>
    public static void Fill(ReadOnlySpan<float> logits, Span<double> logProbabilities)
    {
        var normaliser = Normaliser(logits);
        for (var i = 0; i < logits.Length; i++) logProbabilities[i] = logits[i] - normaliser;
    }
}
