using Puna.Tensors;

namespace Puna.Inference;

/// <summary>
/// Exclude top choices: with some probability drops all tokens that are at least as probable as a threshold, but for the least probable of them, so that
/// a sensible token stays. Whether it acts at a place is a function of the seed and of the place, so looking at a distribution twice shows the same one.
/// Source: p-e-w, oobabooga/text-generation-webui, pull request 6335.
/// </summary>
public sealed class Xtc : ISamplerStep
{
    private const ulong Stream = 0x585443; // of the seed; the draw itself has stream 0
    private readonly double _probability;
    private readonly double _threshold;
    private readonly int _minimumKept;
    private readonly CounterRandom _random;

    /// <summary>Creates the step.</summary>
    /// <param name="probability">How often it acts, in [0, 1].</param>
    /// <param name="threshold">From which probability on a token is a top choice, in [0, 1]; above ½ there is at most one, and nothing happens.</param>
    /// <param name="seed">The chain's.</param>
    /// <param name="minimumKept">Does nothing where fewer tokens would be left.</param>
    /// <exception cref="ArgumentOutOfRangeException">A value lies outside [0, 1], or <paramref name="minimumKept"/> is below 1.</exception>
    public Xtc(double probability, double threshold, ulong seed, int minimumKept = 1)
    {
        _probability = StepRange.Check(probability, 0, 1, "XtcProbability");
        _threshold = StepRange.Check(threshold, 0, 1, "XtcThreshold");
        _minimumKept = StepRange.CheckKeep(minimumKept);
        _random = new CounterRandom(seed, Stream);
    }

    /// <inheritdoc/>
    public void Apply(Candidates candidates, SamplingHistory history)
    {
        if (_threshold > 0.5 || candidates.Count < 2) return;
        _random.Position = 2ul * (ulong)history.Count;
        if (_random.NextDouble() >= _probability) return;
        candidates.Normalise();
        var choices = 0;
        while (choices < candidates.Count && candidates.Ranked(choices).Probability >= _threshold) choices++;
        if (choices > 1 && candidates.Count - (choices - 1) >= _minimumKept) candidates.DropBest(choices - 1);
    }
}
