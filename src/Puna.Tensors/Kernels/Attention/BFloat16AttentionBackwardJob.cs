using System.Runtime.InteropServices;

namespace Puna.Tensors;

/// <summary>
/// The gradients of one key/value head of one sequence from all query heads that read it, by a tier's bf16 instructions; formulas as in
/// <see cref="AttentionBackwardJob{T, V}"/>. Keys and values are packed once, then block after block of queries adds its part.
/// </summary>
internal readonly unsafe struct BFloat16AttentionBackwardJob(AttentionGeometry<float> g, AttentionGradients<float> gradients, WorkerScratch scratch, GCHandle<BFloat16Kernel> kernel) : IParallelJob
{
    /// <summary>Bytes of scratch a thread needs.</summary>
    public static long ScratchBytes(in AttentionGeometry<float> g, PackedHead head)
    {
        var block = BFloat16Attention.QueryBlock(g.Keys);
        return sizeof(uint) * ((2 * head.ColumnsSize(g.Keys, g.HeadSize)) + head.ColumnsSize(g.HeadSize, g.Keys) + (2 * head.ColumnsSize(g.HeadSize, block))
            + Math.Max(Math.Max(head.RowsSize(block, g.Keys), head.RowsSize(g.Keys, block)), head.RowsSize(block, g.HeadSize)) + (2L * block * BFloat16Attention.ScoreRow(g.Keys)));
    }

    public void Run(int index, int worker)
    {
        var head = BFloat16Attention.Head(kernel);
        var keyHead = index % g.KeyValueHeads;
        var batch = index / g.KeyValueHeads;
        var group = g.Heads / g.KeyValueHeads;
        var (d, block) = (g.HeadSize, BFloat16Attention.QueryBlock(g.Keys));
        var keyOffset = ((long)batch * g.Keys * g.KeyRow) + (keyHead * d);
        var keysT = (uint*)scratch.Of(worker); // Kᵀ
        var valuesT = keysT + head.ColumnsSize(g.Keys, d); // Vᵀ
        var keys = valuesT + head.ColumnsSize(g.Keys, d); // K
        head.PackColumns(new(g.K + keyOffset, 1, g.KeyRow), g.Keys, d, keysT);
        head.PackColumns(new(g.V + keyOffset, 1, g.KeyRow), g.Keys, d, valuesT);
        head.PackColumns(new(g.K + keyOffset, g.KeyRow, 1), d, g.Keys, keys);
        gradients.ClearKeys(g, batch, keyHead);
        for (var h = keyHead * group; h < (keyHead + 1) * group; h++)
            for (var t0 = 0; t0 < g.Queries; t0 += block) Block(head, batch, h, t0, Math.Min(block, g.Queries - t0), keyOffset, keysT, valuesT, keys, keys + head.ColumnsSize(d, g.Keys), block);
    }

    private void Block(PackedHead head, int batch, int h, int t0, int rows, long keyOffset, uint* keysT, uint* valuesT, uint* keys, uint* free, int block)
    {
        var (d, scoreRow, end) = (g.HeadSize, BFloat16Attention.ScoreRow(g.Keys), g.Range(t0 + rows - 1).End);
        var offset = ((((long)batch * g.Queries) + t0) * g.QueryRow) + (h * d);
        var left = free; // whatever is the left operand at the moment
        var queries = left + Math.Max(Math.Max(head.RowsSize(block, g.Keys), head.RowsSize(g.Keys, block)), head.RowsSize(block, d));
        var dOut = queries + head.ColumnsSize(d, block);
        var p = (float*)(dOut + head.ColumnsSize(d, block));
        var ds = p + ((long)block * scoreRow);
        ProductOperand<float> q = new(g.Q + offset, g.QueryRow, 1), dRows = new(gradients.Dy + offset, g.QueryRow, 1);
        ProductOperand<float> weights = new(p, scoreRow, 1), dScores = new(ds, scoreRow, 1);
        var seen = head.Columns(end, g.Keys);
        var (depth, high) = (head.Pairs(d), head.Pairs(rows));

        head.PackRows(q, rows, d, left);
        head.Multiply(left, rows, keysT, seen, depth, depth, p, scoreRow, false);
        head.PackRows(dRows, rows, d, left);
        head.Multiply(left, rows, valuesT, seen, depth, depth, ds, scoreRow, false);
        for (var i = 0; i < rows; i++)
        {
            var row = offset + (i * g.QueryRow);
            var delta = gradients.RoundedY is null ? VectorLoops<float, Avx512Lanes>.Dot(gradients.Dy + row, gradients.Y + row, d) : VectorLoops<float, Avx512Lanes>.Dot(gradients.Dy + row, gradients.RoundedY + row, d);
            Row(p + ((long)i * scoreRow), ds + ((long)i * scoreRow), batch, h, t0 + i, end, gradients.LogSum[((((long)batch * g.Queries) + t0 + i) * g.Heads) + h], delta);
        }
        head.PackColumns(dRows, d, rows, dOut);
        head.PackRows(weights.Transposed, end, rows, left);
        head.Multiply(left, end, dOut, d, high, high, gradients.Dv + keyOffset, g.KeyRow, true);
        head.PackColumns(q, d, rows, queries);
        head.PackRows(dScores.Transposed, end, rows, left);
        head.Multiply(left, end, queries, d, high, high, gradients.Dk + keyOffset, g.KeyRow, true);
        head.PackRows(dScores, rows, end, left);
        head.Multiply(left, rows, keys, d, head.Pairs(end), head.Pairs(g.Keys), gradients.Dq + offset, g.QueryRow, gradients.AddQ);
    }

    /// <summary>Scores become weights, and dy·vᵀ becomes the gradient of the scores; both are 0 where the mask hides a key.</summary>
    private void Row(float* p, float* ds, int batch, int head, int t, int columns, float log, float delta)
    {
        var (first, end) = g.Range(t);
        new Span<float>(p, first).Clear();
        new Span<float>(ds, first).Clear();
        new Span<float>(p + end, columns - end).Clear();
        new Span<float>(ds + end, columns - end).Clear();
        var scale = (float)g.Scale;
        VectorLoops<float, Avx512Lanes>.Scale(scale, p + first, end - first);
        g.MaskDocuments(p + first, batch, t, first, end);
        VectorLoops<float, Avx512Lanes>.ExpSum(p + first, log, end - first);
        if (g.Dropout.Any)
        {
            DroppedWeights<float, Avx512Lanes>.Backward(g, p + first, ds + first, batch, head, t, first, end, delta, scale);
            return;
        }
        Avx512Lanes vDelta = Avx512Lanes.Create(delta), vScale = Avx512Lanes.Create(scale);
        var i = first;
        for (; i <= end - Avx512Lanes.Count; i += Avx512Lanes.Count) Avx512Lanes.Store(Avx512Lanes.Load(p + i) * (Avx512Lanes.Load(ds + i) - vDelta) * vScale, ds + i);
        for (; i < end; i++) ds[i] = p[i] * (ds[i] - delta) * scale;
    }
}
