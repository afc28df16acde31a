using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics.X86;

namespace Puna.Tensors;

/// <summary>
/// What the kernels for short sequences share. All of a head lies in the nearest caches, and scores are kept transposed, a row a key and a lane a
/// query: the softmax then runs over whole rows, lane by lane. Blocks of queries read only the keys that one of them may see, and nothing reads a score
/// beyond those. Single precision throughout.
/// </summary>
internal static unsafe class ShortAttention<T, V>
    where T : unmanaged
    where V : unmanaged, ILanes<V, T>
{
    /// <summary>The longest sequence they take, whatever the heads: longer ones are faster as bf16 tiles.</summary>
    public const int MostPositions = 32;

    /// <summary>The longest sequence they take where heads are small, so that packing tiles would cost more than the products.</summary>
    public const int MostPositionsOfSmallHeads = 128;

    private const int SmallHead = 32;

    private const int CacheLine = 64;

    /// <summary>Queries whose scores are found together: whole registers, whole calls of <see cref="SmallProduct{T, V}"/>.</summary>
    public static int Block => Math.Max(V.Count, SmallProduct<T, V>.Rows);

    /// <summary>Whether they serve this attention: whole sequences, no cache, no dropout.</summary>
    public static bool Serves(in AttentionGeometry<T> g) => g.Queries == g.Keys && g.Keys <= (g.HeadSize <= SmallHead ? MostPositionsOfSmallHeads : MostPositions) && g.Queries > 2 && !g.Dropout.Any;

    /// <summary>Into how many pieces the heads of a sequence are shared out: the heads of one key/value head stay together.</summary>
    public static int Parts(in AttentionGeometry<T> g, int batch, int threads) => Math.Clamp(((4 * threads) + batch - 1) / batch, 1, g.KeyValueHeads);

    /// <summary>Heads [first, end) of a part.</summary>
    public static (int First, int End) Heads(in AttentionGeometry<T> g, int part, int parts)
    {
        var group = g.Heads / g.KeyValueHeads;
        return (g.KeyValueHeads * part / parts * group, g.KeyValueHeads * (part + 1) / parts * group);
    }

    /// <summary>Elements rounded up to whole registers.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static int Padded(int count) => (count + V.Count - 1) / V.Count * V.Count;

    /// <summary>Keys [first, end) that some query from <paramref name="t"/> on, of <paramref name="count"/>, may see; the first is rounded down to where a call of <see cref="SmallProduct{T, V}"/> begins.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static (int First, int End) KeysOf(in AttentionGeometry<T> g, int t, int count) =>
        (g.Window > 0 ? Math.Max(0, t - g.Window + 1) / SmallProduct<T, V>.Rows * SmallProduct<T, V>.Rows : 0, g.Causal ? Math.Min(g.Keys, t + count) : g.Keys);

    /// <summary>Queries [first, end) that may see some key from <paramref name="s"/> on, of <paramref name="count"/>.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static (int First, int End) QueriesOf(in AttentionGeometry<T> g, int s, int count) =>
        (g.Causal ? s : 0, g.Window > 0 ? Math.Min(g.Keys, s + count - 1 + g.Window) : g.Keys);

    /// <summary>Elements that <see cref="Mask"/> needs.</summary>
    public static long MaskElements(int positions) => (2L * Padded(positions)) + ((long)positions * Padded(positions));

    /// <summary>
    /// What is added to the scores of a sequence, 0, or minus infinity where a query may not look: of key s and query t the element s·row + t. Without
    /// documents that depends on t − s alone, and one band serves as all the rows. Lanes beyond the queries
    /// may come out as NaN: nothing reads them.
    /// </summary>
    public static T* Mask(in AttentionGeometry<T> g, int batch, T* memory, out nint row)
    {
        var (n, hidden) = (Padded(g.Keys), Scalar.NegativeInfinity<T>());
        var band = memory + n;
        for (var distance = -n; distance < n; distance++) band[distance] = (g.Causal && distance < 0) || (g.Window > 0 && distance >= g.Window) ? hidden : default;
        row = -1;
        if (g.Documents is null) return band;
        var mask = band + n;
        var documents = g.Documents + ((long)batch * g.Keys);
        for (var s = 0; s < g.Keys; s++)
        {
            for (var t = 0; t < n; t++) mask[(s * n) + t] = t < g.Keys && documents[s] == documents[t] ? band[t - s] : hidden;
        }
        row = n;
        return mask;
    }

    /// <summary>
    /// Fetches one of as many shares as there are heads of a sequence's rows: a share with each head of the sequence before, so that they arrive meanwhile.
    /// </summary>
    public static void Fetch(in AttentionGeometry<T> g, void* rows, nint rowBytes, int batch, int share)
    {
        if (!Sse.IsSupported) return;
        var first = (byte*)rows + ((nint)batch * g.Keys * rowBytes);
        var end = first + ((share + 1) * g.Keys / g.Heads * rowBytes);
        for (var line = first + (share * g.Keys / g.Heads * rowBytes); line < end; line += CacheLine) Sse.Prefetch1(line);
    }

    /// <summary>The transpose [columns, n] of rows that lie apart; columns are whole registers.</summary>
    public static void Transpose(T* source, nint row, int rows, int columns, T* destination)
    {
        var n = Padded(rows);
        for (var i = 0; i < rows; i += V.Count)
        {
            for (var j = 0; j < columns; j += V.Count) V.Transpose(source + (i * row) + j, row, rows - i, destination + (j * n) + i, n);
        }
    }

    /// <summary>Copies rows that lie apart into a matrix whose rows are whole registers, filled with zero.</summary>
    public static void Gather(T* source, nint row, int rows, int columns, T* destination)
    {
        var wide = Padded(columns);
        for (var i = 0; i < rows; i++, source += row, destination += wide)
        {
            new ReadOnlySpan<T>(source, columns).CopyTo(new Span<T>(destination, columns));
            new Span<T>(destination + columns, wide - columns).Clear();
        }
    }

    /// <summary>Copies or adds such a matrix to rows that lie apart.</summary>
    public static void Scatter(T* source, int rows, int columns, T* destination, nint row, bool add)
    {
        var wide = Padded(columns);
        for (var i = 0; i < rows; i++, source += wide, destination += row) VectorLoops<T, V>.CopyOrAdd(source, destination, columns, add);
    }

    /// <summary>The scores p [S, n] = k·qᵀ of all blocks.</summary>
    public static void Scores(in AttentionGeometry<T> g, T* k, nint kRow, T* queries, int columns, T* p)
    {
        var n = Padded(g.Keys);
        for (var t = 0; t < n; t += Block)
        {
            var (first, end) = KeysOf(g, t, Block);
            for (var s = first; s < end; s += SmallProduct<T, V>.Rows)
            {
                SmallProduct<T, V>.Run(k + (s * kRow), kRow, Math.Min(SmallProduct<T, V>.Rows, end - s), columns, queries + t, n, Math.Min(Block, n - t), p + (s * n) + t, n, false);
            }
        }
    }

    /// <summary>A row for each query: result = or += pᵀ·b.</summary>
    public static void OfQueries(in AttentionGeometry<T> g, T* p, T* b, nint bRow, int columns, Output<T, V> result, nint resultRow, bool add)
    {
        var n = Padded(g.Keys);
        for (var t = 0; t < g.Keys; t += SmallProduct<T, V>.Rows)
        {
            var rows = Math.Min(SmallProduct<T, V>.Rows, g.Keys - t);
            var (first, end) = KeysOf(g, t, rows);
            SmallProduct<T, V>.RunTransposed(p + (first * n) + t, n, rows, end - first, b + (first * bRow), bRow, columns, result.At(t * resultRow), resultRow, add);
        }
    }

    /// <summary>A row for each key: result = or += p·b.</summary>
    public static void OfKeys(in AttentionGeometry<T> g, T* p, T* b, nint bRow, int columns, T* result, nint resultRow, bool add)
    {
        var n = Padded(g.Keys);
        for (var s = 0; s < g.Keys; s += SmallProduct<T, V>.Rows)
        {
            var rows = Math.Min(SmallProduct<T, V>.Rows, g.Keys - s);
            var (first, end) = QueriesOf(g, s, rows);
            SmallProduct<T, V>.Run(p + (s * n) + first, n, rows, end - first, b + (first * bRow), bRow, columns, result + (s * resultRow), resultRow, add);
        }
    }
}
