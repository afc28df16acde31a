using Puna.Tensors;

namespace Puna.Tests.Tensors;

/// <summary>
/// The kernels for short sequences by themselves: their output in bf16, gradients that are added, and no number read or written beyond the tensors.
/// </summary>
public unsafe class ShortAttentionTests
{
    private const int Batch = 3, Heads = 4;

    /// <summary>Numbers on either side of what a kernel may read and write: NaN, so that reading one is found out.</summary>
    private const int Margin = 64;

    public static TheoryData<string> TierNames => Tiers.Names;

    [SkippableTheory]
    [MemberData(nameof(TierNames))]
    public void Output_in_bf16_is_the_rounded_output(string tier) => OnLanes(tier, false);

    [SkippableTheory]
    [MemberData(nameof(TierNames))]
    public void Gradients_are_added_where_that_is_asked_for(string tier) => OnLanes(tier, true);

    private static void OnLanes(string tier, bool gradients)
    {
        Tiers.SkipWhereLacking(tier);
        foreach (var (t, size, keyHeads, window, packed) in new[]
        {
            (3, 16, 4, 0, false), (5, 12, 2, 0, true), (16, 16, 4, 0, false), (16, 8, 1, 0, false), (17, 24, 2, 4, false), (31, 64, 4, 0, true), (32, 16, 2, 9, false), (32, 32, 4, 0, false), (100, 12, 2, 0, false), (128, 16, 4, 40, true),
        })
        {
            var shape = new AttentionShape(Batch, Heads, keyHeads, size, true, window);
            switch (tier)
            {
                case "portable": Run<PortableLanes>(shape, t, packed, gradients); break;
                case "avx2": Run<Avx2Lanes>(shape, t, packed, gradients); break;
                default: Run<Avx512Lanes>(shape, t, packed, gradients); break;
            }
        }
    }

    private static void Run<V>(in AttentionShape shape, int t, bool packed, bool gradients)
        where V : unmanaged, ILanes<V, float>
    {
        int queries = Batch * t * Heads * shape.HeadSize, keys = Batch * t * shape.KeyValueHeads * shape.HeadSize;
        float[] q = Given(queries, 1), k = Given(keys, 2), v = Given(keys, 3), dy = Given(queries, 4), y = Given(queries), logs = Given(Batch * t * Heads);
        int[] documents = [.. Enumerable.Range(0, Batch * t).Select(i => i % t * 3 / t)];
        fixed (float* pq = q, pk = k, pv = v, pdy = dy, py = y, plogs = logs)
        fixed (int* pdocuments = documents)
        {
            var g = new AttentionGeometry<float>
            {
                Q = pq + Margin,
                K = pk + Margin,
                V = pv + Margin,
                Documents = packed ? pdocuments : null,
                Queries = t,
                Keys = t,
                Heads = Heads,
                KeyValueHeads = shape.KeyValueHeads,
                HeadSize = shape.HeadSize,
                Window = shape.Window,
                Causal = shape.Causal,
                Scale = 1 / Math.Sqrt(shape.HeadSize),
            };
            using var memory = new NativeBuffer(Math.Max(ShortAttentionForwardJob<float, V>.ScratchBytes(g), ShortAttentionBackwardJob<float, V>.ScratchBytes(g)));
            new Span<float>(memory.Pointer, (int)(memory.Bytes / sizeof(float))).Fill(float.NaN);
            var scratch = new WorkerScratch((byte*)memory.Pointer, memory.Bytes);
            var parts = t % 2 == 0 ? shape.KeyValueHeads : 1; // the heads of a sequence in pieces of their own, or all in one
            var forward = new ShortAttentionForwardJob<float, V>(g, new(py + Margin, false), plogs + Margin, scratch, Batch, parts);
            for (var i = 0; i < Batch * parts; i++) forward.Run(i, 0);
            ShouldBeWithin(y);
            ShouldBeWithin(logs);
            if (gradients) Added<V>(g, pdy + Margin, plogs + Margin, queries, keys, scratch);
            else Rounded<V>(g, y, logs, scratch);
        }
    }

    private static void Rounded<V>(in AttentionGeometry<float> g, float[] y, float[] logs, WorkerScratch scratch)
        where V : unmanaged, ILanes<V, float>
    {
        const ushort Untouched = 0x7FC1;
        var rounded = new ushort[y.Length];
        var expected = new ushort[y.Length];
        var again = Given(logs.Length - (2 * Margin));
        var parts = g.KeyValueHeads;
        Array.Fill(rounded, Untouched);
        Array.Fill(expected, Untouched);
        fixed (float* py = y, plogs = again)
        fixed (ushort* found = rounded, wanted = expected)
        {
            var job = new ShortAttentionForwardJob<float, V>(g, new(found + Margin, true), plogs + Margin, scratch, Batch, parts);
            for (var i = 0; i < Batch * parts; i++) job.Run(i, 0);
            VectorLoops<float, V>.StoreBFloat16(py + Margin, wanted + Margin, y.Length - (2 * Margin));
        }
        rounded.ShouldBe(expected);
        again.ShouldBe(logs);
    }

    private static void Added<V>(in AttentionGeometry<float> g, float* dy, float* logs, int queries, int keys, WorkerScratch scratch)
        where V : unmanaged, ILanes<V, float>
    {
        float[][] set = Backward<V>(g, dy, logs, queries, keys, scratch, []);
        foreach (var which in new[] { 0, 1, 2 })
        {
            float[] before = Given(which == 0 ? queries : keys, 9);
            var added = Backward<V>(g, dy, logs, queries, keys, scratch, before, which);
            for (var i = 0; i < 3; i++)
            {
                double[] expected = [.. set[i].Select((x, at) => i == which ? x + (double)before[at] : x)];
                if (i == which) Numbers.Largest([.. added[i][Margin..^Margin].Select(x => (double)x)], expected[Margin..^Margin]).ShouldBeLessThan(2e-6);
                else added[i].ShouldBe(set[i]);
            }
        }
    }

    /// <summary>The gradients of q, k and v; the one that is named is added to what is given.</summary>
    private static float[][] Backward<V>(in AttentionGeometry<float> g, float* dy, float* logs, int queries, int keys, WorkerScratch scratch, float[] before, int which = -1)
        where V : unmanaged, ILanes<V, float>
    {
        float[][] gradients = [Given(queries), Given(keys), Given(keys)];
        if (which >= 0) gradients[which] = [.. before];
        var parts = which < 0 ? 1 : g.KeyValueHeads;
        fixed (float* dq = gradients[0], dk = gradients[1], dv = gradients[2])
        {
            var job = new ShortAttentionBackwardJob<float, V>(g, new AttentionGradients<float>(null, null, logs, dy, dq + Margin, which == 0, dk + Margin, which == 1, dv + Margin, which == 2), scratch, Batch, parts);
            for (var i = 0; i < Batch * parts; i++) job.Run(i, 0);
        }
        foreach (var gradient in gradients) ShouldBeWithin(gradient);
        return gradients;
    }

    /// <summary>Random numbers between margins; with no seed NaN throughout.</summary>
    private static float[] Given(int count, ulong seed = 0)
    {
        var values = new float[count + (2 * Margin)];
        Array.Fill(values, float.NaN);
        if (seed != 0) Numbers.Normal(count, seed).Select(x => (float)x).ToArray().CopyTo(values, Margin);
        return values;
    }

    /// <summary>Whether all was written with numbers, and nothing beyond.</summary>
    private static void ShouldBeWithin(float[] values)
    {
        values[Margin..^Margin].ShouldAllBe(x => float.IsFinite(x));
        values[..Margin].ShouldAllBe(x => float.IsNaN(x));
        values[^Margin..].ShouldAllBe(x => float.IsNaN(x));
    }
}
