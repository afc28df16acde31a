using Puna.Inference;
using Puna.Models;
using Puna.Text;

namespace Puna.Evaluation;

/// <summary>On what a task measures, and how.</summary>
/// <param name="Texts">Texts, each measured by itself.</param>
public sealed record EvaluationSettings(IReadOnlyList<string> Texts)
{
    /// <summary>Tokens the model sees at once; 0 for what is usual for the task.</summary>
    public int Window { get; init; }

    /// <summary>At most so many chunks, for tasks that cut text into chunks; 0 for all.</summary>
    public int MostChunks { get; init; }

    /// <summary>A file of log-probabilities that <see cref="ChunkedPerplexityTask"/> writes and <see cref="KlDivergenceTask"/> reads; null for none.</summary>
    public string? BaseLogits { get; init; }

    /// <summary>Hears the share of a task that is done, 0 to 1.</summary>
    public Action<double>? Progress { get; init; }
}

/// <summary>One way to measure a model.</summary>
public interface IEvaluationTask
{
    /// <summary>As in <c>--tasks</c>.</summary>
    string Name { get; }

    /// <summary>What it measures, in a line.</summary>
    string Description { get; }

    /// <summary>Whether it measures on texts; one that does not brings its own tokens.</summary>
    bool NeedsText { get; }

    /// <summary>Tokens that the model will see at once: the context that the engine must have.</summary>
    /// <exception cref="InvalidDataException">The model has not so many positions, or a file that says how many is none.</exception>
    int Window(EvaluationSettings settings, IModelConfig config);

    /// <summary>Measures; the figures by name, in the order in which they are shown.</summary>
    /// <param name="engine">Runs the model; its context holds <see cref="Window"/> positions.</param>
    /// <param name="tokenizer">The model's.</param>
    /// <param name="settings">On what, and how.</param>
    /// <param name="cancellation">Stops between batches.</param>
    /// <exception cref="InvalidDataException">The text, the window or a file does not fit the model.</exception>
    IReadOnlyList<(string Name, double Value)> Run(InferenceEngine engine, Tokenizer tokenizer, EvaluationSettings settings, CancellationToken cancellation = default);
}
