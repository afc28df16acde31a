using System.Text;
using Puna.Inference;
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
    public bool NeedsText => true;

    /// <inheritdoc/>
    public int Window(EvaluationSettings settings, IModelConfig config) => TextWindows.Checked(settings.Window, config.ContextLength, config.ContextLength);

    /// <inheritdoc/>
    public IReadOnlyList<(string Name, double Value)> Run(InferenceEngine engine, Tokenizer tokenizer, EvaluationSettings settings, CancellationToken cancellation = default)
    {
        var length = Window(settings, engine.Config);
        var begins = TextWindows.BeginOf(engine, tokenizer) is not null;
        var texts = settings.Texts.Select(text => tokenizer.Encode(text, new EncodeOptions(AddBos: begins))).ToArray();
        if (texts.FirstOrDefault(ids => ids.Length < 2) is { } few) throw new InvalidDataException($"a text of {few.Length} tokens leaves nothing to predict; give a longer one");
        // a window reads tokens [i·T, i·T + T) and is scored on those that follow each
        var windows = texts.SelectMany((ids, text) => Enumerable.Range(0, (ids.Length - 2 + length) / length).Select(i => (Text: text, Start: i * length))).ToArray();
        var (nats, hits, count) = (0.0, 0L, 0L);
        WindowLogits.Run(engine, [.. windows.Select(window => (ReadOnlyMemory<int>)texts[window.Text].AsMemory(window.Start, Math.Min(length, texts[window.Text].Length - 1 - window.Start)))], 0, (window, position, logits, normalizer) =>
        {
            var next = texts[windows[window].Text][windows[window].Start + position + 1];
            nats -= normalizer.LogProbability(logits[next]);
            if (normalizer.Top == next) hits++;
            count++;
        }, settings.Progress, cancellation);
        var bytes = settings.Texts.Sum(text => (long)Encoding.UTF8.GetByteCount(text));
        var loss = nats / count;
        return [("loss", loss), ("perplexity", Math.Exp(loss)), ("accuracy", hits / (double)count), ("bits_per_byte", nats / (Math.Log(2) * bytes)), ("tokens", count), ("bytes", bytes), ("window", length)];
    }
}
