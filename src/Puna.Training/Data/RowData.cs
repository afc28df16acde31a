using Puna.Models;
using Puna.Tensors;

namespace Puna.Training;

/// <summary>Rows that were packed beforehand, each once an epoch, every epoch in another order.</summary>
public sealed class RowData : ITrainingData
{
    private readonly TokenRows _rows;
    private readonly ulong _seed;
    private readonly int[] _order;
    private long _epoch = -1;

    /// <summary>Epochs over rows.</summary>
    /// <exception cref="InvalidDataException">There are none.</exception>
    public RowData(TokenRows rows, ulong seed)
    {
        if (rows.Count == 0) throw new InvalidDataException("there are no training rows: the data are empty");
        (_rows, _seed, _order) = (rows, seed, new int[rows.Count]);
    }

    /// <inheritdoc/>
    public int SequenceLength => _rows.Length;

    /// <inheritdoc/>
    public bool HasDocuments => _rows.Documents is not null;

    /// <inheritdoc/>
    public void Fill(TokenBatch batch, int step, int microBatch, int microBatches)
    {
        var first = (((long)step * microBatches) + microBatch) * batch.Rows;
        for (var row = 0; row < batch.Rows; row++)
        {
            var (epoch, index) = Math.DivRem(first + row, _rows.Count);
            batch.SetRow(row, _rows, Order(epoch)[index]);
        }
    }

    private int[] Order(long epoch)
    {
        if (epoch == _epoch) return _order;
        for (var i = 0; i < _order.Length; i++) _order[i] = i;
        new CounterRandom(_seed, 0x524F5753 + (ulong)epoch).Shuffle<int>(_order); // "ROWS"
        _epoch = epoch;
        return _order;
    }
}
