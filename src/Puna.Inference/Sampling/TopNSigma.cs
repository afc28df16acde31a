namespace Puna.Inference;

/// <summary>
/// Keeps the tokens whose logit is at most n standard deviations below the best: logit ≥ max − n·σ, σ over all candidates. It works on logits, so a later
/// temperature does not change what is kept. Source: Tang et al., «Top-nσ: not all logits are you need», 2024, section 3.
/// </summary>
public sealed class TopNSigma : ISamplerStep
{
    private readonly double _n;
    private readonly int _minimumKept;

    /// <summary>Creates the step.</summary>
    /// <param name="n">Standard deviations; 0 and less keep all.</param>
    /// <param name="minimumKept">Keep at least so many tokens.</param>
    /// <exception cref="ArgumentOutOfRangeException">n is not finite, or <paramref name="minimumKept"/> is below 1.</exception>
    public TopNSigma(double n, int minimumKept = 1)
    {
        _n = StepRange.Check(n, -1e6, 1e6, "TopNSigma");
        _minimumKept = StepRange.CheckKeep(minimumKept);
    }

    /// <inheritdoc/>
    public void Apply(Candidates candidates, SamplingHistory history)
    {
        if (_n <= 0) return;
        var (sum, counted) = (0.0, 0);
        foreach (ref readonly var candidate in candidates.Kept)
        {
            if (double.IsNegativeInfinity(candidate.Logit)) continue; // another step's way to rule a token out
            sum += candidate.Logit;
            counted++;
        }
        var (mean, squares) = (sum / counted, 0.0);
        foreach (ref readonly var candidate in candidates.Kept)
            if (!double.IsNegativeInfinity(candidate.Logit)) squares += (candidate.Logit - mean) * (candidate.Logit - mean);
        var threshold = candidates.Best().Logit - _n * Math.Sqrt(squares / counted);
        var kept = 0;
        while (kept < candidates.Count && (kept < _minimumKept || candidates.Ranked(kept).Logit >= threshold)) kept++;
        candidates.KeepBest(Math.Max(1, kept));
    }
}
