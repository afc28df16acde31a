namespace Puna.Inference;

/// <summary>Ranks by what the model itself thinks: the total log-probability, or that of a token on average, which does not favour short texts.</summary>
/// <param name="perToken">Whether the average counts.</param>
public sealed class LogProbabilityReranker(bool perToken = false) : IReranker
{
    /// <inheritdoc/>
    public IReadOnlyList<double> Score(IReadOnlyList<int> prompt, IReadOnlyList<Completion> completions, CancellationToken cancellation = default) =>
        [.. completions.Select(completion => perToken ? completion.MeanLogProbability : completion.LogProbability)];
}
