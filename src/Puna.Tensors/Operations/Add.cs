namespace Puna.Tensors;

/// <summary>y = a + b, same shapes: the residual connection. Gradients: da = db = dy.</summary>
public static class Add
{
    /// <summary>Adds element by element.</summary>
    /// <exception cref="ArgumentException">The counts differ.</exception>
    public static Tensor Apply(Tape tape, Tensor a, Tensor b)
    {
        if (a.Count != b.Count) throw new ArgumentException($"add: {a.Shape} and {b.Shape} differ");
        var y = tape.New(a, a.Shape);
        var kernels = tape.KernelsFor(a);
        kernels.Sum(a, b, y);
        y.RequiresGradient = tape.Recording && (a.RequiresGradient || b.RequiresGradient);
        if (y.RequiresGradient) tape.Record<Node>().Set(a, b, y);
        return y;
    }

    /// <summary>Adds dy to the gradient of an input that wants one.</summary>
    internal static void Pass(Tape tape, Tensor input, Tensor dy)
    {
        if (!input.RequiresGradient) return;
        var d = tape.GradientOf(input, out var add);
        if (add) tape.KernelsFor(dy).Sum(d, dy, d);
        else d.CopyFrom(dy);
    }

    private sealed class Node : TapeNode
    {
        private Tensor _a = null!, _b = null!, _y = null!;

        public void Set(Tensor a, Tensor b, Tensor y) => (_a, _b, _y) = (a, b, y);

        public override void Backward(Tape tape)
        {
            if (_y.Gradient is not { } dy) return;
            Pass(tape, _b, dy);
            // nobody reads the gradient of y after this, so its memory becomes the gradient of a where a has none yet
            if (_a.RequiresGradient && _a.Gradient is null) _a.Gradient = dy;
            else Pass(tape, _a, dy);
        }
    }
}

public abstract partial class Kernels
{
    /// <summary>y = a + b; y may be a or b.</summary>
    internal abstract void Sum(Tensor a, Tensor b, Tensor y);
}

internal sealed unsafe partial class CpuKernels<T, V>
{
    internal override void Sum(Tensor a, Tensor b, Tensor y) =>
        _pool.For(Pieces(y.Count, ElementsPerPiece), new SumJob(a.Pointer<T>(), b.Pointer<T>(), y.Pointer<T>(), y.Count));

    private readonly struct SumJob(T* a, T* b, T* y, long count) : IParallelJob
    {
        public void Run(int index, int worker)
        {
            var i = (long)index * ElementsPerPiece;
            var end = Math.Min(count, i + ElementsPerPiece);
            for (; i <= end - V.Count; i += V.Count) V.Store(V.Load(a + i) + V.Load(b + i), y + i);
            for (; i < end; i++) y[i] = Scalar.Add(a[i], b[i]);
        }
    }
}
