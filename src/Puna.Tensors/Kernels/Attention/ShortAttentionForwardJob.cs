namespace Puna.Tensors;

/// <summary>Heads of one short sequence, one after the other; all of them where there are sequences enough, so that its rows are read and written whole.</summary>
internal readonly unsafe struct ShortAttentionForwardJob<T, V>(AttentionGeometry<T> g, Output<T, V> y, T* logSum, WorkerScratch scratch, int batch, int parts) : IParallelJob
    where T : unmanaged
    where V : unmanaged, ILanes<V, T>
{
    /// <summary>Bytes of scratch a thread needs.</summary>
    public static long ScratchBytes(in AttentionGeometry<T> g)
    {
        var (n, wide) = (ShortAttention<T, V>.Padded(g.Keys), ShortAttention<T, V>.Padded(g.HeadSize));
        return (ShortAttention<T, V>.MaskElements(g.Keys) + (2L * g.Heads * n) + ((long)g.Keys * n) + ((long)wide * n) + (3L * g.Keys * wide)) * sizeof(T);
    }

    public void Run(int index, int worker)
    {
        var n = ShortAttention<T, V>.Padded(g.Keys);
        var memory = (T*)scratch.Of(worker);
        var (sequence, part) = Math.DivRem(index, parts);
        var (first, end) = ShortAttention<T, V>.Heads(g, part, parts);
        var mask = ShortAttention<T, V>.Mask(g, sequence, memory, out var maskRow);
        var logs = memory + ShortAttention<T, V>.MaskElements(g.Keys); // [H, n]: the largest scores first
        var sums = logs + (g.Heads * n); // [H, n]
        for (var head = first; head < end; head++)
        {
            if (parts == 1 && sequence + 1 < batch) Fetch(sequence + 1, head); // most likely this thread's next
            Head(sequence, head, mask, maskRow, logs + (head * n), sums + (head * n), sums + (g.Heads * n));
        }
        for (var i = first * n; i < end * n; i += V.Count) V.Store(V.Load(logs + i) + V.Log(V.Load(sums + i)), logs + i);
        var log = logSum + ((long)sequence * g.Keys * g.Heads);
        for (var t = 0; t < g.Keys; t++, log += g.Heads)
        {
            for (var head = first; head < end; head++) log[head] = logs[(head * n) + t];
        }
    }

    /// <summary>A share of what a sequence reads and writes.</summary>
    private void Fetch(int sequence, int share)
    {
        var (queryRow, keyRow) = (g.QueryRow * sizeof(T), g.KeyRow * sizeof(T));
        ShortAttention<T, V>.Fetch(g, g.Q, queryRow, sequence, share);
        ShortAttention<T, V>.Fetch(g, g.K, keyRow, sequence, share);
        ShortAttention<T, V>.Fetch(g, g.V, keyRow, sequence, share);
        ShortAttention<T, V>.Fetch(g, y.Data, g.QueryRow * y.ElementSize, sequence, share);
    }

    private void Head(int index, int head, T* mask, nint maskRow, T* largest, T* sums, T* memory)
    {
        var (count, d, n, wide) = (g.Keys, g.HeadSize, ShortAttention<T, V>.Padded(g.Keys), ShortAttention<T, V>.Padded(g.HeadSize));
        var queryOffset = ((long)index * count * g.QueryRow) + (head * d);
        var keyOffset = ((long)index * count * g.KeyRow) + (head / (g.Heads / g.KeyValueHeads) * d);
        var p = memory; // [S, n]
        var turned = p + (count * n); // [wide, n]
        var q = g.Q + queryOffset;
        var v = g.V + keyOffset;
        var (qRow, vRow) = (g.QueryRow, g.KeyRow);
        var whole = wide == d;
        var output = turned + (wide * n); // [T, wide], where heads are not whole registers, as the two that follow
        if (!whole)
        {
            q = output + (count * wide);
            v = q + (count * wide);
            qRow = vRow = wide;
            ShortAttention<T, V>.Gather(g.Q + queryOffset, g.QueryRow, count, d, q);
            ShortAttention<T, V>.Gather(g.V + keyOffset, g.KeyRow, count, d, v);
        }
        ShortAttention<T, V>.Transpose(q, qRow, count, wide, turned);
        ShortAttention<T, V>.Scores(g, g.K + keyOffset, g.KeyRow, turned, d, p);
        for (var t = 0; t < n; t += V.Count)
        {
            var (first, end) = ShortAttention<T, V>.KeysOf(g, t / ShortAttention<T, V>.Block * ShortAttention<T, V>.Block, ShortAttention<T, V>.Block);
            Softmax(p + (first * n) + t, n, end - first, mask + (first * maskRow) + t, maskRow, largest + t, sums + t);
        }
        if (whole)
        {
            ShortAttention<T, V>.OfQueries(g, p, v, vRow, wide, y.At(queryOffset), g.QueryRow, false);
            return;
        }
        ShortAttention<T, V>.OfQueries(g, p, v, vRow, wide, new(output, false), wide, false);
        for (var t = 0; t < count; t++) y.At(queryOffset + (t * g.QueryRow)).Copy(output + (t * wide), d);
    }

    /// <summary>Softmax over the keys for a register of queries.</summary>
    private void Softmax(T* scores, nint row, int keys, T* mask, nint maskRow, T* largest, T* sums)
    {
        var scale = V.Create(Scalar.From<T>(g.Scale));
        var max = V.Create(Scalar.NegativeInfinity<T>());
        var at = scores;
        for (var s = 0; s < keys; s++, at += row, mask += maskRow)
        {
            var score = V.MultiplyAdd(V.Load(at), scale, V.Load(mask));
            V.Store(score, at);
            max = V.MaxNative(max, score);
        }
        V sum = default;
        at = scores;
        for (var s = 0; s < keys; s++, at += row)
        {
            var e = V.Exp(V.Load(at) - max);
            V.Store(e, at);
            sum += e;
        }
        var factor = V.Create(Scalar.From<T>(1)) / sum;
        at = scores;
        for (var s = 0; s < keys; s++, at += row) V.Store(V.Load(at) * factor, at);
        V.Store(max, largest);
        V.Store(sum, sums);
    }
}
