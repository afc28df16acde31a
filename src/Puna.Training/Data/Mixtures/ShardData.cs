using Puna.Models;

namespace Puna.Training;

/// <summary>
/// Rows of T tokens from shards. A source is one long text of documents, each between its BOS and EOS, cut into rows T apart; the last is filled up with
/// ignored labels, so that an epoch scores every token that follows another once. With a document mask a row's documents do not see each other: positions
/// restart, the first token of a document is not predicted from the one before it. Each epoch over a source has an order of its own
/// (<see cref="Permutation"/>), and sources are mixed by <see cref="MixtureSchedule"/>, or where no proportions are given drawn from as if they were one.
/// All of it is a pure function of seed and row, in constant memory.
/// </summary>
public sealed class ShardData : ITrainingData
{
    private const ulong Order = 0x53485244ul << 32; // "SHRD"
    private readonly IReadOnlyList<TokenStream> _sources;
    private readonly MixtureSchedule? _schedule;
    private readonly ulong _seed;
    private readonly long[] _rows;
    private readonly int[] _tokens;
    private readonly TokenRows _row;

    /// <summary>Rows over sources.</summary>
    /// <param name="sources">Their training tokens.</param>
    /// <param name="proportions">Sampling proportions that sum to 1; null sees all sources equally often.</param>
    /// <param name="sequenceLength">T.</param>
    /// <param name="documentMask">Whether documents of a row are kept apart.</param>
    /// <param name="seed">Of the order.</param>
    /// <exception cref="InvalidDataException">Proportions do not sum to 1, or a source has fewer than two tokens.</exception>
    public ShardData(IReadOnlyList<TokenStream> sources, IReadOnlyList<double>? proportions, int sequenceLength, bool documentMask, ulong seed)
    {
        (_sources, _seed, SequenceLength, HasDocuments) = (sources, seed, sequenceLength, documentMask);
        _schedule = proportions is null ? null : new MixtureSchedule(proportions);
        _rows = [.. sources.Select(source => source.TokenCount >= 2
            ? (source.TokenCount - 2 + sequenceLength) / sequenceLength
            : throw new InvalidDataException($"there are no training rows: a source has {source.TokenCount} tokens"))];
        _tokens = new int[sequenceLength + 1];
        _row = new TokenRows(1, sequenceLength, documentMask);
    }

    /// <inheritdoc/>
    public int SequenceLength { get; }

    /// <inheritdoc/>
    public bool HasDocuments { get; }

    /// <summary>Rows of an epoch over each source.</summary>
    public IReadOnlyList<long> RowsOfSources => _rows;

    /// <summary>How often each source is seen in a run: 1 is once.</summary>
    /// <param name="rows">Rows of the run: steps × micro-batches × B.</param>
    public double[] Epochs(long rows)
    {
        if (_schedule is null) return [.. _rows.Select(_ => rows / (double)_rows.Sum())];
        var counts = _schedule.Counts(rows);
        return [.. counts.Select((count, source) => count / (double)_rows[source])];
    }

    /// <inheritdoc/>
    public void Fill(TokenBatch batch, int step, int microBatch, int microBatches)
    {
        var first = (((long)step * microBatches) + microBatch) * batch.Rows;
        for (var row = 0; row < batch.Rows; row++)
        {
            var (source, index) = Locate(first + row);
            Load(_sources[source], index);
            batch.SetRow(row, _row, 0);
        }
    }

    /// <summary>The source of a row of the run, and which of the source's rows it is.</summary>
    /// <param name="row">0-based row of the whole run.</param>
    public (int Source, long Index) Locate(long row)
    {
        if (_schedule is not null)
        {
            var (source, rank) = _schedule.Locate(row);
            var (epoch, place) = Math.DivRem(rank, _rows[source]);
            return (source, new Permutation(_rows[source], _seed, Order + ((ulong)source << 48) + (ulong)epoch).At(place));
        }
        var total = 0L;
        foreach (var rows in _rows) total += rows;
        var (pass, at) = Math.DivRem(row, total);
        var index = new Permutation(total, _seed, Order + (ulong)pass).At(at);
        var found = 0;
        for (; index >= _rows[found]; found++) index -= _rows[found];
        return (found, index);
    }

    private void Load(TokenStream source, long index)
    {
        var start = index * SequenceLength;
        var count = (int)Math.Min(SequenceLength + 1, source.TokenCount - start);
        var tokens = _tokens.AsSpan(0, count);
        source.Copy(start, tokens);
        _row.Ids.AsSpan().Clear();
        tokens[..Math.Min(count, SequenceLength)].CopyTo(_row.Ids);
        Array.Fill(_row.Labels, Puna.Tensors.LogProb.Ignore);
        tokens[1..].CopyTo(_row.Labels);
        if (!HasDocuments)
        {
            for (var t = 0; t < SequenceLength; t++) _row.Positions[t] = t;
            return;
        }
        var (document, position, end) = (0, 0, source.DocumentEnd(start) - start);
        for (var t = 0; t < SequenceLength; t++)
        {
            if (t == end)
            {
                (document, position) = (document + 1, 0);
                end = t < count ? source.DocumentEnd(start + t) - start : long.MaxValue; // what fills up the last row is a document of its own
            }
            if (t + 1 == end) _row.Labels[t] = Puna.Tensors.LogProb.Ignore;
            (_row.Positions[t], _row.Documents![t]) = (position++, document);
        }
    }
}
