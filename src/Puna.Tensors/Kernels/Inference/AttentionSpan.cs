namespace Puna.Tensors;

/// <summary>
/// Attention of up to 8 queries to the positions of a span. Spans are the same 256 positions for every query of every sequence, whoever computes them and
/// together with what: that gives a query the same bits however a sequence is cut and shared out.
/// </summary>
internal sealed unsafe class AttentionSpan<V>
    where V : unmanaged, ILanes<V, float>
{
    /// <summary>Positions of a span: whole pages, and as many as a row of <see cref="AttentionTiles"/> has.</summary>
    public const int Positions = AttentionTiles.RowNumbers;

    private const int Rows = AttentionTiles.Rows, Page = CacheLayout.PagePositions, Side = CacheLayout.Side, Row = AttentionTiles.RowNumbers;
    private readonly CacheLayout _layout;
    private readonly AttentionTiles _tiles;
    private readonly int _size, _groups, _width, _stride, _bytes;

    /// <summary>For a cache.</summary>
    public AttentionSpan(CacheLayout layout, KernelTier tier)
    {
        (_layout, _tiles) = (layout, AttentionTiles.For(layout.Type, tier));
        (_size, _stride, _bytes) = (layout.HeadSize, InferenceKernels.Padded(layout.HeadSize), layout.NumberBytes);
        _width = HasScales ? layout.ScaleGroup : _size;
        _groups = _size / _width;
    }

    /// <summary>The cache's layout.</summary>
    public CacheLayout Layout => _layout;

    /// <summary>Numbers that 8 queries take: [D / 256][8][256].</summary>
    public int QueryNumbers => (_size + Row - 1) / Row * Rows * Row;

    /// <summary>Numbers of scratch memory.</summary>
    public static int ScratchNumbers => 2 * Rows * Row;

    private bool HasScales => _layout.Type == CacheType.Int8;

    /// <summary>Puts a query, turned and scaled, where <see cref="Attend"/> reads it.</summary>
    public void Put(float* query, int row, float* queries)
    {
        for (var d = 0; d < _size; d += Row, queries += Rows * Row) new ReadOnlySpan<float>(query + d, Math.Min(Row, _size - d)).CopyTo(new Span<float>(queries + (row * Row), Row));
    }

    /// <summary>Attends to a span.</summary>
    /// <param name="pages">The sequence's pages.</param>
    /// <param name="offset">Bytes from a page's start to the keys of the layer and head.</param>
    /// <param name="span">The span's number.</param>
    /// <param name="rows">Queries.</param>
    /// <param name="seen">[rows], rising: positions from the sequence's start that each sees.</param>
    /// <param name="queries">The queries: <see cref="Put"/>.</param>
    /// <param name="scratch"><see cref="ScratchNumbers"/>.</param>
    /// <param name="to">Receives the result.</param>
    public void Attend(byte** pages, long offset, int span, int rows, int* seen, float* queries, float* scratch, AttentionPartial<V> to)
    {
        to.Forget();
        var from = span * Positions;
        var count = Math.Min(Positions, seen[rows - 1] - from);
        if (count <= 0) return;
        pages += from / Page;
        float* s = scratch, other = scratch + (Rows * Row);
        for (var (page, left) = (0, count); left > 0; page++, left -= Page)
        {
            var ahead = left > Page ? pages[page + 1] : pages[0] + _layout.PartBytes;
            Scores(pages[page] + offset, ahead + offset, (Math.Min(Page, left) + Side - 1) / Side, rows, queries, s + (page * Page), other);
        }
        var width = (count + Side - 1) / Side * Side;
        for (var row = 0; row < rows; row++) (to.Highest[row], to.Total[row]) = Soften(s + (row * Row), Math.Clamp(seen[row] - from, 0, count), width);
        for (var (page, left) = (0, count); left > 0; page++, left -= Page)
        {
            // after the last page the keys of the next span are read
            var ahead = left > Page ? pages[page + 1] + _layout.PartBytes : seen[rows - 1] > from + Positions ? pages[page + 1] : pages[page];
            Values(pages[page] + offset + _layout.PartBytes, ahead + offset, Math.Min(Page, left), rows, s + (page * Page), other, to.Output, page > 0);
        }
    }

    /// <summary>s[row, position] = Σ q[row, d]·k[position, d] for the first sides of a page; of bytes group by group, each sum times its scale.</summary>
    private void Scores(byte* keys, byte* ahead, int sides, int rows, float* q, float* s, float* sums)
    {
        var scales = (float*)(keys + _layout.ScaleOffset);
        for (var g = 0; g < _groups; g++)
        {
            var (first, end) = (g * _width, (g + 1) * _width);
            for (var d = first; d < end;)
            {
                var next = Math.Min(end, ((d / Row) + 1) * Row);
                var a = q + (d / Row * Rows * Row) + (d % Row);
                var arguments = new AttentionTileArguments
                {
                    A = a,
                    AEnd = a + (next - d),
                    B = keys + (d * Side * _bytes),
                    StepBytes = Side * _bytes,
                    SideBytes = _size * Side * _bytes,
                    C = HasScales ? sums : s,
                    CRowBytes = Row * sizeof(float),
                    Adds = d > first ? 1 : 0,
                    Ahead = ahead,
                };
                _tiles.Multiply(rows, sides, &arguments);
                ahead = arguments.Ahead;
                d = next;
            }
            if (HasScales) AddScaled(sums, scales + (g * Side), sides, rows, s, g > 0);
        }
    }

    private void AddScaled(float* sums, float* scales, int sides, int rows, float* s, bool adds)
    {
        for (var i = 0; i < sides * Side; i += V.Count)
        {
            var scale = V.Load(scales + (i / Side * _groups * Side) + (i % Side));
            for (var at = i; at < i + (rows * Row); at += Row) V.Store(adds ? V.MultiplyAdd(V.Load(sums + at), scale, V.Load(s + at)) : V.Load(sums + at) * scale, s + at);
        }
    }

    /// <summary>o[row] += Σ p[row, position]·v[position]; the scales of bytes are multiplied into the weights.</summary>
    private void Values(byte* values, byte* ahead, int count, int rows, float* p, float* scaled, float* o, bool adds)
    {
        var scales = (float*)(values + _layout.ScaleOffset);
        for (var g = 0; g < _groups; g++, scales += Page)
        {
            var weights = p;
            if (HasScales)
            {
                weights = scaled;
                for (var i = 0; i < count; i += V.Count)
                {
                    var scale = V.Load(scales + i);
                    for (var at = i; at < i + (rows * Row); at += Row) V.Store(V.Load(p + at) * scale, scaled + at);
                }
            }
            var arguments = new AttentionTileArguments
            {
                A = weights,
                AEnd = weights + count,
                B = values + (g * _width * _bytes),
                StepBytes = _size * _bytes,
                SideBytes = Side * _bytes,
                C = o + (g * _width),
                CRowBytes = _stride * sizeof(float),
                Adds = adds ? 1 : 0,
                Ahead = ahead,
            };
            _tiles.Multiply(rows, (_width + Side - 1) / Side, &arguments);
            ahead = arguments.Ahead;
        }
    }

    /// <summary>Scores become weights e^(score − highest); returns the highest score and the sum of the weights.</summary>
    private static (float Highest, float Total) Soften(float* s, int seen, int width)
    {
        if (seen == 0)
        {
            new Span<float>(s, width).Clear();
            return (float.NegativeInfinity, 0);
        }
        new Span<float>(s + seen, width - seen).Fill(float.NegativeInfinity);
        var largest = V.Load(s);
        for (var i = V.Count; i < width; i += V.Count) largest = V.MaxNative(largest, V.Load(s + i));
        var highest = V.Largest(largest);
        var (sum, shift) = (V.Create(0), V.Create(highest));
        for (var i = 0; i < width; i += V.Count)
        {
            var e = V.Exp(V.Load(s + i) - shift); // what is no number stays none
            V.Store(e, s + i);
            sum += e;
        }
        return (highest, V.Sum(sum));
    }
}
