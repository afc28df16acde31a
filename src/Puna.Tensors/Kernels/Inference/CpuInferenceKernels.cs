namespace Puna.Tensors;

/// <summary>The processor's <see cref="InferenceKernels"/>, compiled once for each register type; products come from the tier's tiles.</summary>
internal sealed unsafe class CpuInferenceKernels<V> : InferenceKernels
    where V : unmanaged, ILanes<V, float>
{
    private readonly KernelTier _tier;
    private readonly WorkerPool _pool;
    private readonly Scratch _scratch;
    private readonly BlockProductWork _product;
    private readonly RepackWork _repack = new();
    private readonly RowsWork<V> _rows;
    private readonly AttentionWork<V> _attention;

    public CpuInferenceKernels(KernelTier tier, WorkerPool pool)
    {
        (_tier, _pool) = (tier, pool);
        _scratch = new Scratch(pool.ThreadCount);
        _product = new BlockProductWork(pool, _scratch);
        _rows = new RowsWork<V>(pool);
        _attention = new AttentionWork<V>(pool, tier);
    }

    public override int ThreadCount => _pool.ThreadCount;

    public override long ScratchBytes => _scratch.Bytes + _attention.ScratchBytes;

    public override void Prepare(BlockMatrix matrix) => matrix.Layout ??= TileLayout.For(matrix.Format, _tier, ProcessorFeatures.Current);

    public override NativeBuffer Repack(IReadOnlyList<BlockMatrix> matrices, Action<BlockMatrix>? copied = null)
    {
        foreach (var matrix in matrices) Prepare(matrix);
        var memory = new NativeBuffer(matrices.Sum(matrix => matrix.TileBytes), isCleared: false);
        var at = (byte*)memory.Pointer;
        foreach (var matrix in matrices)
        {
            _repack.Run(_pool, matrix, at);
            at += matrix.TileBytes;
            copied?.Invoke(matrix);
        }
        return memory;
    }

    public override void Multiply(float* x, long stride, int tokens, params ReadOnlySpan<BlockProduct> products) => _product.Run(x, stride, tokens, products);

    public override void Embed(BlockMatrix table, ReadOnlySpan<int> ids, float* y, long stride)
    {
        for (var i = 0; i < ids.Length; i++) table.ReadRow(ids[i], new Span<float>(y + (i * stride), table.Columns));
    }

    public override void AddRmsNorm(float* x, float* branch, float* weight, float* y, int tokens, int columns, long stride, float epsilon) => _rows.AddRmsNorm(x, branch, weight, y, tokens, columns, stride, epsilon);

    public override void SwiGlu(float* gate, float* up, int tokens, int columns, long stride) => _rows.SwiGlu(gate, up, tokens, columns, stride);

    public override void Attend(in AttentionStep step) => _attention.Run(step);

    protected override void Dispose(bool disposing)
    {
        if (!disposing) return;
        _scratch.Free();
        _product.Dispose();
        _repack.Dispose();
        _rows.Dispose();
        _attention.Free();
        _attention.Dispose();
    }

    private sealed class RepackWork : ParallelWork
    {
        private BlockMatrix _matrix = null!;
        private byte* _tiles;
        private long _tileBytes;

        public void Run(WorkerPool pool, BlockMatrix matrix, byte* tiles)
        {
            _matrix = matrix;
            _tileBytes = matrix.Layout!.TileBytes(matrix.Columns);
            _tiles = tiles;
            Share(pool, matrix.Tiles);
            matrix.TileData = tiles;
        }

        protected override void Piece(int index, int worker) => _matrix.PackTile(_matrix.Layout!, index, _tiles + (index * _tileBytes));
    }
}
