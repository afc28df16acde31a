namespace Puna.Inference;

/// <summary>Settings of a beam search, in Hugging Face's words.</summary>
public sealed record BeamSearchOptions
{
    /// <summary>B: continuations that live at a time (num_beams), at least 1.</summary>
    public int BeamCount { get; init; } = 4;

    /// <summary>G: groups that the beams are divided into (num_beam_groups); a divisor of B. 1 is the ordinary search.</summary>
    public int GroupCount { get; init; } = 1;

    /// <summary>α: a longer text is the more favoured the larger it is (length_penalty); 0 compares sums.</summary>
    public double LengthPenalty { get; init; } = 1;

    /// <summary>What a sum is divided by.</summary>
    public LengthPenaltyForm LengthPenaltyForm { get; init; }

    /// <summary>λ: nats off a token for each beam of an earlier group that chose it at this step (diversity_penalty); needs groups.</summary>
    public double DiversityPenalty { get; init; }

    /// <summary>Σ ln p of n tokens as a score.</summary>
    public double Score(double logProbability, int tokens) => logProbability / Math.Pow(LengthPenaltyForm == LengthPenaltyForm.Gnmt ? (5.0 + tokens) / 6 : tokens, LengthPenalty);

    /// <summary>Says no to what cannot be.</summary>
    /// <exception cref="InvalidDataException">A value is out of its range; the sentence names it.</exception>
    internal void Check()
    {
        if (BeamCount < 1) throw new InvalidDataException($"a beam search needs at least 1 beam, not {BeamCount}");
        if (GroupCount < 1 || BeamCount % GroupCount != 0) throw new InvalidDataException($"{BeamCount} beams cannot be divided into {GroupCount} equal groups; give a number of groups that divides the number of beams");
        if (!double.IsFinite(LengthPenalty)) throw new InvalidDataException($"the length penalty is {LengthPenalty}; give a finite number");
        if (!double.IsFinite(DiversityPenalty) || DiversityPenalty < 0) throw new InvalidDataException($"the diversity penalty is {DiversityPenalty}; give a number of at least 0");
        if (DiversityPenalty > 0 && GroupCount == 1) throw new InvalidDataException("a diversity penalty works between groups of beams, and there is one group; give more groups");
    }
}

/// <summary>What the sum of log-probabilities of n tokens is divided by.</summary>
public enum LengthPenaltyForm
{
    /// <summary>n^α, Hugging Face's.</summary>
    Length,

    /// <summary>((5 + n) / 6)^α: Wu et al., «Google's neural machine translation system», 2016, equation 14.</summary>
    Gnmt,
}
