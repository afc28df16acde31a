using Puna.Tensors;

namespace Puna.Tests.Tensors;

/// <summary>Attention of an engine over one layer of a cache: queries, keys and values of a whole sequence, computed in any pieces and beside others.</summary>
internal sealed unsafe class AttentionRunner : IDisposable
{
    private const int Slack = 64; // the last register of a row may reach beyond it
    private readonly List<NativeBuffer> _pages = [];
    private readonly CpuDevice _device;
    private readonly InferenceKernels _kernels;

    public AttentionRunner(string tier, int threads, CacheType type, HeadShape shape)
    {
        Shape = shape;
        Layout = new CacheLayout(type, 2, shape.Heads, shape.Size);
        _device = new CpuDevice(threads, KernelTier.All.Single(t => t.Name == tier));
        _kernels = _device.CreateInferenceKernels();
    }

    public HeadShape Shape { get; }

    public CacheLayout Layout { get; }

    /// <summary>The attention of sequences of the same numbers, cut so; every sequence's, one after the other.</summary>
    /// <param name="numbers">Queries, keys, values and the rotary table.</param>
    /// <param name="cuts">Tokens of a call; the last is repeated to the end.</param>
    /// <param name="sequences">Sequences of a call; each begins with a token more than the one before it.</param>
    public float[][] Run(AttentionNumbers numbers, int[] cuts, int sequences = 1)
    {
        var (length, wide, narrow) = (numbers.Length, Shape.Heads * Shape.Group * Shape.Size, Shape.Heads * Shape.Size);
        var tables = Enumerable.Range(0, sequences).Select(_ => NewTable(length)).ToArray();
        var at = new int[sequences];
        var results = Enumerable.Range(0, sequences).Select(_ => new float[length * wide]).ToArray();
        for (var i = 0; at.Min() < length; i++)
        {
            var runs = new List<(int Sequence, int First, int Count)>();
            var tokens = 0;
            for (var s = 0; s < sequences; s++)
            {
                var count = Math.Min(length - at[s], cuts[Math.Min(i, cuts.Length - 1)] + (i == 0 ? s : 0));
                if (count == 0) continue;
                runs.Add((s, tokens, count));
                tokens += count;
            }
            float[] q = new float[tokens * wide], k = new float[tokens * narrow], v = new float[tokens * narrow], o = new float[tokens * wide];
            foreach (var (s, first, count) in runs)
            {
                Array.Copy(numbers.Queries, at[s] * wide, q, first * wide, count * wide);
                Array.Copy(numbers.Keys, at[s] * narrow, k, first * narrow, count * narrow);
                Array.Copy(numbers.Values, at[s] * narrow, v, first * narrow, count * narrow);
            }
            fixed (float* fq = q, fk = k, fv = v, fo = o, cosine = numbers.Cosine, sine = numbers.Sine)
            {
                var step = new AttentionRun[runs.Count];
                for (var r = 0; r < step.Length; r++) step[r] = new AttentionRun(runs[r].First, runs[r].Count, at[runs[r].Sequence], (byte**)tables[runs[r].Sequence].Pointer);
                _kernels.Attend(new AttentionStep
                {
                    Queries = fq,
                    Keys = fk,
                    Values = fv,
                    Output = fo,
                    QueryStride = wide,
                    KeyStride = narrow,
                    HeadCount = Shape.Heads * Shape.Group,
                    Layer = 1,
                    Layout = Layout,
                    Cosine = cosine,
                    Sine = sine,
                    Runs = step,
                });
            }
            foreach (var (s, first, count) in runs)
            {
                Array.Copy(o, first * wide, results[s], at[s] * wide, count * wide);
                at[s] += count;
            }
        }
        return results;
    }

    public void Dispose()
    {
        _kernels.Dispose();
        _device.Dispose();
        foreach (var page in _pages) page.Dispose();
    }

    /// <summary>Pages full of what is no number: nothing may be read that was not written.</summary>
    private NativeBuffer NewTable(int length)
    {
        var count = (length + CacheLayout.PagePositions - 1) / CacheLayout.PagePositions;
        var table = new NativeBuffer(count * sizeof(byte*));
        _pages.Add(table);
        for (var i = 0; i < count; i++)
        {
            var page = new NativeBuffer(Layout.PageBytes + Slack);
            new Span<byte>(page.Pointer, checked((int)Layout.PageBytes + Slack)).Fill(0xFF);
            _pages.Add(page);
            ((byte**)table.Pointer)[i] = (byte*)page.Pointer;
        }
        return table;
    }
}
