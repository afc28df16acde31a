namespace Puna.Tensors;

/// <summary>Which dropout mask is meant: the same key gives the same mask, so recomputation and resume see what the first pass saw.</summary>
/// <param name="Seed">The run's seed.</param>
/// <param name="Step">Optimizer step.</param>
/// <param name="MicroBatch">Micro-batch within the step, below 65,536.</param>
/// <param name="Layer">Number of the place in the network, below 65,536.</param>
public readonly record struct DropoutKey(ulong Seed, int Step, int MicroBatch, int Layer)
{
    /// <summary>Step, micro-batch and layer as the upper half of the generator's counter; the element is the lower half.</summary>
    internal ulong Counter => ((ulong)(uint)Step << 32) | ((ulong)(MicroBatch & 0xFFFF) << 16) | (uint)(Layer & 0xFFFF);
}

/// <summary>
/// y = x·mask / (1 − p), where each mask bit is 1 with probability 1 − p and is a pure function of the key and the element's number.
/// The mask is not stored: the backward pass draws it again. Srivastava et al. 2014.
/// </summary>
public static class Dropout
{
    /// <summary>Applies the mask; with p = 0 or without recording it returns x.</summary>
    /// <exception cref="ArgumentOutOfRangeException">p is outside [0, 1).</exception>
    public static Tensor Apply(Tape tape, Tensor x, double p, DropoutKey key)
    {
        Check(p);
        if (p == 0 || !tape.IsTraining) return x;
        var y = tape.New(x, x.Shape);
        tape.KernelsFor(x).Dropout(x, y, p, key, false);
        y.RequiresGradient = tape.Recording && x.RequiresGradient;
        if (y.RequiresGradient) tape.Record<Node>().Set(x, y, p, key);
        return y;
    }

    /// <summary>Throws unless p is a probability below 1.</summary>
    internal static void Check(double p)
    {
        if (p is < 0 or >= 1 || double.IsNaN(p)) throw new ArgumentOutOfRangeException(nameof(p), p, "dropout must be at least 0 and below 1");
    }

    private sealed class Node : TapeNode
    {
        private Tensor _x = null!, _y = null!;
        private double _p;
        private DropoutKey _key;

        public void Set(Tensor x, Tensor y, double p, DropoutKey key) => (_x, _y, _p, _key) = (x, y, p, key);

        public override void Backward(Tape tape)
        {
            if (_y.Gradient is { } dy) tape.KernelsFor(dy).Dropout(dy, tape.GradientOf(_x, out var add), _p, _key, add);
        }
    }
}

public abstract partial class Kernels
{
    internal abstract void Dropout(Tensor x, Tensor y, double p, DropoutKey key, bool accumulate);
}

internal sealed unsafe partial class CpuKernels<T, V>
{
    internal override void Dropout(Tensor x, Tensor y, double p, DropoutKey key, bool accumulate) =>
        _pool.For(Pieces(x.Count, ElementsPerPiece), new DropoutJob(x.Pointer<T>(), y.Pointer<T>(), x.Count, new(p, key), accumulate));

    private readonly struct DropoutJob(T* x, T* y, long count, DropoutFactors<T> dropout, bool accumulate) : IParallelJob
    {
        public void Run(int index, int worker)
        {
            var factors = stackalloc T[DropoutFactors<T>.Group];
            var end = Math.Min(count, (index + 1L) * ElementsPerPiece);
            for (var i = (long)index * ElementsPerPiece; i < end; i += DropoutFactors<T>.Group)
            {
                dropout.Draw((ulong)(i / DropoutFactors<T>.Group), factors, V.Count == DropoutFactors<T>.Wide);
                VectorLoops<T, V>.Product(x + i, factors, y + i, (int)Math.Min(DropoutFactors<T>.Group, end - i), accumulate);
            }
        }
    }
}
