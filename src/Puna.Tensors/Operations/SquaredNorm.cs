namespace Puna.Tensors;

/// <summary>Σ x² of a tensor, for the global gradient norm. Summed in double over fixed pieces in fixed order, so the bits do not depend on the threads.</summary>
public static class SquaredNorm
{
    /// <summary>The sum of the squares of all elements.</summary>
    public static double Of(Device device, Tensor x)
    {
        var sum = device.KernelsFor(x.DType).SquaredNorm(x);
        GC.KeepAlive(x);
        return sum;
    }
}

public abstract partial class Kernels
{
    internal abstract double SquaredNorm(Tensor x);
}

internal sealed unsafe partial class CpuKernels<T, V>
{
    internal override double SquaredNorm(Tensor x)
    {
        const int Piece = 16384;
        var pieces = Pieces(x.Count, Piece);
        var sums = (double*)_scratch.Shared((long)pieces * sizeof(double));
        _pool.For(pieces, new SquaredNormJob(x.Pointer<T>(), sums, x.Count, Piece));
        var total = 0.0;
        for (var i = 0; i < pieces; i++) total += sums[i];
        return total;
    }

    private readonly struct SquaredNormJob(T* x, double* sums, long count, int piece) : IParallelJob
    {
        public void Run(int index, int worker)
        {
            var first = (long)index * piece;
            var end = Math.Min(count, first + piece);
            var total = 0.0;
            for (var i = first; i < end; i += 1024)
                total += Scalar.ToDouble(VectorLoops<T, V>.Dot(x + i, x + i, (int)Math.Min(1024, end - i)));
            sums[index] = total;
        }
    }
}
