using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace Puna.Tensors;

public abstract partial class Kernels
{
    /// <summary>Computes for some milliseconds on all threads with every operand in a register; returns how many operations that were.</summary>
    internal abstract double MultiplyAdds();
}

internal sealed unsafe partial class CpuKernels<T, V>
{
    internal override double MultiplyAdds()
    {
        if ((_bfloat16?.Kernel ?? (IPeakLoop?)Int8) is { } emitted) return Spin(emitted);
        // several pieces per thread, so that one that starts late has its part taken over
        var pieces = _pool.ThreadCount * 8;
        var results = (T*)_scratch.Shared((long)pieces * V.Count * sizeof(T));
        _pool.For(pieces, new MultiplyAddJob(results));
        return (double)pieces * MultiplyAddJob.Rounds * MultiplyAddJob.Accumulators * V.Count * 2;
    }

    private double Spin(IPeakLoop kernel)
    {
        var pieces = _pool.ThreadCount * 8;
        using var handle = new GCHandle<IPeakLoop>(kernel);
        _pool.For(pieces, new SpinJob(handle));
        return pieces * kernel.SpinOperations;
    }

    private readonly struct SpinJob(GCHandle<IPeakLoop> kernel) : IParallelJob
    {
        public void Run(int index, int worker) => kernel.Target.Spin();
    }

    /// <summary>Twelve independent chains: enough to hide four cycles of delay on two or three units, and with two constants they fit in 16 registers.</summary>
    private readonly struct MultiplyAddJob(T* results) : IParallelJob
    {
        public const int Accumulators = 12;
        public const int Rounds = 100_000;

        [MethodImpl(MethodImplOptions.AggressiveOptimization)]
        public void Run(int index, int worker)
        {
            // the chains tend to 1, so that no operand is ever denormal or infinite
            V a = V.Create(Scalar.From<T>(0.999)), b = V.Create(Scalar.From<T>(0.001));
            V c0 = a, c1 = a, c2 = a, c3 = a, c4 = a, c5 = a, c6 = a, c7 = a, c8 = a, c9 = a, c10 = a, c11 = a;
            for (var i = 0; i < Rounds; i++)
            {
                c0 = V.MultiplyAdd(c0, a, b);
                c1 = V.MultiplyAdd(c1, a, b);
                c2 = V.MultiplyAdd(c2, a, b);
                c3 = V.MultiplyAdd(c3, a, b);
                c4 = V.MultiplyAdd(c4, a, b);
                c5 = V.MultiplyAdd(c5, a, b);
                c6 = V.MultiplyAdd(c6, a, b);
                c7 = V.MultiplyAdd(c7, a, b);
                c8 = V.MultiplyAdd(c8, a, b);
                c9 = V.MultiplyAdd(c9, a, b);
                c10 = V.MultiplyAdd(c10, a, b);
                c11 = V.MultiplyAdd(c11, a, b);
            }
            V.Store(c0 + c1 + c2 + c3 + (c4 + c5 + c6 + c7) + (c8 + c9 + c10 + c11), results + ((long)index * V.Count));
        }
    }
}
