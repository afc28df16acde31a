using Puna.Tensors;

namespace Puna.Tests.Tensors;

/// <summary>Attention of an engine over one layer of a cache: queries, keys and values of a whole sequence, computed in any pieces and beside others.</summary>
internal sealed unsafe class AttentionBench : IDisposable
{
    private const int Slack = 64; // the last register of a row may reach beyond it
    private readonly List<NativeBuffer> _pages = [];
    private readonly CpuDevice _device;
    private readonly InferenceKernels _kernels;

    public AttentionBench(string tier, int threads, CacheType type, HeadShape shape)
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

/// <summary>Key and value heads, queries that share one, numbers of a head.</summary>
internal sealed record HeadShape(int Heads, int Group, int Size);

/// <summary>A sequence's queries, keys and values that a type of cache keeps without rounding, and its attention in double precision.</summary>
internal sealed class AttentionNumbers
{
    private readonly HeadShape _shape;

    public AttentionNumbers(HeadShape shape, CacheType type, int length, ulong seed)
    {
        (_shape, Length) = (shape, length);
        var (wide, narrow, half) = (shape.Heads * shape.Group * shape.Size, shape.Heads * shape.Size, shape.Size / 2);
        Queries = [.. Numbers.Normal((long)length * wide, seed).Select(x => (float)(0.7 * x))];
        Keys = Kept(length * narrow, type, seed + 1);
        Values = Kept(length * narrow, type, seed + 2);
        (Cosine, Sine) = (new float[length * half], new float[length * half]);
        for (var i = 0; i < Cosine.Length; i++)
        {
            // keys are turned before they are rounded: only single precision keeps them then
            var angle = type == CacheType.Float32 ? i / half * Math.Pow(100, -(i % half) / (double)half) : 0;
            (Cosine[i], Sine[i]) = ((float)Math.Cos(angle), (float)Math.Sin(angle));
        }
    }

    public int Length { get; }

    /// <summary>[length, heads, group, size].</summary>
    public float[] Queries { get; }

    /// <summary>[length, heads, size].</summary>
    public float[] Keys { get; }

    /// <summary>[length, heads, size].</summary>
    public float[] Values { get; }

    public float[] Cosine { get; }

    public float[] Sine { get; }

    /// <summary>The attention of a query head at a position.</summary>
    public double[] Expected(int position, int head)
    {
        var (size, kept) = (_shape.Size, head / _shape.Group);
        var query = Turned(Queries, ((position * _shape.Heads * _shape.Group) + head) * size, position);
        var scores = new double[position + 1];
        for (var i = 0; i <= position; i++)
        {
            var key = Turned(Keys, ((i * _shape.Heads) + kept) * size, i);
            for (var d = 0; d < size; d++) scores[i] += query[d] * key[d];
            scores[i] /= Math.Sqrt(size);
        }
        var top = scores.Max();
        var total = scores.Sum(score => Math.Exp(score - top));
        var result = new double[size];
        for (var i = 0; i <= position; i++)
            for (var d = 0; d < size; d++) result[d] += Math.Exp(scores[i] - top) / total * Values[(((i * _shape.Heads) + kept) * size) + d];
        return result;
    }

    private double[] Turned(float[] from, int at, int position)
    {
        var half = _shape.Size / 2;
        var result = new double[_shape.Size];
        for (var i = 0; i < half; i++)
        {
            var (a, b, c, s) = ((double)from[at + i], (double)from[at + half + i], (double)Cosine[(position * half) + i], (double)Sine[(position * half) + i]);
            (result[i], result[half + i]) = ((a * c) - (b * s), (b * c) + (a * s));
        }
        return result;
    }

    private float[] Kept(int count, CacheType type, ulong seed)
    {
        if (type == CacheType.Int8) // each group has a 127, so that its scale is 1/64
            return [.. Numbers.Below(255, count, seed).Select((x, i) => (i % _shape.Size % (_shape.Size % 32 == 0 ? 32 : _shape.Size) == 3 ? 127 : x - 127) / 64f)];
        return [.. Numbers.Normal(count, seed).Select(x => type switch { CacheType.Float16 => (float)(Half)x, CacheType.BFloat16 => BitConverter.Int32BitsToSingle(BitConverter.SingleToInt32Bits((float)x) & ~0xFFFF), _ => (float)x })];
    }
}
