namespace Puna.Tensors;

/// <summary>
/// One key/value head of one sequence with all query heads that read it: the gradients of its keys and values belong to one
/// thread, so nothing is summed across threads. With P = softmax, δ = Σ dy·y: dv = Pᵀ·dy, dS = P·(dy·vᵀ − δ)/√D, dq = dS·k, dk = dSᵀ·q.
/// </summary>
internal readonly unsafe struct AttentionBackwardJob<T, V>(AttentionGeometry<T> g, AttentionGradients<T> d, WorkerScratch scratch, bool round) : IParallelJob
    where T : unmanaged
    where V : unmanaged, ILanes<V, T>
{
    private const int Bq = AttentionGeometry<T>.QueryBlock;
    private const int Bk = AttentionGeometry<T>.KeyBlock;

    /// <summary>Bytes of scratch a thread needs.</summary>
    public static long ScratchBytes(int headSize, bool round) => ((2 * Bq * Bk)
        + Math.Max(MatrixProduct<T, V>.SingleSize(Bq, Bk, Math.Max(headSize, Bq), round), MatrixProduct<T, V>.SingleSize(Bk, headSize, Bk, round))) * sizeof(T);

    public void Run(int index, int worker)
    {
        var keyHead = index % g.KeyValueHeads;
        var batch = index / g.KeyValueHeads;
        var group = g.Heads / g.KeyValueHeads;
        var size = g.HeadSize;
        var p = (T*)scratch.Of(worker);
        var ds = p + (Bq * Bk);
        var packed = ds + (Bq * Bk);
        d.Clear(g, batch, keyHead);
        for (var s0 = 0; s0 < g.Keys; s0 += Bk)
        {
            var columns = Math.Min(Bk, g.Keys - s0);
            var keyOffset = ((((long)batch * g.Keys) + s0) * g.KeyRow) + (keyHead * size);
            for (var head = keyHead * group; head < (keyHead + 1) * group; head++)
            {
                for (var t0 = 0; t0 < g.Queries; t0 += Bq)
                {
                    var rows = Math.Min(Bq, g.Queries - t0);
                    if (g.Range(t0 + rows - 1).End <= s0 || g.Range(t0).First >= s0 + columns) continue;
                    var queryOffset = ((((long)batch * g.Queries) + t0) * g.QueryRow) + (head * size);
                    Block(batch, head, t0, rows, s0, columns, queryOffset, keyOffset, p, ds, packed);
                }
            }
        }
    }

    private void Block(int batch, int head, int t0, int rows, int s0, int columns, long queryOffset, long keyOffset, T* p, T* ds, T* packed)
    {
        var size = g.HeadSize;
        ProductOperand<T> q = new(g.Q + queryOffset, g.QueryRow, 1), dOut = new(d.Dy + queryOffset, g.QueryRow, 1);
        ProductOperand<T> k = new(g.K + keyOffset, g.KeyRow, 1), v = new(g.V + keyOffset, g.KeyRow, 1);
        MatrixProduct<T, V>.Single(rows, columns, size, q, k.Transposed, p, Bk, false, round, packed);
        MatrixProduct<T, V>.Single(rows, columns, size, dOut, v.Transposed, ds, Bk, false, round, packed);
        for (var i = 0; i < rows; i++)
        {
            var row = queryOffset + (i * g.QueryRow);
            var delta = VectorLoops<T, V>.Dot(d.Dy + row, d.Y + row, size);
            Row(p + (i * Bk), ds + (i * Bk), batch, head, t0 + i, s0, columns, d.LogSum[((((long)batch * g.Queries) + t0 + i) * g.Heads) + head], delta);
        }
        ProductOperand<T> weights = new(p, Bk, 1), dScores = new(ds, Bk, 1);
        MatrixProduct<T, V>.Single(columns, size, rows, weights.Transposed, dOut, d.Dv + keyOffset, g.KeyRow, true, round, packed);
        MatrixProduct<T, V>.Single(rows, size, columns, dScores, k, d.Dq + queryOffset, g.QueryRow, true, round, packed);
        MatrixProduct<T, V>.Single(columns, size, rows, dScores.Transposed, q, d.Dk + keyOffset, g.KeyRow, true, round, packed);
    }

    /// <summary>Scores become weights, and dy·vᵀ becomes the gradient of the scores; both are 0 where the mask hides a key.</summary>
    private void Row(T* p, T* ds, int batch, int head, int t, int s0, int columns, T log, T delta)
    {
        var (first, end) = g.Range(t);
        var a = Math.Clamp(first - s0, 0, columns);
        var b = Math.Clamp(end - s0, a, columns);
        new Span<T>(p, a).Clear();
        new Span<T>(ds, a).Clear();
        new Span<T>(p + b, columns - b).Clear();
        new Span<T>(ds + b, columns - b).Clear();
        if (a == b) return;
        var scale = Scalar.From<T>(g.Scale);
        VectorLoops<T, V>.Scale(scale, p + a, b - a);
        g.MaskDocuments(p + a, batch, t, s0 + a, s0 + b);
        VectorLoops<T, V>.ExpSum(p + a, log, b - a);
        if (g.Dropout.Any)
        {
            DroppedWeights<T, V>.Backward(g, p + a, ds + a, batch, head, t, s0 + a, s0 + b, delta, scale);
            return;
        }
        V vDelta = V.Create(delta), vScale = V.Create(scale);
        var i = a;
        for (; i <= b - V.Count; i += V.Count) V.Store(V.Load(p + i) * (V.Load(ds + i) - vDelta) * vScale, ds + i);
        for (; i < b; i++) ds[i] = Scalar.Multiply(Scalar.Multiply(p[i], Scalar.Subtract(ds[i], delta)), scale);
    }
}
