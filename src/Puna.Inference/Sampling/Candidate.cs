namespace Puna.Inference;

/// <summary>One token that may still be drawn.</summary>
/// <param name="Id">The token.</param>
/// <param name="Logit">Its logit, as the steps so far have left it (nats, up to a constant that all candidates share).</param>
/// <param name="Probability">Its share of what is kept; holds only after <see cref="Candidates.Normalise"/>.</param>
public record struct Candidate(int Id, double Logit, double Probability)
{
    /// <summary>Whether this one ranks before another: by the higher logit, among equals by the lower id.</summary>
    public readonly bool IsBetterThan(in Candidate other) => Logit > other.Logit || (Logit == other.Logit && Id < other.Id);
}
