namespace Puna.Tensors;

/// <summary>
/// The product for one to three rows, where B is a weight matrix stored [n, k]: each weight is read once and never copied,
/// so decoding runs at the speed of memory.
/// </summary>
internal static unsafe class MatrixVector<T, V>
    where T : unmanaged
    where V : unmanaged, ILanes<V, T>
{
    private const int ColumnsPerPiece = 64;

    /// <summary>As <see cref="MatrixProduct{T,V}.Run"/>; rows of A and columns of B are contiguous along k.</summary>
    public static void Run(WorkerPool pool, int m, int n, int k, ProductOperand<T> a, ProductOperand<T> b, T* c, nint cRow, bool accumulate) =>
        pool.For((n + ColumnsPerPiece - 1) / ColumnsPerPiece, new Job(m, n, k, a, b, c, cRow, accumulate));

    private readonly struct Job(int m, int n, int k, ProductOperand<T> a, ProductOperand<T> b, T* c, nint cRow, bool accumulate) : IParallelJob
    {
        public void Run(int index, int worker)
        {
            var end = Math.Min(n, (index + 1) * ColumnsPerPiece);
            var j = index * ColumnsPerPiece;
            for (; j <= end - 4; j += 4)
            {
                for (var i = 0; i < m; i++) Four(i, j);
            }
            for (; j < end; j++)
            {
                for (var i = 0; i < m; i++) Put(c + (i * cRow) + j, VectorLoops<T, V>.Dot(a.Data + (i * a.RowStride), b.Data + (j * b.ColumnStride), k));
            }
        }

        private void Four(int i, int j)
        {
            var x = a.Data + (i * a.RowStride);
            var w0 = b.Data + (j * b.ColumnStride);
            var w1 = w0 + b.ColumnStride;
            var w2 = w1 + b.ColumnStride;
            var w3 = w2 + b.ColumnStride;
            V s0 = default, s1 = default, s2 = default, s3 = default;
            var l = 0;
            for (; l <= k - V.Count; l += V.Count)
            {
                var v = V.Load(x + l);
                s0 = V.MultiplyAdd(v, V.Load(w0 + l), s0);
                s1 = V.MultiplyAdd(v, V.Load(w1 + l), s1);
                s2 = V.MultiplyAdd(v, V.Load(w2 + l), s2);
                s3 = V.MultiplyAdd(v, V.Load(w3 + l), s3);
            }
            T t0 = V.Sum(s0), t1 = V.Sum(s1), t2 = V.Sum(s2), t3 = V.Sum(s3);
            for (; l < k; l++)
            {
                t0 = Scalar.Add(t0, Scalar.Multiply(x[l], w0[l]));
                t1 = Scalar.Add(t1, Scalar.Multiply(x[l], w1[l]));
                t2 = Scalar.Add(t2, Scalar.Multiply(x[l], w2[l]));
                t3 = Scalar.Add(t3, Scalar.Multiply(x[l], w3[l]));
            }
            var y = c + (i * cRow) + j;
            Put(y, t0);
            Put(y + 1, t1);
            Put(y + 2, t2);
            Put(y + 3, t3);
        }

        private void Put(T* y, T value) => *y = accumulate ? Scalar.Add(*y, value) : value;
    }
}
