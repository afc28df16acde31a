using System.Text;
using Puna.Models;
using Puna.Text;

namespace Puna.Evaluation;

/// <summary>
/// How well a model predicts a text, token by token, in disjoint windows. The text begins with BOS where the model has one; every token after the
/// first is scored once. Bits per byte divide by the bytes of the text as given, so that models with different tokenizers compare.
/// </summary>
public sealed class PerplexityTask : IEvaluationTask
{
    /// <inheritdoc/>
    public string Name => "perplexity";

    /// <inheritdoc/>
    public string Description => "loss, perplexity, accuracy and bits per byte over disjoint windows of a text";

    /// <inheritdoc/>
    public IReadOnlyList<(string Name, double Value)> Run(EvaluationInput input, CancellationToken cancellation = default)
    {
        var config = input.Model.Config;
        var tokenizer = input.Model.Tokenizer ?? throw new InvalidDataException("the model has no tokenizer");
        var window = input.Window == 0 ? config.ContextLength : input.Window;
        if (window < 1 || window > config.ContextLength) throw new InvalidDataException($"--context-length {window}: this model has 1 to {config.ContextLength} positions");
        var (nats, hits, count, bytes) = (0.0, 0.0, 0L, 0L);
        using var scorer = new ModelScorer(input.Model.Network, input.Device, input.Precision);
        foreach (var text in input.Texts)
        {
            var ids = tokenizer.Encode(text, new EncodeOptions(AddBos: tokenizer.AddsBos && config.BosTokenId is not null));
            if (ids.Length < 2) throw new InvalidDataException($"a text of {ids.Length} tokens leaves nothing to predict; give a longer one");
            var score = scorer.Score(TokenRows.FromWindows(ids, Math.Min(window, ids.Length - 1)), cancellation: cancellation);
            nats += score.Loss * score.Count;
            hits += score.Accuracy * score.Count;
            count += score.Count;
            bytes += Encoding.UTF8.GetByteCount(text);
        }
        var loss = nats / count;
        return [("loss", loss), ("perplexity", Math.Exp(loss)), ("accuracy", hits / count), ("bits_per_byte", nats / (Math.Log(2) * bytes)), ("tokens", count), ("bytes", bytes), ("window", window)];
    }
}
