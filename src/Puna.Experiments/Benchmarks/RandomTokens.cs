using Puna.Models;
using Puna.Tensors;
using Puna.Training;

namespace Puna.Experiments.Benchmarks;

/// <summary>Token ids drawn uniformly: work for a network whose speed is of interest and whose loss is not.</summary>
internal sealed class RandomTokens(int vocabulary, int sequenceLength, ulong seed) : ITrainingData
{
    /// <inheritdoc/>
    public int SequenceLength => sequenceLength;

    /// <inheritdoc/>
    public bool HasDocuments => false;

    /// <inheritdoc/>
    public void Fill(TokenBatch batch, int step, int microBatch, int microBatches)
    {
        var random = new CounterRandom(seed, ((ulong)step * (ulong)microBatches) + (ulong)microBatch);
        Span<int> ids = batch.Ids.Span<int>(), labels = batch.Labels.Span<int>(), positions = batch.Positions.Span<int>();
        for (var i = 0; i < ids.Length; i++)
        {
            positions[i] = i % sequenceLength;
            ids[i] = positions[i] > 0 ? labels[i - 1] : random.Next(vocabulary);
            labels[i] = random.Next(vocabulary);
        }
    }
}
