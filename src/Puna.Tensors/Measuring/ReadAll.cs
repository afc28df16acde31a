using System.Runtime.CompilerServices;

namespace Puna.Tensors;

public abstract partial class Kernels
{
    /// <summary>Reads every element once on all threads, each at four places at once, which memory answers soonest; returns how many bytes that were.</summary>
    internal abstract double ReadAll(Tensor buffer);
}

internal sealed unsafe partial class CpuKernels<T, V>
{
    internal override double ReadAll(Tensor buffer)
    {
        var pieces = Pieces(buffer.Count, ReadJob.Elements);
        var results = (T*)_scratch.Shared((long)pieces * V.Count * sizeof(T));
        _pool.For(pieces, new ReadJob(buffer.Pointer<T>(), buffer.Count, results));
        return buffer.Bytes;
    }

    private readonly struct ReadJob(T* data, long count, T* results) : IParallelJob
    {
        /// <summary>Elements a piece reads: long enough for the processor to fetch ahead.</summary>
        public const int Elements = 1 << 18;

        [MethodImpl(MethodImplOptions.AggressiveOptimization)]
        public void Run(int index, int worker)
        {
            V s0 = default, s1 = default, s2 = default, s3 = default;
            var first = (long)index * Elements;
            var p = data + first;
            var end = data + Math.Min(count, first + Elements);
            var quarter = (end - p) / (4 * V.Count) * V.Count;
            for (var last = p + quarter; p < last; p += V.Count)
            {
                s0 += V.Load(p);
                s1 += V.Load(p + quarter);
                s2 += V.Load(p + (2 * quarter));
                s3 += V.Load(p + (3 * quarter));
            }
            for (p += 3 * quarter; p <= end - V.Count; p += V.Count) s0 += V.Load(p);
            V.Store(s0 + s1 + s2 + s3, results + ((long)index * V.Count));
        }
    }
}
