namespace Puna.Inference;

/// <summary>A whole continuation of a prompt, with what the model thinks of it.</summary>
/// <param name="Ids">The continuation, without the stop id that ended it.</param>
/// <param name="LogProbability">Σ ln p of its tokens under the model itself (no sampler steps), the stop id among them; nats.</param>
/// <param name="TokenCount">Tokens of that sum.</param>
/// <param name="FinishReason">Why it ended.</param>
public sealed record Completion(IReadOnlyList<int> Ids, double LogProbability, int TokenCount, FinishReason FinishReason)
{
    /// <summary>Nats a token.</summary>
    public double MeanLogProbability => LogProbability / Math.Max(1, TokenCount);

    /// <summary>What it was ranked by, the higher the better: a search's own score, or a reranker's.</summary>
    public double Score { get; init; } = LogProbability;
}
