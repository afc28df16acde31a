namespace Puna.Tensors;

/// <summary>
/// y = silu(gate) · up with silu(z) = z·σ(z). All [rows, F]. Shazeer 2020; LLaMA section 2.2.
/// Gradients: dgate = dy·up·σ(gate)·(1 + gate·(1 − σ(gate))), dup = dy·silu(gate).
/// </summary>
public static class SwiGlu
{
    /// <summary>Multiplies the gated input with the other.</summary>
    /// <param name="tape">Context.</param>
    /// <param name="gate">[rows, F].</param>
    /// <param name="up">[rows, F].</param>
    /// <param name="forProducts">Whether only matrix products read the result: where these round to bf16 anyway it is kept so, in half the memory.</param>
    /// <exception cref="ArgumentException">The shapes differ.</exception>
    public static Tensor Apply(Tape tape, Tensor gate, Tensor up, bool forProducts = false)
    {
        if (gate.Shape != up.Shape) throw new ArgumentException($"swiglu: gate {gate.Shape} and up {up.Shape} differ");
        var y = forProducts ? tape.NewOperand(gate, gate.Shape) : tape.New(gate, gate.Shape);
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
            var dGate = tape.GradientOperandOf(_gate, out var addGate);
            var dUp = tape.GradientOperandOf(_up, out var addUp);
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
        _pool.For(Pieces(y.Count, ElementsPerPiece), new SwiGluForwardJob(gate.Pointer<T>(), up.Pointer<T>(), Output<T, V>.Of(y), y.Count));

    internal override void SwiGluBackward(Tensor gate, Tensor up, Tensor dy, Tensor dGate, bool addGate, Tensor dUp, bool addUp) =>
        _pool.For(Pieces(dy.Count, ElementsPerPiece), new SwiGluBackwardJob(gate.Pointer<T>(), up.Pointer<T>(), dy.Pointer<T>(), Output<T, V>.Of(dGate), addGate ? dGate.Pointer<T>() : null, Output<T, V>.Of(dUp), addUp ? dUp.Pointer<T>() : null, dy.Count));

    private readonly struct SwiGluForwardJob(T* gate, T* up, Output<T, V> y, long count) : IParallelJob
    {
        public void Run(int index, int worker)
        {
            var one = V.Create(Scalar.From<T>(1));
            var i = (long)index * ElementsPerPiece;
            var end = Math.Min(count, i + ElementsPerPiece);
            for (; i <= end - V.Count; i += V.Count)
            {
                var g = V.Load(gate + i);
                y.Store(g * V.Reciprocal(one + V.Exp(default(V) - g)) * V.Load(up + i), i);
            }
            for (; i < end; i++)
            {
                var g = Scalar.ToDouble(gate[i]);
                y.Store(Scalar.From<T>(g / (1 + Math.Exp(-g)) * Scalar.ToDouble(up[i])), i);
            }
        }
    }

    private readonly struct SwiGluBackwardJob(T* gate, T* up, T* dy, Output<T, V> dGate, T* oldGate, Output<T, V> dUp, T* oldUp, long count) : IParallelJob
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
                var sigma = V.Reciprocal(one + V.Exp(default(V) - g));
                var dg = d * V.Load(up + i) * sigma * V.MultiplyAdd(g, one - sigma, one);
                var du = d * g * sigma;
                dGate.Store(oldGate is null ? dg : dg + V.Load(oldGate + i), i);
                dUp.Store(oldUp is null ? du : du + V.Load(oldUp + i), i);
            }
            for (; i < end; i++)
            {
                double g = Scalar.ToDouble(gate[i]), d = Scalar.ToDouble(dy[i]);
                var sigma = 1 / (1 + Math.Exp(-g));
                var dg = d * Scalar.ToDouble(up[i]) * sigma * (1 + (g * (1 - sigma)));
                var du = d * g * sigma;
                dGate.Store(Scalar.From<T>(oldGate is null ? dg : dg + Scalar.ToDouble(oldGate[i])), i);
                dUp.Store(Scalar.From<T>(oldUp is null ? du : du + Scalar.ToDouble(oldUp[i])), i);
            }
        }
    }
}
