namespace Puna.Tensors;

/// <summary>
/// What the kernels for short sequences share. All of a head lies in the first-level cache, so nothing is cut into blocks, and scores are kept
/// transposed, a row a key and a lane a query: the softmax then runs over whole rows, lane by lane. Single precision throughout.
/// </summary>
internal static unsafe class ShortAttention<T, V>
    where T : unmanaged
    where V : unmanaged, ILanes<V, T>
{
    /// <summary>The longest sequence they take.</summary>
    public const int MostPositions = 32;

    /// <summary>Whether they serve this attention: whole sequences, no cache.</summary>
    public static bool Serves(in AttentionGeometry<T> g) => g.Queries == g.Keys && g.Keys <= MostPositions && g.Queries > 2;

    /// <summary>Fills what is added to the scores of a sequence [S, padded T]: 0, or minus infinity where a query may not look.</summary>
    public static void FillMask(in AttentionGeometry<T> g, int batch, T* mask, int padded)
    {
        var (none, hidden) = (default(T), Scalar.NegativeInfinity<T>());
        var documents = g.Documents is null ? null : g.Documents + ((long)batch * g.Keys);
        for (var t = 0; t < padded; t++)
        {
            var (first, end) = t < g.Queries ? g.Range(t) : (0, 1); // lanes beyond the queries look at one key, so that they stay finite
            for (var s = 0; s < g.Keys; s++) mask[(s * padded) + t] = s >= first && s < end && (documents is null || t >= g.Queries || documents[s] == documents[t]) ? none : hidden;
        }
    }
}

/// <summary>All heads of one short sequence, one after the other: its rows are read and written whole.</summary>
internal readonly unsafe struct ShortAttentionForwardJob<T, V>(AttentionGeometry<T> g, T* y, T* logSum, WorkerScratch scratch) : IParallelJob
    where T : unmanaged
    where V : unmanaged, ILanes<V, T>
{
    /// <summary>Bytes of scratch a thread needs.</summary>
    public static long ScratchBytes(int positions, int headSize)
    {
        var (n, d) = (SmallProduct<T, V>.Padded(positions), SmallProduct<T, V>.Padded(headSize));
        return ((2L * positions * n) + ((long)headSize * n) + n + (2L * positions * d)) * sizeof(T);
    }

    public void Run(int index, int worker)
    {
        var mask = (T*)scratch.Of(worker); // [S, n]
        var n = SmallProduct<T, V>.Padded(g.Keys);
        ShortAttention<T, V>.FillMask(g, index, mask, n);
        for (var head = 0; head < g.Heads; head++) Head(index, head, mask, n);
    }

    private void Head(int batch, int head, T* mask, int n)
    {
        var (count, d, wide) = (g.Keys, g.HeadSize, SmallProduct<T, V>.Padded(g.HeadSize));
        var queryOffset = ((long)batch * count * g.QueryRow) + (head * d);
        var keyOffset = ((long)batch * count * g.KeyRow) + (head / (g.Heads / g.KeyValueHeads) * d);
        var queries = mask + (count * n); // [D, n]
        var scores = queries + (d * n); // [S, n]
        var logs = scores + (count * n); // [n]
        SmallProduct<T, V>.Transpose(g.Q + queryOffset, g.QueryRow, count, d, n, queries);
        SmallProduct<T, V>.Run(g.K + keyOffset, g.KeyRow, 1, count, d, queries, n, n, scores, n);
        for (var j = 0; j < n; j += V.Count) Softmax(scores + j, mask + j, n, logs + j);
        for (var t = 0; t < count; t++) logSum[((((long)batch * count) + t) * g.Heads) + head] = logs[t];
        if (wide == d)
        {
            SmallProduct<T, V>.Run(scores, 1, n, count, count, g.V + keyOffset, g.KeyRow, d, y + queryOffset, g.QueryRow);
            return;
        }
        var values = logs + n; // [S, wide]
        var output = values + (count * wide); // [T, wide]
        SmallProduct<T, V>.Gather(g.V + keyOffset, g.KeyRow, count, d, wide, values);
        SmallProduct<T, V>.Run(scores, 1, n, count, count, values, wide, wide, output, wide);
        SmallProduct<T, V>.Scatter(output, wide, count, d, y + queryOffset, g.QueryRow, false);
    }

    /// <summary>Softmax over the keys for a register of queries.</summary>
    private void Softmax(T* scores, T* mask, int n, T* logs)
    {
        var scale = V.Create(Scalar.From<T>(g.Scale));
        var max = V.Create(Scalar.NegativeInfinity<T>());
        for (var s = 0; s < g.Keys; s++)
        {
            var score = V.MultiplyAdd(V.Load(scores + (s * n)), scale, V.Load(mask + (s * n)));
            V.Store(score, scores + (s * n));
            max = V.Max(max, score);
        }
        V sum = default;
        for (var s = 0; s < g.Keys; s++)
        {
            var e = V.Exp(V.Load(scores + (s * n)) - max);
            V.Store(e, scores + (s * n));
            sum += e;
        }
        var factor = V.Create(Scalar.From<T>(1)) / sum;
        for (var s = 0; s < g.Keys; s++) V.Store(V.Load(scores + (s * n)) * factor, scores + (s * n));
        V.Store(max, logs);
        var sums = stackalloc T[V.Count];
        V.Store(sum, sums);
        for (var t = 0; t < V.Count; t++) logs[t] = Scalar.Add(logs[t], Scalar.Log(sums[t]));
    }
}

/// <summary>All heads of one short sequence; formulas as in <see cref="AttentionBackwardJob{T, V}"/>, with δ = Σ P·(dy·vᵀ) over the keys.</summary>
internal readonly unsafe struct ShortAttentionBackwardJob<T, V>(AttentionGeometry<T> g, AttentionGradients<T> gradients, WorkerScratch scratch) : IParallelJob
    where T : unmanaged
    where V : unmanaged, ILanes<V, T>
{
    /// <summary>Bytes of scratch a thread needs.</summary>
    public static long ScratchBytes(int positions, int headSize)
    {
        var (n, d) = (SmallProduct<T, V>.Padded(positions), SmallProduct<T, V>.Padded(headSize));
        return ((3L * positions * n) + ((long)headSize * n) + n + (4L * positions * d)) * sizeof(T);
    }

    public void Run(int index, int worker)
    {
        var mask = (T*)scratch.Of(worker); // [S, n]
        var n = SmallProduct<T, V>.Padded(g.Keys);
        ShortAttention<T, V>.FillMask(g, index, mask, n);
        for (var head = 0; head < g.Heads; head++) Head(index, head, mask, n);
    }

    private void Head(int batch, int head, T* mask, int n)
    {
        var (count, d, wide) = (g.Keys, g.HeadSize, SmallProduct<T, V>.Padded(g.HeadSize));
        var group = g.Heads / g.KeyValueHeads;
        var queryOffset = ((long)batch * count * g.QueryRow) + (head * d);
        var keyOffset = ((long)batch * count * g.KeyRow) + (head / group * d);
        var p = mask + (count * n); // [S, n]
        var ds = p + (count * n); // [S, n]
        var turned = ds + (count * n); // [D, n]: queries, then dy
        var logs = turned + (d * n); // [n]
        for (var t = 0; t < n; t++) logs[t] = t < count ? gradients.LogSum[((((long)batch * count) + t) * g.Heads) + head] : default;
        SmallProduct<T, V>.Transpose(g.Q + queryOffset, g.QueryRow, count, d, n, turned);
        SmallProduct<T, V>.Run(g.K + keyOffset, g.KeyRow, 1, count, d, turned, n, n, p, n);
        SmallProduct<T, V>.Transpose(gradients.Dy + queryOffset, g.QueryRow, count, d, n, turned);
        SmallProduct<T, V>.Run(g.V + keyOffset, g.KeyRow, 1, count, d, turned, n, n, ds, n);
        for (var j = 0; j < n; j += V.Count) Scores(p + j, ds + j, mask + j, n, logs + j);

        var first = head % group == 0;
        var (addK, addV) = (gradients.AddK || !first, gradients.AddV || !first);
        if (wide == d)
        {
            SmallProduct<T, V>.Run(p, n, 1, count, count, gradients.Dy + queryOffset, g.QueryRow, d, gradients.Dv + keyOffset, g.KeyRow, addV);
            SmallProduct<T, V>.Run(ds, n, 1, count, count, g.Q + queryOffset, g.QueryRow, d, gradients.Dk + keyOffset, g.KeyRow, addK);
            SmallProduct<T, V>.Run(ds, 1, n, count, count, g.K + keyOffset, g.KeyRow, d, gradients.Dq + queryOffset, g.QueryRow, gradients.AddQ);
            return;
        }
        var rows = logs + n; // [T, wide]
        var result = rows + (count * wide); // [T, wide]
        SmallProduct<T, V>.Gather(gradients.Dy + queryOffset, g.QueryRow, count, d, wide, rows);
        SmallProduct<T, V>.Run(p, n, 1, count, count, rows, wide, wide, result, wide);
        SmallProduct<T, V>.Scatter(result, wide, count, d, gradients.Dv + keyOffset, g.KeyRow, addV);
        SmallProduct<T, V>.Gather(g.Q + queryOffset, g.QueryRow, count, d, wide, rows);
        SmallProduct<T, V>.Run(ds, n, 1, count, count, rows, wide, wide, result, wide);
        SmallProduct<T, V>.Scatter(result, wide, count, d, gradients.Dk + keyOffset, g.KeyRow, addK);
        SmallProduct<T, V>.Gather(g.K + keyOffset, g.KeyRow, count, d, wide, rows);
        SmallProduct<T, V>.Run(ds, 1, n, count, count, rows, wide, wide, result, wide);
        SmallProduct<T, V>.Scatter(result, wide, count, d, gradients.Dq + queryOffset, g.QueryRow, gradients.AddQ);
    }

    /// <summary>For a register of queries, scores become weights, and dy·vᵀ becomes the gradient of the scores.</summary>
    private void Scores(T* p, T* ds, T* mask, int n, T* logs)
    {
        V log = V.Load(logs), scale = V.Create(Scalar.From<T>(g.Scale)), delta = default;
        for (var s = 0; s < g.Keys; s++)
        {
            var weight = V.Exp(V.MultiplyAdd(V.Load(p + (s * n)), scale, V.Load(mask + (s * n))) - log);
            V.Store(weight, p + (s * n));
            delta = V.MultiplyAdd(weight, V.Load(ds + (s * n)), delta);
        }
        for (var s = 0; s < g.Keys; s++) V.Store(V.Load(p + (s * n)) * (V.Load(ds + (s * n)) - delta) * scale, ds + (s * n));
    }
}
