namespace Puna.Tensors;

/// <summary>
/// y = silu(gate) · up with silu(z) = z·σ(z). All [rows, F]. Shazeer 2020; LLaMA section 2.2.
/// Gradients: dgate = dy·up·σ(gate)·(1 + gate·(1 − σ(gate))), dup = dy·silu(gate).
/// </summary>
public static class SwiGlu
{
    /// <summary>Multiplies the gated input with the other.</summary>
    /// <exception cref="ArgumentException">The shapes differ.</exception>
    public static Tensor Apply(Tape tape, Tensor gate, Tensor up)
    {
        if (gate.Shape != up.Shape) throw new ArgumentException($"swiglu: gate {gate.Shape} and up {up.Shape} differ");
        var y = tape.New(gate, gate.Shape);
        tape.KernelsFor(gate).SwiGluForward(gate, up, y);
        y.RequiresGradient = tape.Recording && (gate.RequiresGradient || up.RequiresGradient);
        if (y.RequiresGradient) tape.Record<Node>().Set(gate, up, y);
        return y;
    }

    private sealed class Node : TapeNode
    {
        private Tensor _gate = null!, _up = null!, _y = null!;

        public void Set(Tensor gate, Tensor up, Tensor y) => (_gate, _up, _y) = (gate, up, y);

        public override void Backward(Tape tape)
        {
            if (_y.Gradient is not { } dy) return;
            var dGate = tape.GradientOf(_gate, out var addGate);
            var dUp = tape.GradientOf(_up, out var addUp);
            tape.KernelsFor(dy).SwiGluBackward(_gate, _up, dy, dGate, addGate, dUp, addUp);
        }
    }
}

public abstract partial class Kernels
{
    internal abstract void SwiGluForward(Tensor gate, Tensor up, Tensor y);

    internal abstract void SwiGluBackward(Tensor gate, Tensor up, Tensor dy, Tensor dGate, bool addGate, Tensor dUp, bool addUp);
}

internal sealed unsafe partial class CpuKernels<T, V>
{
    /// <summary>Elements a piece of an element-wise job takes.</summary>
    private const int ElementsPerPiece = 4096;

    internal override void SwiGluForward(Tensor gate, Tensor up, Tensor y) =>
        _pool.For(Pieces(y.Count, ElementsPerPiece), new SwiGluForwardJob(gate.Pointer<T>(), up.Pointer<T>(), y.Pointer<T>(), y.Count));

    internal override void SwiGluBackward(Tensor gate, Tensor up, Tensor dy, Tensor dGate, bool addGate, Tensor dUp, bool addUp) =>
        _pool.For(Pieces(dy.Count, ElementsPerPiece), new SwiGluBackwardJob(gate.Pointer<T>(), up.Pointer<T>(), dy.Pointer<T>(), dGate.Pointer<T>(), addGate, dUp.Pointer<T>(), addUp, dy.Count));

    private readonly struct SwiGluForwardJob(T* gate, T* up, T* y, long count) : IParallelJob
    {
        public void Run(int index, int worker)
        {
            var one = V.Create(Scalar.From<T>(1));
            var i = (long)index * ElementsPerPiece;
            var end = Math.Min(count, i + ElementsPerPiece);
            for (; i <= end - V.Count; i += V.Count)
            {
                var g = V.Load(gate + i);
                V.Store(g / (one + V.Exp(default(V) - g)) * V.Load(up + i), y + i);
            }
            for (; i < end; i++)
            {
                var g = Scalar.ToDouble(gate[i]);
                y[i] = Scalar.From<T>(g / (1 + Math.Exp(-g)) * Scalar.ToDouble(up[i]));
            }
        }
    }

    private readonly struct SwiGluBackwardJob(T* gate, T* up, T* dy, T* dGate, bool addGate, T* dUp, bool addUp, long count) : IParallelJob
    {
        public void Run(int index, int worker)
        {
            var one = V.Create(Scalar.From<T>(1));
            var i = (long)index * ElementsPerPiece;
            var end = Math.Min(count, i + ElementsPerPiece);
            for (; i <= end - V.Count; i += V.Count)
            {
                var g = V.Load(gate + i);
                var d = V.Load(dy + i);
                var sigma = one / (one + V.Exp(default(V) - g));
                var dg = d * V.Load(up + i) * sigma * V.MultiplyAdd(g, one - sigma, one);
                var du = d * g * sigma;
                V.Store(addGate ? dg + V.Load(dGate + i) : dg, dGate + i);
                V.Store(addUp ? du + V.Load(dUp + i) : du, dUp + i);
            }
            for (; i < end; i++)
            {
                double g = Scalar.ToDouble(gate[i]), d = Scalar.ToDouble(dy[i]);
                var sigma = 1 / (1 + Math.Exp(-g));
                var dg = d * Scalar.ToDouble(up[i]) * sigma * (1 + (g * (1 - sigma)));
                var du = d * g * sigma;
                dGate[i] = Scalar.From<T>(addGate ? dg + Scalar.ToDouble(dGate[i]) : dg);
                dUp[i] = Scalar.From<T>(addUp ? du + Scalar.ToDouble(dUp[i]) : du);
            }
        }
    }
}
