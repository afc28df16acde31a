namespace Puna.Tensors;

/// <summary>What the kernels for short sequences share: all of a head lies in the first-level cache, so nothing is cut into blocks. Single precision throughout.</summary>
internal static unsafe class ShortAttention<T, V>
    where T : unmanaged
    where V : unmanaged, ILanes<V, T>
{
    /// <summary>The longest sequence they take.</summary>
    public const int MostPositions = 32;

    /// <summary>Whether they serve this attention: whole sequences, no cache.</summary>
    public static bool Serves(in AttentionGeometry<T> g) => g.Queries == g.Keys && g.Keys <= MostPositions && g.Queries > 2;

    /// <summary>Scales a row of scores and puts minus infinity where query <paramref name="t"/> may not look and beyond the keys.</summary>
    public static void Mask(in AttentionGeometry<T> g, T* scores, int padded, int batch, int t)
    {
        var (first, end) = g.Range(t);
        var scale = V.Create(Scalar.From<T>(g.Scale));
        var i = 0;
        for (; i < end; i += V.Count) V.Store(V.Load(scores + i) * scale, scores + i);
        for (; i < padded; i += V.Count) V.Store(V.Create(Scalar.NegativeInfinity<T>()), scores + i);
        for (i = end; i % V.Count != 0; i++) scores[i] = Scalar.NegativeInfinity<T>();
        for (i = 0; i < first; i++) scores[i] = Scalar.NegativeInfinity<T>();
        g.MaskDocuments(scores + first, batch, t, first, end);
    }

    /// <summary>Softmax of a row; returns the logarithm of the sum of the exponentials.</summary>
    public static T Softmax(T* row, int padded)
    {
        var largest = V.Load(row);
        for (var i = V.Count; i < padded; i += V.Count) largest = V.Max(largest, V.Load(row + i));
        var max = V.Largest(largest);
        V shift = V.Create(max), sums = default;
        for (var i = 0; i < padded; i += V.Count)
        {
            var e = V.Exp(V.Load(row + i) - shift);
            V.Store(e, row + i);
            sums += e;
        }
        var sum = V.Sum(sums);
        var factor = V.Create(Scalar.Divide(Scalar.From<T>(1), sum));
        for (var i = 0; i < padded; i += V.Count) V.Store(V.Load(row + i) * factor, row + i);
        return Scalar.Add(max, Scalar.Log(sum));
    }

    /// <summary>Copies the first columns of a padded matrix to rows that lie apart.</summary>
    public static void Scatter(T* source, int padded, int rows, int columns, T* destination, nint row, bool add)
    {
        for (var i = 0; i < rows; i++, source += padded, destination += row)
        {
            var j = 0;
            for (; j <= columns - V.Count; j += V.Count) V.Store(add ? V.Load(destination + j) + V.Load(source + j) : V.Load(source + j), destination + j);
            for (; j < columns; j++) destination[j] = add ? Scalar.Add(destination[j], source[j]) : source[j];
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
        return ((headSize * (long)n) + ((long)positions * n) + (2L * positions * d)) * sizeof(T);
    }

    public void Run(int index, int worker)
    {
        for (var head = 0; head < g.Heads; head++) Head(index, head, worker);
    }

    private void Head(int batch, int head, int worker)
    {
        var (count, d) = (g.Keys, g.HeadSize);
        var (n, wide) = (SmallProduct<T, V>.Padded(count), SmallProduct<T, V>.Padded(d));
        var keyHead = head / (g.Heads / g.KeyValueHeads);
        var q = g.Q + ((long)batch * count * g.QueryRow) + (head * d);
        var keyOffset = ((long)batch * count * g.KeyRow) + (keyHead * d);
        var keys = (T*)scratch.Of(worker); // [D, n]
        var scores = keys + (d * n); // [T, n]
        var values = scores + (count * n); // [T, wide]
        var output = values + (count * wide); // [T, wide]
        SmallProduct<T, V>.Transpose(g.K + keyOffset, g.KeyRow, count, d, n, keys);
        SmallProduct<T, V>.Gather(g.V + keyOffset, g.KeyRow, count, d, wide, values);
        SmallProduct<T, V>.Run(q, g.QueryRow, 1, count, d, keys, n, scores);
        for (var t = 0; t < count; t++)
        {
            var row = scores + (t * n);
            ShortAttention<T, V>.Mask(g, row, n, batch, t);
            logSum[((((long)batch * count) + t) * g.Heads) + head] = ShortAttention<T, V>.Softmax(row, n);
        }
        SmallProduct<T, V>.Run(scores, n, 1, count, count, values, wide, output);
        ShortAttention<T, V>.Scatter(output, wide, count, d, y + ((long)batch * count * g.QueryRow) + (head * d), g.QueryRow, false);
    }
}

/// <summary>All heads of one short sequence; formulas as in <see cref="AttentionBackwardJob{T, V}"/>.</summary>
internal readonly unsafe struct ShortAttentionBackwardJob<T, V>(AttentionGeometry<T> g, AttentionGradients<T> gradients, WorkerScratch scratch) : IParallelJob
    where T : unmanaged
    where V : unmanaged, ILanes<V, T>
{
    /// <summary>Bytes of scratch a thread needs.</summary>
    public static long ScratchBytes(int positions, int headSize)
    {
        var (n, d) = (SmallProduct<T, V>.Padded(positions), SmallProduct<T, V>.Padded(headSize));
        return ((2L * headSize * n) + (2L * positions * n) + (4L * positions * d)) * sizeof(T);
    }

    public void Run(int index, int worker)
    {
        for (var keyHead = 0; keyHead < g.KeyValueHeads; keyHead++) KeyHead(index, keyHead, worker);
    }

    private void KeyHead(int batch, int keyHead, int worker)
    {
        var (count, d) = (g.Keys, g.HeadSize);
        var (n, wide) = (SmallProduct<T, V>.Padded(count), SmallProduct<T, V>.Padded(d));
        var keysT = (T*)scratch.Of(worker); // [D, n]
        var valuesT = keysT + (d * n); // [D, n]
        var keys = valuesT + (d * n); // [T, wide]
        var queries = keys + (count * wide); // [T, wide]
        var dOut = queries + (count * wide); // [T, wide]
        var result = dOut + (count * wide); // [T, wide]
        var p = result + (count * wide); // [T, n]
        var ds = p + (count * n); // [T, n]
        var keyOffset = ((long)batch * count * g.KeyRow) + (keyHead * d);
        SmallProduct<T, V>.Transpose(g.K + keyOffset, g.KeyRow, count, d, n, keysT);
        SmallProduct<T, V>.Transpose(g.V + keyOffset, g.KeyRow, count, d, n, valuesT);
        SmallProduct<T, V>.Gather(g.K + keyOffset, g.KeyRow, count, d, wide, keys);
        var group = g.Heads / g.KeyValueHeads;
        for (var head = keyHead * group; head < (keyHead + 1) * group; head++)
        {
            var queryOffset = ((long)batch * count * g.QueryRow) + (head * d);
            SmallProduct<T, V>.Gather(g.Q + queryOffset, g.QueryRow, count, d, wide, queries);
            SmallProduct<T, V>.Gather(gradients.Dy + queryOffset, g.QueryRow, count, d, wide, dOut);
            SmallProduct<T, V>.Run(queries, wide, 1, count, d, keysT, n, p);
            SmallProduct<T, V>.Run(dOut, wide, 1, count, d, valuesT, n, ds);
            for (var t = 0; t < count; t++)
            {
                ShortAttention<T, V>.Mask(g, p + (t * n), n, batch, t);
                var delta = VectorLoops<T, V>.Dot(dOut + (t * wide), gradients.Y + queryOffset + (t * g.QueryRow), d);
                Row(p + (t * n), ds + (t * n), n, gradients.LogSum[((((long)batch * count) + t) * g.Heads) + head], delta);
            }
            SmallProduct<T, V>.Run(p, 1, n, count, count, dOut, wide, result);
            ShortAttention<T, V>.Scatter(result, wide, count, d, gradients.Dv + keyOffset, g.KeyRow, gradients.AddV || head > keyHead * group);
            SmallProduct<T, V>.Run(ds, n, 1, count, count, keys, wide, result);
            ShortAttention<T, V>.Scatter(result, wide, count, d, gradients.Dq + queryOffset, g.QueryRow, gradients.AddQ);
            SmallProduct<T, V>.Run(ds, 1, n, count, count, queries, wide, result);
            ShortAttention<T, V>.Scatter(result, wide, count, d, gradients.Dk + keyOffset, g.KeyRow, gradients.AddK || head > keyHead * group);
        }
    }

    /// <summary>Scores become weights, and dy·vᵀ becomes the gradient of the scores.</summary>
    private void Row(T* p, T* ds, int n, T log, T delta)
    {
        V vLog = V.Create(log), vDelta = V.Create(delta), vScale = V.Create(Scalar.From<T>(g.Scale));
        for (var s = 0; s < n; s += V.Count)
        {
            var weight = V.Exp(V.Load(p + s) - vLog);
            V.Store(weight, p + s);
            V.Store(weight * (V.Load(ds + s) - vDelta) * vScale, ds + s);
        }
    }
}
