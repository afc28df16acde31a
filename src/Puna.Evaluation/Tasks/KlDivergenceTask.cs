using Puna.Inference;
using Puna.Models;
using Puna.Text;

namespace Puna.Evaluation;

/// <summary>
/// How far a model's predictions are from those in a file of log-probabilities (<see cref="BaseLogitsReader"/>), on the tokens of that file: llama-perplexity's
/// <c>--kl-divergence</c>. The vocabularies must be the same; base and model may be of any precision, and either may have been run by llama.cpp.
/// </summary>
public sealed class KlDivergenceTask : IEvaluationTask
{
    /// <inheritdoc/>
    public string Name => "kl-divergence";

    /// <inheritdoc/>
    public string Description => "Kullback-Leibler divergence from the model whose log-probabilities are in --kl-divergence-base FILE, on the tokens of that file";

    /// <inheritdoc/>
    public bool NeedsText => false;

    /// <inheritdoc/>
    public int Window(EvaluationSettings settings, IModelConfig config)
    {
        var path = settings.BaseLogits ?? throw new InvalidDataException($"{Name} needs log-probabilities to compare with: give --kl-divergence-base FILE, which --tasks chunked-perplexity writes");
        using var reader = new BaseLogitsReader(path);
        Check(path, reader.Header, config);
        return reader.Header.ChunkSize;
    }

    /// <inheritdoc/>
    public IReadOnlyList<(string Name, double Value)> Run(InferenceEngine engine, Tokenizer tokenizer, EvaluationSettings settings, CancellationToken cancellation = default)
    {
        var path = settings.BaseLogits!;
        using var reader = new BaseLogitsReader(path);
        var header = reader.Header;
        Check(path, header, engine.Config);
        var chunks = new TokenChunks(reader.Tokens, header.ChunkSize);
        var windows = chunks.Windows(TextWindows.BeginOf(engine, tokenizer));
        if (settings.MostChunks > 0) windows = [.. windows.Take(settings.MostChunks)];
        var statistics = new DivergenceStatistics(windows.Count * header.RowsPerChunk);
        var row = new BaseLogitsRow(header.VocabularySize);
        WindowLogits.Run(engine, windows, chunks.First, (chunk, position, logits, normalizer) =>
        {
            reader.Read(row);
            statistics.Add(logits, normalizer, row, chunks.Next(chunk, position));
        }, settings.Progress, cancellation);
        return [.. statistics.Figures(), ("chunks", windows.Count), ("window", header.ChunkSize)];
    }

    private static void Check(string path, BaseLogitsHeader header, IModelConfig config)
    {
        if (header.VocabularySize != config.VocabularySize) throw new InvalidDataException($"{path} is of a model with {header.VocabularySize} tokens in its vocabulary, this one has {config.VocabularySize}: only models with the same vocabulary compare");
        if (header.ChunkSize > config.ContextLength) throw new InvalidDataException($"{path} has chunks of {header.ChunkSize} tokens, this model {config.ContextLength} positions; write it with a smaller --context-length");
    }
}
