namespace Puna.Tensors;

/// <summary>A piece of attention: some spans of a unit, which is a block of a run's tokens with the queries that share a key and value head.</summary>
/// <param name="Run">The run.</param>
/// <param name="FirstToken">The block's first token in the run.</param>
/// <param name="Tokens">Its tokens.</param>
/// <param name="Head">The key and value head.</param>
/// <param name="FirstSpan">The first span.</param>
/// <param name="EndSpan">Beyond the last.</param>
/// <param name="Spans">Spans of the unit.</param>
/// <param name="Pieces">Pieces of the unit.</param>
/// <param name="Unit">The unit's number.</param>
/// <param name="FirstPartial">Where the unit's partial results begin; unused where it is one piece.</param>
internal readonly record struct AttentionPiece(AttentionRun Run, int FirstToken, int Tokens, int Head, int FirstSpan, int EndSpan, int Spans, int Pieces, int Unit, long FirstPartial)
{
    /// <summary>Whether the last position is in it.</summary>
    public bool IsLast => EndSpan == Spans;
}

/// <summary>
/// Shares a batch's attention out. What is computed does not depend on it, only who computes it: units are cut into pieces of several spans where there are fewer than a few for each thread.
/// </summary>
internal sealed class AttentionPlan
{
    private const long MostPartialBytes = 64L << 20;
    private const int BlockRows = 32, PiecesPerThread = 4, Span = AttentionTiles.RowNumbers;
    private AttentionRun[] _runs = new AttentionRun[16];
    private Part[] _parts = new Part[17];
    private int[] _pending = new int[64]; // pieces of a unit that are not done
    private int _heads, _pieceSpans;

    /// <summary>Queries that share a key.</summary>
    public int GroupSize { get; private set; }

    /// <summary>The most tokens of a unit.</summary>
    public int BlockTokens { get; private set; }

    /// <summary>Lots of 8 queries in the largest unit.</summary>
    public int SubBlocks => ((BlockTokens * GroupSize) + AttentionTiles.Rows - 1) / AttentionTiles.Rows;

    /// <summary>Tokens of the batch.</summary>
    public int Tokens { get; private set; }

    /// <summary>Pieces.</summary>
    public int Pieces { get; private set; }

    /// <summary>Spans of units whose results are kept until all pieces of the unit are done.</summary>
    public long PartialCount { get; private set; }

    /// <summary>Plans a batch.</summary>
    /// <param name="runs">The runs of tokens.</param>
    /// <param name="heads">Key and value heads.</param>
    /// <param name="groupSize">Queries that share one.</param>
    /// <param name="threads">Threads.</param>
    /// <param name="partialBytes">Bytes of a partial result of up to 8 queries.</param>
    public void Make(ReadOnlySpan<AttentionRun> runs, int heads, int groupSize, int threads, long partialBytes)
    {
        if (_runs.Length < runs.Length) (_runs, _parts) = (new AttentionRun[runs.Length], new Part[runs.Length + 1]);
        runs.CopyTo(_runs);
        var longest = 1;
        foreach (ref readonly var run in runs) longest = Math.Max(longest, run.Count);
        (_heads, GroupSize, BlockTokens) = (heads, groupSize, Math.Min(longest, Math.Max(1, BlockRows / groupSize)));
        var (units, work) = (0L, 0L);
        foreach (ref readonly var run in runs)
        {
            units += (long)Blocks(run) * heads;
            work += (long)Blocks(run) * heads * Spans(run.Position + run.Count);
        }
        var wanted = (long)threads * PiecesPerThread;
        var kept = work * SubBlocks * partialBytes;
        _pieceSpans = threads == 1 || units >= wanted || kept > MostPartialBytes ? int.MaxValue : (int)Math.Max(1, work / wanted);
        var (next, tokens) = (default(Part), 0);
        for (var i = 0; i < runs.Length; i++)
        {
            var (unitsOfRun, spans) = (Blocks(runs[i]) * heads, Spans(runs[i].Position + runs[i].Count));
            var pieces = (int)((spans + (long)_pieceSpans - 1) / _pieceSpans);
            _parts[i] = next with { UnitPieces = pieces };
            next = new Part(next.Piece + (unitsOfRun * pieces), next.Unit + unitsOfRun, next.Partial + (pieces > 1 ? (long)unitsOfRun * spans : 0), 0);
            tokens += runs[i].Count;
            if (pieces == 1) continue;
            if (_pending.Length < next.Unit) Array.Resize(ref _pending, 2 * next.Unit);
            Array.Fill(_pending, pieces, _parts[i].Unit, unitsOfRun);
        }
        _parts[runs.Length] = next;
        (Pieces, PartialCount, Tokens) = (next.Piece, next.Partial, tokens);
    }

    /// <summary>A token of the batch by its number: its run, and its number there.</summary>
    public (AttentionRun Run, int Token) Token(int index)
    {
        var run = 0;
        while (index >= _runs[run].Count) index -= _runs[run++].Count;
        return (_runs[run], index);
    }

    /// <summary>A piece by its number.</summary>
    public AttentionPiece Piece(int index)
    {
        var r = 0;
        while (index >= _parts[r + 1].Piece) r++;
        ref readonly var part = ref _parts[r];
        ref readonly var run = ref _runs[r];
        index -= part.Piece;
        var (unit, number) = (index / part.UnitPieces, index % part.UnitPieces);
        var (first, spans) = (unit / _heads * BlockTokens, Spans(run.Position + run.Count)); // of earlier blocks the last spans may be empty
        var (from, end) = ((long)number * _pieceSpans, (number + 1L) * _pieceSpans);
        return new AttentionPiece(run, first, Math.Min(BlockTokens, run.Count - first), unit % _heads, (int)from, (int)Math.Min(spans, end), spans, part.UnitPieces, part.Unit + unit, part.Partial + ((long)unit * spans));
    }

    /// <summary>Counts a piece as done; true for the last one of its unit.</summary>
    public bool IsLastDone(in AttentionPiece piece) => Interlocked.Decrement(ref _pending[piece.Unit]) == 0;

    private static int Spans(int positions) => (positions + Span - 1) / Span;

    private int Blocks(in AttentionRun run) => (run.Count + BlockTokens - 1) / BlockTokens;

    /// <summary>Where a run's pieces, units and partial results begin, and how many pieces each of its units has.</summary>
    private readonly record struct Part(int Piece, int Unit, long Partial, int UnitPieces);
}
