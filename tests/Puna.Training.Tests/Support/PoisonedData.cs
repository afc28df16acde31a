using Puna.Models;
using Puna.Tensors;

namespace Puna.Training.Tests;

/// <summary>Data that put a number into a weight while the steps given are computed and take it out again with the batch after: how a run meets a step that is not finite.</summary>
internal sealed class PoisonedData(ITrainingData data, Tensor weight, float poison, params int[] steps) : ITrainingData
{
    private float? _healthy;

    public int SequenceLength => data.SequenceLength;

    public bool HasDocuments => data.HasDocuments;

    public void Fill(TokenBatch batch, int step, int microBatch, int microBatches)
    {
        Heal();
        if (steps.Contains(step)) (_healthy, weight.Span<float>()[0]) = (weight.Span<float>()[0], poison);
        data.Fill(batch, step, microBatch, microBatches);
    }

    /// <summary>Takes it out at once.</summary>
    public void Heal()
    {
        if (_healthy is { } value) weight.Span<float>()[0] = value;
        _healthy = null;
    }
}
