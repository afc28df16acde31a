using Puna.Inference;
using Puna.Models;
using Puna.Text;

namespace Puna.Evaluation;

/// <summary>
/// Perplexity exactly as llama-perplexity measures it (<see cref="TokenChunks"/>), for figures that stand beside llama.cpp's. The error is that of the
/// mean loss, tokens taken as independent, times the perplexity. Writes the file of log-probabilities that <see cref="KlDivergenceTask"/> reads, where one is named.
/// </summary>
public sealed class ChunkedPerplexityTask : IEvaluationTask
{
    private const int UsualSize = 512;

    /// <inheritdoc/>
    public string Name => "chunked-perplexity";

    /// <inheritdoc/>
    public string Description => "perplexity as llama-perplexity measures it: chunks, by default of 512 tokens, the second half of each scored";

    /// <inheritdoc/>
    public bool NeedsText => true;

    /// <inheritdoc/>
    public int Window(EvaluationSettings settings, IModelConfig config) => TextWindows.Checked(settings.Window, UsualSize, config.ContextLength);

    /// <inheritdoc/>
    /// <exception cref="IOException">The file of log-probabilities cannot be written, or the disk has no room for it.</exception>
    public IReadOnlyList<(string Name, double Value)> Run(InferenceEngine engine, Tokenizer tokenizer, EvaluationSettings settings, CancellationToken cancellation = default)
    {
        var size = Window(settings, engine.Config);
        var begin = TextWindows.BeginOf(engine, tokenizer);
        var chunks = TokenChunks.Of(tokenizer, begin, settings.Texts, size, settings.MostChunks);
        var loss = new MeanWithError();
        if (settings.BaseLogits is not { } path) Score(null);
        else
        {
            var header = new BaseLogitsHeader(size, engine.VocabularySize, chunks.Count);
            DiskSpace.Require(path, header.FileBytes);
            AtomicFile.Write(path, stream => Score(new BaseLogitsWriter(stream, header, chunks.Tokens)));
        }
        var perplexity = Math.Exp(loss.Value);
        return [("loss", loss.Value), ("perplexity", perplexity), ("perplexity_error", perplexity * loss.Error), ("tokens", loss.Count), ("chunks", chunks.Count), ("window", size)];

        void Score(BaseLogitsWriter? writer) => WindowLogits.Run(engine, chunks.Windows(begin), chunks.First, (chunk, position, logits, normalizer) =>
        {
            loss.Add(-normalizer.LogProbability(logits[chunks.Next(chunk, position)]));
            writer?.Write(logits, normalizer);
        }, settings.Progress, cancellation);
    }
}
