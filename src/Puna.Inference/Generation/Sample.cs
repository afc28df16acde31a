namespace Puna.Inference;

/// <summary>One of several continuations of a prompt.</summary>
/// <param name="Text">The text, without stop strings.</param>
/// <param name="Tokens">Its ids, those of a stop string included, stop ids not.</param>
/// <param name="FinishReason">Why it ended.</param>
/// <param name="Seed">The seed that gives it again.</param>
/// <param name="LogProbabilities">Of each token, where they were asked for; otherwise empty.</param>
public sealed record Sample(string Text, IReadOnlyList<int> Tokens, FinishReason FinishReason, long Seed, IReadOnlyList<TokenLogProbability> LogProbabilities)
{
    /// <summary>Its <see cref="Tokens"/> with the sum of their log-probabilities, that of the stop id which ended it included; null where log-probabilities were not asked for.</summary>
    public Completion? Completion { get; init; }
}
