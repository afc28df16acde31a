namespace Puna.Inference;

/// <summary>An opinion about whole continuations: the model's own (<see cref="LogProbabilityReranker"/>), a function's (<see cref="FunctionReranker"/>), or a reward model's.</summary>
public interface IReranker
{
    /// <summary>Scores continuations of one prompt.</summary>
    /// <param name="prompt">Its ids.</param>
    /// <param name="completions">At least one.</param>
    /// <param name="cancellation">Gives up.</param>
    /// <returns>A score each, in their order; the higher the better.</returns>
    IReadOnlyList<double> Score(IReadOnlyList<int> prompt, IReadOnlyList<Completion> completions, CancellationToken cancellation = default);
}

/// <summary>Puts continuations in a reranker's order.</summary>
public static class Reranking
{
    /// <summary>The continuations with their new scores, best first; equals stay in the order they came in.</summary>
    /// <exception cref="InvalidDataException">The reranker gave too few or too many scores, or one is NaN.</exception>
    public static IReadOnlyList<Completion> Rank(this IReranker reranker, IReadOnlyList<int> prompt, IReadOnlyList<Completion> completions, CancellationToken cancellation = default)
    {
        if (completions.Count == 0) return completions;
        var scores = reranker.Score(prompt, completions, cancellation);
        if (scores.Count != completions.Count) throw new InvalidDataException($"the reranker was asked for {completions.Count} scores and gave {scores.Count}");
        for (var i = 0; i < scores.Count; i++)
            if (double.IsNaN(scores[i])) throw new InvalidDataException($"the reranker's score of continuation {i + 1} is no number");
        return [.. completions.Zip(scores, (completion, score) => completion with { Score = score }).OrderByDescending(completion => completion.Score)];
    }
}
