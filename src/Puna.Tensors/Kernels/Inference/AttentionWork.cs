namespace Puna.Tensors;

/// <summary>
/// Attention over pages of the cache. A piece is a key and value head of a run of tokens with all queries that share it: rows of (token, query head). It goes through the pages
/// once with the running maximum and sum of Milakov and Gimelshein 2018, so that no row of scores is longer than a page. Single tokens are turned and
/// put into the cache by the piece itself; of longer runs all keys must be there first.
/// </summary>
internal sealed unsafe class AttentionWork<V>(WorkerPool pool) : ParallelWork
    where V : unmanaged, ILanes<V, float>
{
    private const int Page = CacheLayout.PagePositions, BlockRows = 32;
    private readonly Scratch _scratch = new(pool.ThreadCount);
    private AttentionRun[] _runs = new AttentionRun[16];
    private int[] _firstPiece = new int[17];
    private int _count, _blockTokens, _groupSize, _stride;
    private bool _isFused, _isAppending;
    private float* _q, _k, _v, _o, _cosine, _sine;
    private long _queryStride, _keyStride;
    private int _layer;
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
        _count = step.Runs.Length;
        if (_runs.Length < _count) (_runs, _firstPiece) = (new AttentionRun[_count], new int[_count + 1]);
        step.Runs.CopyTo(_runs);
        _groupSize = step.HeadCount / _layout.Heads;
        _blockTokens = Math.Max(1, BlockRows / _groupSize);
        _stride = InferenceKernels.Padded(_layout.HeadSize);
        var (pieces, tokens) = (0, 0);
        for (var i = 0; i < _count; i++)
        {
            _firstPiece[i] = pieces;
            pieces += (_runs[i].Count + _blockTokens - 1) / _blockTokens * _layout.Heads;
            tokens += _runs[i].Count;
        }
        _firstPiece[_count] = pieces;
        _isFused = tokens == _count;
        _memory = _scratch.PerWorker(sizeof(float) * ((_blockTokens * _groupSize * ((2 * _stride) + Page + 2)) + 64));
        if (!_isFused)
        {
            _isAppending = true;
            Share(pool, tokens);
            _isAppending = false;
        }
        Share(pool, pieces);
    }

    protected override void Piece(int index, int worker)
    {
        if (_isAppending)
        {
            var run = 0;
            while (index >= _runs[run].Count) index -= _runs[run++].Count;
            for (var head = 0; head < _layout.Heads; head++) Append(_runs[run], index, head, _memory.Of(worker));
            return;
        }
        var r = 0;
        while (index >= _firstPiece[r + 1]) r++;
        index -= _firstPiece[r];
        var (block, h) = (index / _layout.Heads, index % _layout.Heads);
        if (_isFused) Append(_runs[r], 0, h, _memory.Of(worker));
        var first = block * _blockTokens;
        Attend(_runs[r], first, Math.Min(_blockTokens, _runs[r].Count - first), h, (float*)_memory.Of(worker));
    }

    private void Append(in AttentionRun run, int token, int head, void* scratch)
    {
        var size = _layout.HeadSize;
        var (row, position) = (run.First + token, run.Position + token);
        var cosine = _cosine + ((long)position * (size / 2));
        var sine = _sine + ((long)position * (size / 2));
        for (var g = 0; g < _groupSize; g++) Turn(_q + (row * _queryStride) + (((head * _groupSize) + g) * size), cosine, sine, size / 2);
        var key = _k + (row * _keyStride) + (head * size);
        Turn(key, cosine, sine, size / 2);
        CacheWriter<V>.Write(_layout, Part(run, position / Page, head), position % Page, key, _v + (row * _keyStride) + (head * size), scratch);
    }

    private byte* Part(in AttentionRun run, int page, int head) => run.Pages[page] + (_layer * _layout.LayerBytes) + (2L * head * _layout.PartBytes);

    /// <summary>Rotary positions in the order of halves.</summary>
    private static void Turn(float* x, float* cosine, float* sine, int half)
    {
        var i = 0;
        for (; i + V.Count <= half; i += V.Count)
        {
            var (a, b, c, s) = (V.Load(x + i), V.Load(x + half + i), V.Load(cosine + i), V.Load(sine + i));
            V.Store((a * c) - (b * s), x + i);
            V.Store((b * c) + (a * s), x + half + i);
        }
        for (; i < half; i++) (x[i], x[half + i]) = ((x[i] * cosine[i]) - (x[half + i] * sine[i]), (x[half + i] * cosine[i]) + (x[i] * sine[i]));
    }

    private void Attend(in AttentionRun run, int first, int tokens, int head, float* memory)
    {
        var size = _layout.HeadSize;
        var rows = tokens * _groupSize;
        var q = memory;
        var o = q + (rows * _stride);
        var s = o + (rows * _stride);
        var highest = s + (rows * Page);
        var total = highest + rows;
        var scale = V.Create(1 / MathF.Sqrt(size));
        for (var r = 0; r < rows; r++)
        {
            var from = Query(_q, run, first, head, r);
            var i = 0;
            for (; i + V.Count <= size; i += V.Count) V.Store(V.Load(from + i) * scale, q + (r * size) + i);
            for (; i < size; i++) q[(r * size) + i] = from[i] * (1 / MathF.Sqrt(size));
            (highest[r], total[r]) = (float.NegativeInfinity, 0);
        }
        new Span<float>(o, rows * _stride).Clear();
        var last = run.Position + first + tokens; // positions that the last row sees
        for (var page = 0; page * Page < last; page++)
        {
            var count = Math.Min(Page, last - (page * Page));
            var part = Part(run, page, head);
            switch (_layout.Type)
            {
                case CacheType.Float32: OnPage<SingleNumbers<V>>(part, run, first, page, count, rows, q, o, s, highest, total); break;
                case CacheType.Float16: OnPage<HalfNumbers<V>>(part, run, first, page, count, rows, q, o, s, highest, total); break;
                case CacheType.BFloat16: OnPage<BrainNumbers<V>>(part, run, first, page, count, rows, q, o, s, highest, total); break;
                default: OnPage<ByteNumbers<V>>(part, run, first, page, count, rows, q, o, s, highest, total); break;
            }
        }
        for (var r = 0; r < rows; r++)
        {
            var to = Query(_o, run, first, head, r);
            var inverse = 1 / total[r];
            for (var i = 0; i < size; i++) to[i] = o[(r * _stride) + i] * inverse;
        }
    }

    private float* Query(float* rows, in AttentionRun run, int first, int head, int r) =>
        rows + ((run.First + first + (r / _groupSize)) * _queryStride) + (((head * _groupSize) + (r % _groupSize)) * _layout.HeadSize);

    private void OnPage<N>(byte* part, in AttentionRun run, int first, int page, int count, int rows, float* q, float* o, float* s, float* highest, float* total)
        where N : struct, ICacheNumbers<V>
    {
        var (size, group) = (_layout.HeadSize, _layout.ScaleGroup);
        var keys = part;
        var values = part + _layout.PartBytes;
        var numbers = Page * size * N.Bytes;
        var sides = (count + CacheLayout.Side - 1) / CacheLayout.Side;
        AttentionRows<V, N>.Scores(keys, (float*)(keys + numbers), sides, size, group, q, rows, s);
        for (var r = 0; r < rows; r++)
        {
            var seen = Math.Min(count, run.Position + first + (r / _groupSize) + 1 - (page * Page));
            Soften(s + (r * Page), Math.Max(0, seen), sides * CacheLayout.Side, ref highest[r], ref total[r], o + (r * _stride));
        }
        AttentionRows<V, N>.Values(values, (float*)(values + numbers), count, size, group, s, rows, o, _stride);
    }

    /// <summary>Scores become weights e^(score − highest so far); what was summed under a lower maximum is scaled down.</summary>
    private void Soften(float* s, int seen, int width, ref float highest, ref float total, float* o)
    {
        for (var i = seen; i < width; i++) s[i] = float.NegativeInfinity;
        if (seen == 0)
        {
            new Span<float>(s, width).Clear();
            return;
        }
        var largest = V.Load(s);
        for (var i = V.Count; i < width; i += V.Count) largest = V.Max(largest, V.Load(s + i));
        var top = V.Largest(largest);
        if (!(top <= highest)) // also where it is no number
        {
            var factor = MathF.Exp(highest - top);
            total *= factor;
            var f = V.Create(factor);
            for (var i = 0; i < _stride; i += V.Count) V.Store(V.Load(o + i) * f, o + i);
            highest = top;
        }
        var (sum, shift) = (V.Create(0), V.Create(highest));
        for (var i = 0; i < width; i += V.Count)
        {
            var e = V.Exp(V.Load(s + i) - shift);
            V.Store(e, s + i);
            sum += e;
        }
        total += V.Sum(sum);
    }
}
