namespace Puna.Tensors;

/// <summary>y = e^(x − max) / Σ e^(x − max) for each row: the largest element is subtracted first, so nothing overflows. Gradient: dx = y·(dy − Σ dy·y).</summary>
public static class Softmax
{
    /// <summary>Normalises each row to a distribution.</summary>
    public static Tensor Apply(Tape tape, Tensor x)
    {
        var y = tape.New(x, x.Shape);
        tape.KernelsFor(x).SoftmaxForward(x, y);
        y.RequiresGradient = tape.Recording && x.RequiresGradient;
        if (y.RequiresGradient) tape.Record<Node>().Set(x, y);
        return y;
    }

    private sealed class Node : TapeNode
    {
        private Tensor _x = null!, _y = null!;

        public void Set(Tensor x, Tensor y) => (_x, _y) = (x, y);

        public override void Backward(Tape tape)
        {
            if (_y.Gradient is { } dy) tape.KernelsFor(dy).SoftmaxBackward(_y, dy, tape.GradientOf(_x, out var add), add);
        }
    }
}

public abstract partial class Kernels
{
    internal abstract void SoftmaxForward(Tensor x, Tensor y);

    internal abstract void SoftmaxBackward(Tensor y, Tensor dy, Tensor dx, bool accumulate);
}

internal sealed unsafe partial class CpuKernels<T, V>
{
    internal override void SoftmaxForward(Tensor x, Tensor y) =>
        _pool.For((int)x.Shape.Rows, new SoftmaxForwardJob(x.Pointer<T>(), y.Pointer<T>(), (int)x.Shape.Columns));

    internal override void SoftmaxBackward(Tensor y, Tensor dy, Tensor dx, bool accumulate) =>
        _pool.For((int)y.Shape.Rows, new SoftmaxBackwardJob(y.Pointer<T>(), dy.Pointer<T>(), dx.Pointer<T>(), (int)y.Shape.Columns, accumulate));

    private readonly struct SoftmaxForwardJob(T* x, T* y, int columns) : IParallelJob
    {
        public void Run(int index, int worker)
        {
            var row = y + ((long)index * columns);
            VectorLoops<T, V>.CopyOrAdd(x + ((long)index * columns), row, columns, false);
            var sum = VectorLoops<T, V>.ExpSum(row, VectorLoops<T, V>.Max(row, columns), columns);
            VectorLoops<T, V>.Scale(Scalar.From<T>(1 / Scalar.ToDouble(sum)), row, columns);
        }
    }

    private readonly struct SoftmaxBackwardJob(T* y, T* dy, T* dx, int columns, bool accumulate) : IParallelJob
    {
        public void Run(int index, int worker)
        {
            var offset = (long)index * columns;
            var dot = VectorLoops<T, V>.Dot(y + offset, dy + offset, columns);
            for (var i = offset; i < offset + columns; i++)
            {
                var d = Scalar.Multiply(y[i], Scalar.Subtract(dy[i], dot));
                dx[i] = accumulate ? Scalar.Add(dx[i], d) : d;
            }
        }
    }
}
