namespace Puna.Evaluation;

/// <summary>The tasks of this build. To add one: its class, a line here.</summary>
public static class EvaluationTasks
{
    /// <summary>All of them.</summary>
    public static IReadOnlyList<IEvaluationTask> All { get; } = [new PerplexityTask(), new ChunkedPerplexityTask(), new KlDivergenceTask()];

    /// <summary>Finds a task.</summary>
    /// <param name="name">For example <c>perplexity</c>.</param>
    /// <exception cref="InvalidDataException">There is none of this name; the sentence lists them.</exception>
    public static IEvaluationTask ByName(string name) => All.FirstOrDefault(task => task.Name == name)
        ?? throw new InvalidDataException($"there is no task '{name}'; this build has {string.Join(", ", All.Select(task => task.Name))}");
}
