namespace Puna.Tensors;

/// <summary>One block of queries of one head against all its keys, with a running maximum and sum.</summary>
internal readonly unsafe struct AttentionForwardJob<T, V>(AttentionGeometry<T> g, T* y, T* logSum, WorkerScratch scratch, int blocks, bool round) : IParallelJob
    where T : unmanaged
    where V : unmanaged, ILanes<V, T>
{
    private const int Bq = AttentionGeometry<T>.QueryBlock;
    private const int Bk = AttentionGeometry<T>.KeyBlock;

    /// <summary>Bytes of scratch a thread needs.</summary>
    public static long ScratchBytes(int headSize, bool round) => ((Bq * Bk) + (Bq * headSize) + (2 * Bq)
        + Math.Max(MatrixProduct<T, V>.SingleSize(Bq, Bk, headSize, round), MatrixProduct<T, V>.SingleSize(Bq, headSize, Bk, round))) * sizeof(T);

    public void Run(int index, int worker)
    {
        var block = blocks - 1 - (index % blocks); // the longest rows first
        var head = index / blocks % g.Heads;
        var batch = index / blocks / g.Heads;
        var t0 = block * Bq;
        var rows = Math.Min(Bq, g.Queries - t0);
        var d = g.HeadSize;
        var scores = (T*)scratch.Of(worker);
        var output = scores + (Bq * Bk);
        var max = output + (Bq * d);
        var sum = max + Bq;
        var packed = sum + Bq;
        new Span<T>(output, Bq * d).Clear();
        new Span<T>(max, Bq).Fill(Scalar.NegativeInfinity<T>());
        new Span<T>(sum, Bq).Clear();

        var q = g.Q + ((((long)batch * g.Queries) + t0) * g.QueryRow) + (head * d);
        var keyHead = head / (g.Heads / g.KeyValueHeads);
        var keys = g.K + ((long)batch * g.Keys * g.KeyRow) + (keyHead * d);
        var values = g.V + ((long)batch * g.Keys * g.KeyRow) + (keyHead * d);
        var (first, end) = (g.Range(t0).First, g.Range(t0 + rows - 1).End);
        for (var s0 = first / Bk * Bk; s0 < end; s0 += Bk)
        {
            var columns = Math.Min(Bk, end - s0);
            MatrixProduct<T, V>.Single(rows, columns, d, new(q, g.QueryRow, 1), new(keys + (s0 * g.KeyRow), 1, g.KeyRow), scores, Bk, false, round, packed);
            for (var i = 0; i < rows; i++) Weigh(scores + (i * Bk), batch, head, t0 + i, s0, columns, output + (i * d), ref max[i], ref sum[i]);
            MatrixProduct<T, V>.Single(rows, d, columns, new(scores, Bk, 1), new(values + (s0 * g.KeyRow), g.KeyRow, 1), output, d, true, round, packed);
        }
        for (var i = 0; i < rows; i++)
        {
            var row = ((long)batch * g.Queries) + t0 + i;
            var total = Scalar.ToDouble(sum[i]);
            VectorLoops<T, V>.Scale(Scalar.From<T>(total > 0 ? 1 / total : 0), output + (i * d), d);
            VectorLoops<T, V>.CopyOrAdd(output + (i * d), y + (row * g.QueryRow) + (head * d), d, false);
            logSum[(row * g.Heads) + head] = Scalar.From<T>(Scalar.ToDouble(max[i]) + Math.Log(total));
        }
    }

    /// <summary>Turns a row of scores into weights relative to the running maximum, and rescales what was summed before.</summary>
    private void Weigh(T* scores, int batch, int head, int t, int s0, int columns, T* output, ref T max, ref T sum)
    {
        var (first, end) = g.Range(t);
        var a = Math.Clamp(first - s0, 0, columns);
        var b = Math.Clamp(end - s0, a, columns);
        new Span<T>(scores, a).Clear();
        new Span<T>(scores + b, columns - b).Clear();
        if (a == b) return;
        VectorLoops<T, V>.Scale(Scalar.From<T>(g.Scale), scores + a, b - a);
        g.MaskDocuments(scores + a, batch, t, s0 + a, s0 + b);
        var largest = Scalar.Max(max, VectorLoops<T, V>.Max(scores + a, b - a));
        if (double.IsNegativeInfinity(Scalar.ToDouble(largest)))
        {
            new Span<T>(scores + a, b - a).Clear();
            return;
        }
        var kept = Scalar.Exp(Scalar.Subtract(max, largest));
        sum = Scalar.Add(Scalar.Multiply(sum, kept), VectorLoops<T, V>.ExpSum(scores + a, largest, b - a));
        if (g.Dropout.Any) DroppedWeights<T, V>.Forward(g, scores + a, batch, head, t, s0 + a, s0 + b);
        VectorLoops<T, V>.Scale(kept, output, g.HeadSize);
        max = largest;
    }
}
