using Puna.Models;

namespace Puna.Training.Tests;

/// <summary>Training data that are exactly what a test gives: a batch for each micro-batch of each step.</summary>
internal sealed class GivenBatches(TokenRows[] batches) : ITrainingData
{
    public int SequenceLength => batches[0].Length;

    public bool HasDocuments => batches[0].Documents is not null;

    public void Fill(TokenBatch batch, int step, int microBatch, int microBatches)
    {
        for (var row = 0; row < batch.Rows; row++) batch.SetRow(row, batches[(step * microBatches) + microBatch], row);
    }

    /// <summary>A batch of [B, T] as the golden files have it: labels unshifted.</summary>
    public static TokenRows Batch(ReadOnlySpan<int> ids, ReadOnlySpan<int> labels, int length)
    {
        var rows = new TokenRows(ids.Length / length, length, false);
        for (var i = 0; i < ids.Length; i++)
        {
            rows.Ids[i] = ids[i];
            rows.Positions[i] = i % length;
            if (i % length < length - 1) rows.Labels[i] = labels[i + 1];
        }
        return rows;
    }
}
