using Puna.Models;
using Puna.Tensors;

namespace Puna.Training;

/// <summary>Windows of T tokens that begin anywhere in one long text, each start equally likely.</summary>
public sealed class WindowData : ITrainingData
{
    private readonly int[] _tokens;
    private readonly ulong _seed;

    /// <summary>Windows over a text.</summary>
    /// <exception cref="InvalidDataException">The text is not longer than a window.</exception>
    public WindowData(int[] tokens, int sequenceLength, ulong seed)
    {
        if (tokens.Length <= sequenceLength)
            throw new InvalidDataException($"the training text has {tokens.Length} tokens, a window of {sequenceLength} needs at least {sequenceLength + 1}; give more text or set data.sequence_length lower");
        (_tokens, SequenceLength, _seed) = (tokens, sequenceLength, seed);
    }

    /// <inheritdoc/>
    public int SequenceLength { get; }

    /// <inheritdoc/>
    public bool HasDocuments => false;

    /// <inheritdoc/>
    public void Fill(TokenBatch batch, int step, int microBatch, int microBatches)
    {
        var first = (((long)step * microBatches) + microBatch) * batch.Rows;
        for (var row = 0; row < batch.Rows; row++)
        {
            var (low, high, _, _) = Philox.Block((ulong)(first + row), 0x57494E44, _seed); // "WIND"
            var choices = (ulong)(_tokens.Length - SequenceLength);
            var start = (int)Math.BigMul(((ulong)high << 32) | low, choices, out _);
            var to = row * SequenceLength;
            _tokens.AsSpan(start, SequenceLength).CopyTo(batch.Ids.Span<int>()[to..]);
            _tokens.AsSpan(start + 1, SequenceLength).CopyTo(batch.Labels.Span<int>()[to..]);
            for (var t = 0; t < SequenceLength; t++) batch.Positions.Span<int>()[to + t] = t;
        }
    }
}
