using Puna.Text;

namespace Puna.Inference;

/// <summary>Ranks by a function.</summary>
/// <param name="score">Of the prompt's ids and a continuation; the higher the better.</param>
public sealed class FunctionReranker(Func<IReadOnlyList<int>, Completion, double> score) : IReranker
{
    /// <summary>Ranks by a function of text.</summary>
    /// <param name="tokenizer">Of the model.</param>
    /// <param name="score">Of the prompt's text and the continuation's; the higher the better.</param>
    public FunctionReranker(Tokenizer tokenizer, Func<string, string, double> score)
        : this((prompt, completion) => score(tokenizer.Decode([.. prompt]), CompletionText.Of(tokenizer, prompt, completion.Ids)))
    {
    }

    /// <inheritdoc/>
    public IReadOnlyList<double> Score(IReadOnlyList<int> prompt, IReadOnlyList<Completion> completions, CancellationToken cancellation = default)
    {
        var scores = new double[completions.Count];
        for (var i = 0; i < scores.Length; i++)
        {
            cancellation.ThrowIfCancellationRequested();
            scores[i] = score(prompt, completions[i]);
        }
        return scores;
    }
}
