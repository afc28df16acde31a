namespace Puna.Tensors;

/// <summary>Σ x² of tensors, for the global gradient norm. Summed in double over fixed pieces in fixed order, so the bits do not depend on the threads.</summary>
public static class SquaredNorm
{
    /// <summary>The sum of the squares of all elements of all tensors, which have one type.</summary>
    public static double Of(Device device, params ReadOnlySpan<Tensor> tensors)
    {
        if (tensors.IsEmpty) return 0;
        var sum = device.KernelsFor(tensors[0].DType).SquaredNorm(tensors);
        foreach (var tensor in tensors) GC.KeepAlive(tensor);
        return sum;
    }
}

public abstract partial class Kernels
{
    internal abstract double SquaredNorm(ReadOnlySpan<Tensor> tensors);
}

internal sealed unsafe partial class CpuKernels<T, V>
{
    private const int SquaresPerPiece = 16384;

    internal override double SquaredNorm(ReadOnlySpan<Tensor> tensors)
    {
        var count = 0;
        foreach (var tensor in tensors) count += Pieces(tensor.Count, SquaresPerPiece);
        var pieces = (SquaredNormPiece*)_scratch.Shared((long)count * sizeof(SquaredNormPiece));
        var next = pieces;
        foreach (var tensor in tensors)
        {
            var x = tensor.Pointer<T>();
            for (long i = 0, end = tensor.Count; i < end; i += SquaresPerPiece)
                *next++ = new SquaredNormPiece { X = x + i, Count = (int)Math.Min(SquaresPerPiece, end - i) };
        }
        _pool.For(count, new SquaredNormJob(pieces));
        var total = 0.0;
        for (var i = 0; i < count; i++) total += pieces[i].Sum;
        return total;
    }

    /// <summary>Some consecutive elements of one tensor, and then the sum of their squares.</summary>
    private struct SquaredNormPiece
    {
        public T* X;
        public int Count;
        public double Sum;
    }

    private readonly struct SquaredNormJob(SquaredNormPiece* pieces) : IParallelJob
    {
        public void Run(int index, int worker)
        {
            var x = pieces[index].X;
            var count = pieces[index].Count;
            var total = 0.0;
            for (var i = 0; i < count; i += 1024) total += Scalar.ToDouble(VectorLoops<T, V>.Dot(x + i, x + i, Math.Min(1024, count - i)));
            pieces[index].Sum = total;
        }
    }
}
