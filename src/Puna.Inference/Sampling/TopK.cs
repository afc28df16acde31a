namespace Puna.Inference;

/// <summary>Keeps the k tokens with the highest logits.</summary>
public sealed class TopK : ISamplerStep
{
    private readonly int _k;
    private readonly bool _keepTies;

    /// <summary>Creates the step.</summary>
    /// <param name="k">How many to keep; 0 keeps all.</param>
    /// <param name="keepTies">
    /// What happens when the k-th token has equals: false keeps exactly k, the lower ids (llama.cpp's count), true keeps all of them (Hugging Face).
    /// </param>
    /// <exception cref="ArgumentOutOfRangeException">k is negative.</exception>
    public TopK(int k, bool keepTies = false)
    {
        _k = (int)StepRange.Check(k, 0, int.MaxValue, "TopK");
        _keepTies = keepTies;
    }

    /// <inheritdoc/>
    public void Apply(Candidates candidates, SamplingHistory history)
    {
        if (_k == 0 || _k >= candidates.Count) return;
        candidates.Rank(_k);
        var kept = _k;
        var worst = candidates.Kept[_k - 1].Logit;
        while (_keepTies && kept < candidates.Count && candidates.Ranked(kept).Logit == worst) kept++;
        candidates.KeepBest(kept);
    }
}
