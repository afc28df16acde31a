namespace Puna.Tensors;

/// <summary>
/// C = A·B or C += A·B: the one matrix product under everything heavy. B is packed into panels block by block of K; A is read
/// where it lies. K is never split between threads and blocks follow in order, so the bits of the result depend on the tier only.
/// </summary>
internal static unsafe class MatrixProduct<T, V>
    where T : unmanaged
    where V : unmanaged, ILanes<V, T>
{
    /// <summary>Depth of one block of K: a panel of it stays in the second-level cache.</summary>
    public const int DepthBlock = 512;

    /// <summary>Runs on all threads of the pool.</summary>
    /// <param name="pool">Threads.</param>
    /// <param name="scratch">Memory for packed panels.</param>
    /// <param name="m">Rows of A and C.</param>
    /// <param name="n">Columns of B and C.</param>
    /// <param name="k">Columns of A, rows of B.</param>
    /// <param name="a">A, [m, k].</param>
    /// <param name="b">B, [k, n].</param>
    /// <param name="c">C, rows <paramref name="cRow"/> elements apart.</param>
    /// <param name="cRow">Distance between rows of C.</param>
    /// <param name="accumulate">Add to what C holds.</param>
    /// <param name="round">Round both operands to bf16 first; sums stay in T.</param>
    public static void Run(WorkerPool pool, Scratch scratch, int m, int n, int k, ProductOperand<T> a, ProductOperand<T> b, T* c, nint cRow, bool accumulate, bool round)
    {
        if (m == 0 || n == 0) return;
        if (k == 0)
        {
            for (var i = 0; i < m && !accumulate; i++) new Span<T>(c + (i * cRow), n).Clear();
            return;
        }
        if (!round && m < V.TileRows / 2 && a.ColumnStride == 1 && b.RowStride == 1)
        {
            MatrixVector<T, V>.Run(pool, m, n, k, a, b, c, cRow, accumulate);
            return;
        }
        var depth = Math.Min(k, DepthBlock);
        var packed = (T*)scratch.Shared(ProductPacking<T, V>.Size(n, depth) * sizeof(T));
        if (round) a = Rounded(pool, scratch, m, k, a);
        var panels = ProductPacking<T, V>.Panels(n);
        for (var k0 = 0; k0 < k; k0 += depth)
        {
            var d = Math.Min(depth, k - k0);
            pool.For(panels, new PackJob(new(b.Data + (k0 * b.RowStride), b.RowStride, b.ColumnStride), n, d, packed, round));
            var tiles = (m + V.TileRows - 1) / V.TileRows;
            var job = new TileJob
            {
                A = new(a.Data + (k0 * a.ColumnStride), a.RowStride, a.ColumnStride),
                Packed = packed,
                C = c,
                CRow = cRow,
                M = m,
                N = n,
                Depth = d,
                Accumulate = accumulate || k0 > 0,
            };
            // pieces of rows where there are many, else pieces of columns; a few per thread, so that a slow one does not hold all up
            var wanted = pool.ThreadCount * 4;
            job.ByRows = tiles >= wanted || tiles >= panels;
            var units = job.ByRows ? tiles : panels;
            job.Units = (units + wanted - 1) / wanted;
            pool.For((units + job.Units - 1) / job.Units, job);
        }
    }

    /// <summary>Runs on the calling thread only, for small products inside another kernel's piece of work.</summary>
    /// <param name="packed">Room for <see cref="SingleSize"/> elements.</param>
    public static void Single(int m, int n, int k, ProductOperand<T> a, ProductOperand<T> b, T* c, nint cRow, bool accumulate, bool round, T* packed)
    {
        var panels = ProductPacking<T, V>.Panels(n);
        for (var p = 0; p < panels; p++) ProductPacking<T, V>.Pack(b, p, n, k, packed, round);
        if (round)
        {
            var copy = packed + ProductPacking<T, V>.Size(n, k);
            for (var i = 0; i < m; i++) RoundRow(a, i, k, copy + ((long)i * k));
            a = ProductOperand<T>.RowMajor(copy, k);
        }
        var job = new TileJob { A = a, Packed = packed, C = c, CRow = cRow, M = m, N = n, Depth = k, Accumulate = accumulate, ByRows = false, Units = panels };
        job.Run(0, 0);
    }

    /// <summary>Elements of scratch that <see cref="Single"/> needs.</summary>
    public static long SingleSize(int m, int n, int k, bool round) => ProductPacking<T, V>.Size(n, k) + (round ? (long)m * k : 0);

    private static void RoundRow(in ProductOperand<T> a, int i, int k, T* destination)
    {
        var source = a.Data + (i * a.RowStride);
        for (var j = 0; j < k; j++) destination[j] = source[j * a.ColumnStride];
        VectorLoops<T, V>.RoundToBFloat16(destination, destination, k);
    }

    private static ProductOperand<T> Rounded(WorkerPool pool, Scratch scratch, int m, int k, ProductOperand<T> a)
    {
        var copy = (T*)scratch.Second((long)m * k * sizeof(T));
        pool.For(m, new RoundJob(a, k, copy));
        return ProductOperand<T>.RowMajor(copy, k);
    }

    private readonly struct PackJob(ProductOperand<T> b, int columns, int depth, T* packed, bool round) : IParallelJob
    {
        public void Run(int index, int worker) => ProductPacking<T, V>.Pack(b, index, columns, depth, packed, round);
    }

    private readonly struct RoundJob(ProductOperand<T> a, int k, T* copy) : IParallelJob
    {
        public void Run(int index, int worker) => RoundRow(a, index, k, copy + ((long)index * k));
    }

    private struct TileJob : IParallelJob
    {
        public ProductOperand<T> A;
        public T* Packed;
        public T* C;
        public nint CRow;
        public int M, N, Depth, Units;
        public bool Accumulate, ByRows;

        public readonly void Run(int index, int worker)
        {
            var panels = ProductPacking<T, V>.Panels(N);
            var tiles = (M + V.TileRows - 1) / V.TileRows;
            var first = index * Units;
            var last = Math.Min(first + Units, ByRows ? tiles : panels);
            var (firstTile, lastTile) = ByRows ? (first, last) : (0, tiles);
            var (firstPanel, lastPanel) = ByRows ? (0, panels) : (first, last);
            for (var p = firstPanel; p < lastPanel; p++)
            {
                var column = p * ProductPacking<T, V>.PanelColumns;
                var width = ProductPacking<T, V>.Width(p, N);
                var columns = Math.Min(N - column, width * V.Count);
                var panel = Packed + ((long)column * Depth);
                for (var t = firstTile; t < lastTile; t++)
                {
                    var row = t * V.TileRows;
                    ProductTiles<T, V>.Run(width, A.Data + (row * A.RowStride), A.RowStride, A.ColumnStride, Math.Min(V.TileRows, M - row),
                        panel, Depth, C + (row * CRow) + column, CRow, columns, Accumulate);
                }
            }
        }
    }
}
