using Puna.Models;
using Puna.Tensors;

namespace Puna.Evaluation;

/// <summary>What a task needs: a model, and the text to measure it on.</summary>
/// <param name="Model">With a tokenizer.</param>
/// <param name="Device">Where to compute.</param>
/// <param name="Precision">Of the matrix products.</param>
/// <param name="Texts">Texts, each measured by itself.</param>
/// <param name="Window">Tokens the model sees at once; 0 for its context length.</param>
public sealed record EvaluationInput(LanguageModel Model, Device Device, Precision Precision, IReadOnlyList<string> Texts, int Window = 0);

/// <summary>One way to measure a model.</summary>
public interface IEvaluationTask
{
    /// <summary>As in <c>--tasks</c>.</summary>
    string Name { get; }

    /// <summary>What it measures, in a line.</summary>
    string Description { get; }

    /// <summary>Measures; the figures by name, in the order in which they are shown.</summary>
    /// <exception cref="InvalidDataException">The text or the window does not fit the model.</exception>
    IReadOnlyList<(string Name, double Value)> Run(EvaluationInput input, CancellationToken cancellation = default);
}
