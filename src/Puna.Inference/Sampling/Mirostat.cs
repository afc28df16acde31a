namespace Puna.Inference;

/// <summary>
/// Holds the surprise of the text near a target: drops tokens whose surprise −log2 p is above μ (never the best), and after each draw moves μ ← μ − η · (surprise of the
/// drawn token among those kept − τ). μ starts at 2τ. Source: Basu et al., «Mirostat», ICLR 2021, in its second version (its authors' code, and llama.cpp's).
/// </summary>
public sealed class Mirostat : ISamplerStep, IDrawObserver
{
    private readonly double _target;
    private readonly double _rate;

    /// <summary>Creates the step; it belongs at the end of a chain.</summary>
    /// <param name="target">τ, in bits a token.</param>
    /// <param name="rate">η, the learning rate.</param>
    /// <exception cref="ArgumentOutOfRangeException">A value is negative or not finite.</exception>
    public Mirostat(double target = 5, double rate = 0.1)
    {
        _target = StepRange.Check(target, 0, 1e6, "MirostatTau");
        _rate = StepRange.Check(rate, 0, 1e6, "MirostatEta");
        Mu = 2 * target;
    }

    /// <summary>μ, the largest surprise allowed now, in bits. With the history and the position in the random stream the whole state of a chain.</summary>
    public double Mu { get; set; }

    /// <inheritdoc/>
    public void Apply(Candidates candidates, SamplingHistory history)
    {
        candidates.Normalise();
        var kept = 0;
        while (kept < candidates.Count && -Math.Log2(candidates.Ranked(kept).Probability) <= Mu) kept++;
        candidates.KeepBest(Math.Max(1, kept));
    }

    /// <inheritdoc/>
    public void Drawn(in Candidate token) => Mu -= _rate * (-Math.Log2(token.Probability) - _target);
}
