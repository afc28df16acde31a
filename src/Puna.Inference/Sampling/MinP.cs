namespace Puna.Inference;

/// <summary>
/// Keeps the tokens that are at least p times as probable as the best one: logit ≥ best logit + ln p, so no softmax is needed.
/// Source: Nguyen et al., «Turning up the heat: min-p sampling», ICLR 2025, section 3.
/// </summary>
public sealed class MinP : ISamplerStep
{
    private readonly double _p;
    private readonly int _minimumKept;

    /// <summary>Creates the step.</summary>
    /// <param name="p">Share of the best token's probability, in [0, 1]; 0 keeps all, 1 only the best and its equals.</param>
    /// <param name="minimumKept">Keep at least so many tokens.</param>
    /// <exception cref="ArgumentOutOfRangeException">p lies outside [0, 1], or <paramref name="minimumKept"/> is below 1.</exception>
    public MinP(double p, int minimumKept = 1)
    {
        _p = StepRange.Check(p, 0, 1, "MinP");
        _minimumKept = StepRange.CheckKeep(minimumKept);
    }

    /// <inheritdoc/>
    public void Apply(Candidates candidates, SamplingHistory history)
    {
        if (_p == 0) return;
        var threshold = candidates.Best().Logit + Math.Log(_p);
        var kept = 0;
        while (kept < candidates.Count && (kept < _minimumKept || candidates.Ranked(kept).Logit >= threshold)) kept++;
        candidates.KeepBest(kept);
    }
}
