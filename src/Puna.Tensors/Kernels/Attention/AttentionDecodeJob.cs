namespace Puna.Tensors;

/// <summary>One head of one or two new positions against a cache of keys: each key and value is read once, where it lies.</summary>
internal readonly unsafe struct AttentionDecodeJob<T, V>(AttentionGeometry<T> g, T* y, T* logSum, WorkerScratch scratch) : IParallelJob
    where T : unmanaged
    where V : unmanaged, ILanes<V, T>
{
    public void Run(int index, int worker)
    {
        var head = index % g.Heads;
        var batch = index / g.Heads;
        var d = g.HeadSize;
        var keyHead = head / (g.Heads / g.KeyValueHeads);
        var keys = g.K + ((long)batch * g.Keys * g.KeyRow) + (keyHead * d);
        var values = g.V + ((long)batch * g.Keys * g.KeyRow) + (keyHead * d);
        var scores = (T*)scratch.Of(worker);
        for (var t = 0; t < g.Queries; t++)
        {
            var row = ((long)batch * g.Queries) + t;
            var q = g.Q + (row * g.QueryRow) + (head * d);
            var (first, end) = g.Range(t);
            for (var s = first; s < end; s++)
                scores[s - first] = Scalar.Multiply(VectorLoops<T, V>.Dot(q, keys + (s * g.KeyRow), d), Scalar.From<T>(g.Scale));
            g.MaskDocuments(scores, batch, t, first, end);
            var max = VectorLoops<T, V>.Max(scores, end - first);
            var total = Scalar.ToDouble(VectorLoops<T, V>.ExpSum(scores, max, end - first));
            var output = y + (row * g.QueryRow) + (head * d);
            new Span<T>(output, d).Clear();
            for (var s = first; s < end; s++) VectorLoops<T, V>.AddScaled(scores[s - first], values + (s * g.KeyRow), output, d);
            VectorLoops<T, V>.Scale(Scalar.From<T>(1 / total), output, d);
            logSum[(row * g.Heads) + head] = Scalar.From<T>(Scalar.ToDouble(max) + Math.Log(total));
        }
    }
}
