using Puna.Models;

namespace Puna.Training;

/// <summary>Where a trainer's batches come from: a pure function of seed, step and micro-batch, so that any step can be started from without replaying.</summary>
public interface ITrainingData
{
    /// <summary>Tokens of a row, T.</summary>
    int SequenceLength { get; }

    /// <summary>Whether rows hold several documents that must not see each other.</summary>
    bool HasDocuments { get; }

    /// <summary>Fills a batch.</summary>
    /// <param name="batch">Memory of B rows of T.</param>
    /// <param name="step">0-based optimizer step.</param>
    /// <param name="microBatch">0-based micro-batch within the step.</param>
    /// <param name="microBatches">Micro-batches of a step.</param>
    void Fill(TokenBatch batch, int step, int microBatch, int microBatches);
}
