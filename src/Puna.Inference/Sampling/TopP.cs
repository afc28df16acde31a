namespace Puna.Inference;

/// <summary>
/// Nucleus sampling: keeps the smallest set of most probable tokens whose probabilities sum to at least p.
/// Source: Holtzman et al., «The curious case of neural text degeneration», ICLR 2020, section 3.1.
/// </summary>
public sealed class TopP : ISamplerStep
{
    private readonly double _p;
    private readonly int _minimumKept;

    /// <summary>Creates the step.</summary>
    /// <param name="p">The mass to reach, in [0, 1]; 1 keeps all, 0 only the best.</param>
    /// <param name="minimumKept">Keep at least so many tokens.</param>
    /// <exception cref="ArgumentOutOfRangeException">p lies outside [0, 1], or <paramref name="minimumKept"/> is below 1.</exception>
    public TopP(double p, int minimumKept = 1)
    {
        _p = StepRange.Check(p, 0, 1, "TopP");
        _minimumKept = StepRange.CheckKeep(minimumKept);
    }

    /// <inheritdoc/>
    public void Apply(Candidates candidates, SamplingHistory history)
    {
        if (_p == 1) return;
        candidates.Normalise();
        var (kept, mass) = (0, 0.0);
        while (kept < candidates.Count && (kept < _minimumKept || mass < _p)) mass += candidates.Ranked(kept++).Probability;
        candidates.KeepBest(kept);
    }
}
