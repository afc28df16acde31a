namespace Puna.Tensors;

/// <summary>
/// y = x·σ(2u) with u = √(2/π)·(x + 0.044715·x³): the tanh form of GELU that GPT-2 uses (½x(1 + tanh u) is the same number).
/// Hendrycks and Gimpel 2016. Gradient: dx = dy·(s + x·s·(1 − s)·2u'), s = σ(2u).
/// </summary>
public static class Gelu
{
    internal const double Root = 0.7978845608028654; // √(2/π)
    internal const double Cubic = 0.044715;

    /// <summary>Applies it to each element.</summary>
    public static Tensor Apply(Tape tape, Tensor x)
    {
        var y = tape.New(x, x.Shape);
        tape.KernelsFor(x).GeluForward(x, y);
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
            if (_y.Gradient is { } dy) tape.KernelsFor(dy).GeluBackward(_x, dy, tape.GradientOf(_x, out var add), add);
        }
    }
}

public abstract partial class Kernels
{
    internal abstract void GeluForward(Tensor x, Tensor y);

    internal abstract void GeluBackward(Tensor x, Tensor dy, Tensor dx, bool accumulate);
}

internal sealed unsafe partial class CpuKernels<T, V>
{
    internal override void GeluForward(Tensor x, Tensor y) =>
        _pool.For(Pieces(x.Count, ElementsPerPiece), new GeluForwardJob(x.Pointer<T>(), y.Pointer<T>(), x.Count));

    internal override void GeluBackward(Tensor x, Tensor dy, Tensor dx, bool accumulate) =>
        _pool.For(Pieces(x.Count, ElementsPerPiece), new GeluBackwardJob(x.Pointer<T>(), dy.Pointer<T>(), dx.Pointer<T>(), x.Count, accumulate));

    private readonly struct GeluForwardJob(T* x, T* y, long count) : IParallelJob
    {
        public void Run(int index, int worker)
        {
            var one = V.Create(Scalar.From<T>(1));
            var a = V.Create(Scalar.From<T>(-2 * Gelu.Root));
            var b = V.Create(Scalar.From<T>(-2 * Gelu.Root * Gelu.Cubic));
            var i = (long)index * ElementsPerPiece;
            var end = Math.Min(count, i + ElementsPerPiece);
            for (; i <= end - V.Count; i += V.Count)
            {
                var v = V.Load(x + i);
                V.Store(v * V.Reciprocal(one + V.Exp(v * V.MultiplyAdd(b, v * v, a))), y + i);
            }
            for (; i < end; i++)
            {
                var v = Scalar.ToDouble(x[i]);
                y[i] = Scalar.From<T>(v / (1 + Math.Exp(-2 * Gelu.Root * v * (1 + (Gelu.Cubic * v * v)))));
            }
        }
    }

    private readonly struct GeluBackwardJob(T* x, T* dy, T* dx, long count, bool accumulate) : IParallelJob
    {
        public void Run(int index, int worker)
        {
            var one = V.Create(Scalar.From<T>(1));
            var a = V.Create(Scalar.From<T>(2 * Gelu.Root));
            var b = V.Create(Scalar.From<T>(2 * Gelu.Root * Gelu.Cubic));
            var b3 = V.Create(Scalar.From<T>(6 * Gelu.Root * Gelu.Cubic));
            var i = (long)index * ElementsPerPiece;
            var end = Math.Min(count, i + ElementsPerPiece);
            for (; i <= end - V.Count; i += V.Count)
            {
                var v = V.Load(x + i);
                var s = V.Reciprocal(one + V.Exp(default(V) - (v * V.MultiplyAdd(b, v * v, a))));
                var d = V.Load(dy + i) * V.MultiplyAdd(v * s * (one - s), V.MultiplyAdd(b3, v * v, a), s);
                V.Store(accumulate ? d + V.Load(dx + i) : d, dx + i);
            }
            for (; i < end; i++)
            {
                var v = Scalar.ToDouble(x[i]);
                var s = 1 / (1 + Math.Exp(-2 * Gelu.Root * v * (1 + (Gelu.Cubic * v * v))));
                var d = Scalar.ToDouble(dy[i]) * (s + (v * s * (1 - s) * 2 * Gelu.Root * (1 + (3 * Gelu.Cubic * v * v))));
                dx[i] = Scalar.From<T>(accumulate ? d + Scalar.ToDouble(dx[i]) : d);
            }
        }
    }
}
