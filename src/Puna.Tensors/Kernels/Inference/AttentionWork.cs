namespace Puna.Tensors;

/// <summary>
/// Attention over pages of the cache. A unit is a key and value head with a block of a sequence's tokens and all queries that share it: rows of (token, query head). It goes through
/// the sequence's spans of 256 positions and adds up what they give, in order; so no row of scores is longer than a span. Where there are few units for the threads (decoding), the spans
/// of a unit are shared out too, and who finishes its last piece adds up: the same additions, so the same bits. Single tokens are put into the cache by the piece that
/// reads them; of longer runs all keys must be there first.
/// </summary>
internal sealed unsafe class AttentionWork<V>(WorkerPool pool, KernelTier tier) : ParallelWork
    where V : unmanaged, ILanes<V, float>
{
    private const int Page = CacheLayout.PagePositions, SubRows = AttentionTiles.Rows;
    private readonly Scratch _scratch = new(pool.ThreadCount);
    private readonly AttentionPlan _plan = new();
    private bool _isFused, _isAppending;
    private float* _q, _k, _v, _o, _cosine, _sine, _partials;
    private long _queryStride, _keyStride;
    private int _layer, _subs, _stride;
    private AttentionSpan<V>? _span;
    private CacheLayout _layout = null!;
    private WorkerScratch _memory;

    /// <summary>Bytes of scratch memory.</summary>
    public long ScratchBytes => _scratch.Bytes;

    /// <summary>Gives the scratch memory back.</summary>
    public void Free() => _scratch.Free();

    public void Run(in AttentionStep step)
    {
        _q = step.Queries;
        _k = step.Keys;
        _v = step.Values;
        _o = step.Output;
        _cosine = step.Cosine;
        _sine = step.Sine;
        (_queryStride, _keyStride, _layer, _layout) = (step.QueryStride, step.KeyStride, step.Layer, step.Layout);
        if (_span is null || _span.Layout != _layout) _span = new AttentionSpan<V>(_layout, tier);
        _stride = InferenceKernels.Padded(_layout.HeadSize);
        _plan.Make(step.Runs, _layout.Heads, step.HeadCount / _layout.Heads, pool.ThreadCount, sizeof(float) * PartialNumbers);
        _subs = _plan.SubBlocks;
        _memory = _scratch.PerWorker(sizeof(float) * ((_subs * (_span.QueryNumbers + PartialNumbers)) + PartialNumbers + AttentionSpan<V>.ScratchNumbers + _stride));
        _partials = _plan.PartialCount == 0 ? null : (float*)_scratch.Shared(sizeof(float) * _plan.PartialCount * _subs * PartialNumbers);
        _isFused = _plan.Tokens == step.Runs.Length;
        if (!_isFused)
        {
            _isAppending = true;
            Share(pool, _plan.Tokens);
            _isAppending = false;
        }
        Share(pool, _plan.Pieces);
    }

    protected override void Piece(int index, int worker)
    {
        var memory = (float*)_memory.Of(worker);
        if (_isAppending)
        {
            var (run, token) = _plan.Token(index);
            for (var head = 0; head < _layout.Heads; head++) Append(run, token, head, memory);
            return;
        }
        var piece = _plan.Piece(index);
        if (_isFused && piece.IsLast) Append(piece.Run, 0, piece.Head, memory);
        Attend(piece, memory);
    }

    private int PartialNumbers => AttentionPartial<V>.Numbers(_stride);

    /// <summary>Turns a key in place and puts it into the cache with its value.</summary>
    private void Append(in AttentionRun run, int token, int head, void* scratch)
    {
        var size = _layout.HeadSize;
        var (row, position) = (run.First + token, run.Position + token);
        var key = _k + (row * _keyStride) + (head * size);
        Turn(key, key, position, 1);
        CacheWriter<V>.Write(_layout, run.Pages[position / Page] + Offset(head), position % Page, key, _v + (row * _keyStride) + (head * size), scratch);
    }

    private void Turn(float* from, float* to, int position, float scale)
    {
        var half = _layout.HeadSize / 2;
        RotaryTurn<V>.Turn(from, to, _cosine + ((long)position * half), _sine + ((long)position * half), half, scale);
    }

    /// <summary>Bytes from a page's start to a head's keys.</summary>
    private long Offset(int head) => (_layer * _layout.LayerBytes) + (2L * head * _layout.PartBytes);

    private void Attend(in AttentionPiece piece, float* memory)
    {
        var rows = piece.Tokens * _plan.GroupSize;
        float* queries = memory, sums = queries + (_subs * _span!.QueryNumbers), own = sums + (_subs * PartialNumbers), scratch = own + PartialNumbers;
        Queries(piece, rows, queries, scratch + AttentionSpan<V>.ScratchNumbers);
        var isWhole = piece.Pieces == 1;
        if (isWhole) Clear(sums);
        var seen = stackalloc int[SubRows];
        for (var span = piece.FirstSpan; span < piece.EndSpan; span++)
        {
            for (var sub = 0; sub * SubRows < rows; sub++)
            {
                var count = Math.Min(SubRows, rows - (sub * SubRows));
                for (var r = 0; r < count; r++) seen[r] = piece.Run.Position + piece.FirstToken + (((sub * SubRows) + r) / _plan.GroupSize) + 1;
                var partial = new AttentionPartial<V>(isWhole ? own : Stored(piece, span, sub), _stride);
                _span.Attend(piece.Run.Pages, Offset(piece.Head), span, count, seen, queries + (sub * _span.QueryNumbers), scratch, partial);
                if (isWhole) Sum(sums, sub).Add(partial, count);
            }
        }
        if (!isWhole)
        {
            if (!_plan.IsLastDone(piece)) return;
            Clear(sums);
            for (var span = 0; span < piece.Spans; span++)
                for (var sub = 0; sub * SubRows < rows; sub++) Sum(sums, sub).Add(new AttentionPartial<V>(Stored(piece, span, sub), _stride), Math.Min(SubRows, rows - (sub * SubRows)));
        }
        for (var r = 0; r < rows; r++) Sum(sums, r / SubRows).Write(r % SubRows, Row(_o, piece, r), _layout.HeadSize);
    }

    private void Queries(in AttentionPiece piece, int rows, float* queries, float* turned)
    {
        var scale = 1 / MathF.Sqrt(_layout.HeadSize);
        for (var r = 0; r < rows; r++)
        {
            Turn(Row(_q, piece, r), turned, piece.Run.Position + piece.FirstToken + (r / _plan.GroupSize), scale);
            _span!.Put(turned, r % SubRows, queries + (r / SubRows * _span.QueryNumbers));
        }
    }

    /// <summary>A row's head in queries or output.</summary>
    private float* Row(float* rows, in AttentionPiece piece, int r) =>
        rows + ((piece.Run.First + piece.FirstToken + (r / _plan.GroupSize)) * _queryStride) + (((piece.Head * _plan.GroupSize) + (r % _plan.GroupSize)) * _layout.HeadSize);

    private AttentionPartial<V> Sum(float* sums, int sub) => new(sums + (sub * PartialNumbers), _stride);

    private void Clear(float* sums)
    {
        for (var sub = 0; sub < _subs; sub++) Sum(sums, sub).Clear();
    }

    /// <summary>Where a span's result waits for the other pieces.</summary>
    private float* Stored(in AttentionPiece piece, int span, int sub) => _partials + ((((piece.FirstPartial + span) * _subs) + sub) * PartialNumbers);
}
