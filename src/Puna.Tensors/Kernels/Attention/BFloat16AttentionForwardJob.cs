using System.Runtime.InteropServices;

namespace Puna.Tensors;

/// <summary>
/// All queries of the heads that share one key/value head of one sequence, by a tier's bf16 instructions: keys and values are packed once, then block after
/// block of queries gets its rows of scores, their softmax in single precision, and the weighted values.
/// </summary>
internal readonly unsafe struct BFloat16AttentionForwardJob(AttentionGeometry<float> g, Output<float, Avx512Lanes> y, float* logSum, WorkerScratch scratch, GCHandle<BFloat16Kernel> kernel) : IParallelJob
{
    /// <summary>Bytes of scratch a thread needs.</summary>
    public static long ScratchBytes(in AttentionGeometry<float> g, PackedHead head)
    {
        var block = BFloat16Attention.QueryBlock(g.Keys);
        return sizeof(uint) * (head.ColumnsSize(g.Keys, g.HeadSize) + head.ColumnsSize(g.HeadSize, g.Keys) + head.RowsSize(block, g.HeadSize) + head.RowsSize(block, g.Keys)
            + ((long)block * BFloat16Attention.ScoreRow(g.Keys)) + block + ((long)block * g.HeadSize));
    }

    public void Run(int index, int worker)
    {
        var head = BFloat16Attention.Head(kernel);
        var keyHead = index % g.KeyValueHeads;
        var batch = index / g.KeyValueHeads;
        var group = g.Heads / g.KeyValueHeads;
        var (d, block, scoreRow) = (g.HeadSize, BFloat16Attention.QueryBlock(g.Keys), BFloat16Attention.ScoreRow(g.Keys));
        var keyOffset = ((long)batch * g.Keys * g.KeyRow) + (keyHead * d);
        var keys = (uint*)scratch.Of(worker);
        var values = keys + head.ColumnsSize(g.Keys, d);
        var queries = values + head.ColumnsSize(d, g.Keys);
        var weights = queries + head.RowsSize(block, d);
        var scores = (float*)(weights + head.RowsSize(block, g.Keys));
        var sums = scores + ((long)block * scoreRow);
        var output = sums + block; // [block, D]
        head.PackColumns(new(g.K + keyOffset, 1, g.KeyRow), g.Keys, d, keys);
        head.PackColumns(new(g.V + keyOffset, g.KeyRow, 1), d, g.Keys, values);
        for (var h = keyHead * group; h < (keyHead + 1) * group; h++)
        {
            for (var t0 = 0; t0 < g.Queries; t0 += block)
            {
                var rows = Math.Min(block, g.Queries - t0);
                var end = g.Range(t0 + rows - 1).End;
                var offset = ((((long)batch * g.Queries) + t0) * g.QueryRow) + (h * d);
                head.PackRows(new(g.Q + offset, g.QueryRow, 1), rows, d, queries);
                head.Multiply(queries, rows, keys, head.Columns(end, g.Keys), head.Pairs(d), head.Pairs(d), scores, scoreRow, false);
                for (var i = 0; i < rows; i++) sums[i] = Weigh(scores + ((long)i * scoreRow), batch, h, t0 + i, end);
                head.PackRows(new(scores, scoreRow, 1), rows, end, weights);
                head.Multiply(weights, rows, values, d, head.Pairs(end), head.Pairs(g.Keys), output, d, false);
                for (var i = 0; i < rows; i++) Put(output + (i * d), sums[i], y.At(offset + (i * g.QueryRow)));
            }
        }
    }

    private void Put(float* row, float factor, Output<float, Avx512Lanes> destination)
    {
        var f = Avx512Lanes.Create(factor);
        var i = 0;
        for (; i <= g.HeadSize - Avx512Lanes.Count; i += Avx512Lanes.Count) destination.Store(Avx512Lanes.Load(row + i) * f, i);
        for (; i < g.HeadSize; i++) destination.Store(row[i] * factor, i);
    }

    /// <summary>Turns a row of scores into weights relative to the largest; returns what their sum must be divided by.</summary>
    private float Weigh(float* scores, int batch, int head, int t, int columns)
    {
        var (first, end) = g.Range(t);
        new Span<float>(scores, first).Clear();
        new Span<float>(scores + end, columns - end).Clear();
        VectorLoops<float, Avx512Lanes>.Scale((float)g.Scale, scores + first, end - first);
        g.MaskDocuments(scores + first, batch, t, first, end);
        var max = VectorLoops<float, Avx512Lanes>.Max(scores + first, end - first);
        var sum = VectorLoops<float, Avx512Lanes>.ExpSum(scores + first, max, end - first);
        if (g.Dropout.Any) DroppedWeights<float, Avx512Lanes>.Forward(g, scores + first, batch, head, t, first, end);
        logSum[((((long)batch * g.Queries) + t) * g.Heads) + head] = max + MathF.Log(sum);
        return 1 / sum;
    }
}
