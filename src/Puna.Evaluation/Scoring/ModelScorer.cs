using Puna.Models;
using Puna.Tensors;

namespace Puna.Evaluation;

/// <summary>Scores a network on rows of tokens: every label that is not ignored counts once.</summary>
public sealed class ModelScorer : IDisposable
{
    private readonly LanguageNetwork _network;
    private readonly Arena _arena = new();
    private readonly Tape _tape;

    /// <summary>A scorer with memory of its own, so that it may be used between steps of a training.</summary>
    public ModelScorer(LanguageNetwork network, Device device, Precision precision = Precision.Float32)
    {
        _network = network;
        _tape = new Tape(device, _arena) { Precision = precision };
    }

    /// <summary>Mean loss (nats per token) and accuracy (greedy, ties to the lower id) over all labels.</summary>
    /// <param name="rows">What to score.</param>
    /// <param name="batchTokens">About how many tokens go through the network at once.</param>
    /// <param name="cancellation">Stops between batches.</param>
    /// <exception cref="InvalidDataException">No label counts.</exception>
    public TokenScore Score(TokenRows rows, int batchTokens = 4096, CancellationToken cancellation = default)
    {
        if (rows.LabelCount == 0) throw new InvalidDataException("there is no token to score: the text is empty");
        var batchRows = Math.Clamp(batchTokens / rows.Length, 1, rows.Count);
        var batch = new TokenBatch(batchRows, rows.Length, rows.Documents is not null);
        var (loss, hits, count) = (0.0, 0L, 0L);
        for (var first = 0; first < rows.Count; first += batchRows)
        {
            cancellation.ThrowIfCancellationRequested();
            for (var row = 0; row < batchRows; row++)
            {
                if (first + row < rows.Count) batch.SetRow(row, rows, first + row);
                else batch.ClearRow(row);
            }
            var labels = batch.LabelCount;
            if (labels == 0) continue;
            _tape.Reset();
            var result = _network.Loss(_tape, _network.Forward(_tape, batch.Input), batch.Labels, labels);
            foreach (var value in result.TokenLosses.Span<float>()) loss += value;
            foreach (var hit in result.Hits.Span<int>()) hits += hit;
            count += labels;
        }
        return new TokenScore(loss / count, hits / (double)count, count);
    }

    /// <inheritdoc/>
    public void Dispose() => _arena.Dispose();
}
