namespace Puna.Tensors;

/// <summary>Heads of one short sequence; formulas as in <see cref="AttentionBackwardJob{T, V}"/>, with δ = Σ P·(dy·vᵀ) over the keys.</summary>
internal readonly unsafe struct ShortAttentionBackwardJob<T, V>(AttentionGeometry<T> g, AttentionGradients<T> gradients, WorkerScratch scratch, int batch, int parts) : IParallelJob
    where T : unmanaged
    where V : unmanaged, ILanes<V, T>
{
    /// <summary>Bytes of scratch a thread needs.</summary>
    public static long ScratchBytes(in AttentionGeometry<T> g)
    {
        var (n, wide) = (ShortAttention<T, V>.Padded(g.Keys), ShortAttention<T, V>.Padded(g.HeadSize));
        return (ShortAttention<T, V>.MaskElements(g.Keys) + ((long)g.Heads * n) + (2L * g.Keys * n) + ((long)wide * n) + (4L * g.Keys * wide)) * sizeof(T);
    }

    public void Run(int index, int worker)
    {
        var n = ShortAttention<T, V>.Padded(g.Keys);
        var memory = (T*)scratch.Of(worker);
        var (sequence, part) = Math.DivRem(index, parts);
        var (first, end) = ShortAttention<T, V>.Heads(g, part, parts);
        var mask = ShortAttention<T, V>.Mask(g, sequence, memory, out var maskRow);
        var logs = memory + ShortAttention<T, V>.MaskElements(g.Keys); // [H, n]
        var log = gradients.LogSum + ((long)sequence * g.Keys * g.Heads);
        for (var t = 0; t < n; t++, log += g.Heads)
        {
            for (var head = first; head < end; head++) logs[(head * n) + t] = t < g.Keys ? log[head] : default;
        }
        for (var head = first; head < end; head++)
        {
            if (parts == 1 && sequence + 1 < batch) Fetch(sequence + 1, head); // most likely this thread's next
            Head(sequence, head, mask, maskRow, logs + (head * n), logs + (g.Heads * n));
        }
    }

    /// <summary>A share of what a sequence reads and writes.</summary>
    private void Fetch(int sequence, int share)
    {
        var (queryRow, keyRow) = (g.QueryRow * sizeof(T), g.KeyRow * sizeof(T));
        ShortAttention<T, V>.Fetch(g, g.Q, queryRow, sequence, share);
        ShortAttention<T, V>.Fetch(g, g.K, keyRow, sequence, share);
        ShortAttention<T, V>.Fetch(g, g.V, keyRow, sequence, share);
        ShortAttention<T, V>.Fetch(g, gradients.Dy, queryRow, sequence, share);
        ShortAttention<T, V>.Fetch(g, gradients.Dq, queryRow, sequence, share);
        ShortAttention<T, V>.Fetch(g, gradients.Dk, keyRow, sequence, share);
        ShortAttention<T, V>.Fetch(g, gradients.Dv, keyRow, sequence, share);
    }

    private void Head(int index, int head, T* mask, nint maskRow, T* logs, T* memory)
    {
        var (count, d, n, wide) = (g.Keys, g.HeadSize, ShortAttention<T, V>.Padded(g.Keys), ShortAttention<T, V>.Padded(g.HeadSize));
        var group = g.Heads / g.KeyValueHeads;
        var queryOffset = ((long)index * count * g.QueryRow) + (head * d);
        var keyOffset = ((long)index * count * g.KeyRow) + (head / group * d);
        var p = memory; // [S, n]
        var ds = p + (count * n); // [S, n]
        var turned = ds + (count * n); // [wide, n]: queries, then dy
        T* q = g.Q + queryOffset, k = g.K + keyOffset, dy = gradients.Dy + queryOffset;
        var (qRow, kRow) = (g.QueryRow, g.KeyRow);
        var whole = wide == d;
        var result = turned + (wide * n); // [T, wide], where heads are not whole registers, as the three that follow
        if (!whole)
        {
            q = result + (count * wide);
            k = q + (count * wide);
            dy = k + (count * wide);
            qRow = kRow = wide;
            ShortAttention<T, V>.Gather(g.Q + queryOffset, g.QueryRow, count, d, q);
            ShortAttention<T, V>.Gather(g.K + keyOffset, g.KeyRow, count, d, k);
            ShortAttention<T, V>.Gather(gradients.Dy + queryOffset, g.QueryRow, count, d, dy);
        }
        ShortAttention<T, V>.Transpose(q, qRow, count, wide, turned);
        ShortAttention<T, V>.Scores(g, k, kRow, turned, d, p);
        ShortAttention<T, V>.Transpose(dy, qRow, count, wide, turned);
        ShortAttention<T, V>.Scores(g, g.V + keyOffset, g.KeyRow, turned, d, ds);
        for (var t = 0; t < n; t += V.Count)
        {
            var (first, end) = ShortAttention<T, V>.KeysOf(g, t / ShortAttention<T, V>.Block * ShortAttention<T, V>.Block, ShortAttention<T, V>.Block);
            Weights(p + (first * n) + t, ds + (first * n) + t, n, end - first, mask + (first * maskRow) + t, maskRow, logs + t);
        }

        var shared = head % group != 0; // a head before it has written the gradients of these keys and values
        var (addK, addV) = (gradients.AddK || shared, gradients.AddV || shared);
        T* dq = gradients.Dq + queryOffset, dk = gradients.Dk + keyOffset, dv = gradients.Dv + keyOffset;
        if (whole)
        {
            ShortAttention<T, V>.OfKeys(g, p, dy, qRow, wide, dv, g.KeyRow, addV);
            ShortAttention<T, V>.OfKeys(g, ds, q, qRow, wide, dk, g.KeyRow, addK);
            ShortAttention<T, V>.OfQueries(g, ds, k, kRow, wide, new(dq, false), g.QueryRow, gradients.AddQ);
            return;
        }
        ShortAttention<T, V>.OfKeys(g, p, dy, qRow, wide, result, wide, false);
        ShortAttention<T, V>.Scatter(result, count, d, dv, g.KeyRow, addV);
        ShortAttention<T, V>.OfKeys(g, ds, q, qRow, wide, result, wide, false);
        ShortAttention<T, V>.Scatter(result, count, d, dk, g.KeyRow, addK);
        ShortAttention<T, V>.OfQueries(g, ds, k, kRow, wide, new(result, false), wide, false);
        ShortAttention<T, V>.Scatter(result, count, d, dq, g.QueryRow, gradients.AddQ);
    }

    /// <summary>For a register of queries, scores become weights, and dy·vᵀ becomes the gradient of the scores.</summary>
    private void Weights(T* p, T* ds, nint row, int keys, T* mask, nint maskRow, T* logs)
    {
        V log = V.Load(logs), scale = V.Create(Scalar.From<T>(g.Scale)), delta = default;
        T* atP = p, atDs = ds;
        for (var s = 0; s < keys; s++, atP += row, atDs += row, mask += maskRow)
        {
            var weight = V.Exp(V.MultiplyAdd(V.Load(atP), scale, V.Load(mask)) - log);
            V.Store(weight, atP);
            delta = V.MultiplyAdd(weight, V.Load(atDs), delta);
        }
        for (var s = 0; s < keys; s++, p += row, ds += row) V.Store(V.Load(p) * (V.Load(ds) - delta) * scale, ds);
    }
}
