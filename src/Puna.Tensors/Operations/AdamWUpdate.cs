namespace Puna.Tensors;

/// <summary>The numbers of one AdamW step, bias corrections included.</summary>
/// <param name="LearningRate">lr of this step.</param>
/// <param name="Beta1">Decay of the first moment.</param>
/// <param name="Beta2">Decay of the second moment.</param>
/// <param name="Epsilon">Added to √v̂.</param>
/// <param name="GradientScale">What gradients are multiplied by first: the clipping factor.</param>
/// <param name="Step">1-based step, for the corrections 1 − βᵗ.</param>
public readonly record struct AdamWStep(double LearningRate, double Beta1, double Beta2, double Epsilon, double GradientScale, int Step);

/// <summary>A weight with a gradient, and what AdamW knows of it.</summary>
/// <param name="Weight">The weight.</param>
/// <param name="FirstMoment">m, of the weight's size.</param>
/// <param name="SecondMoment">v, of the weight's size.</param>
/// <param name="WeightDecay">λ; 0 where the weight is not decayed.</param>
public readonly record struct AdamWTensor(Tensor Weight, Tensor FirstMoment, Tensor SecondMoment, double WeightDecay);

/// <summary>
/// One pass over memory: g ← s·g; w ← w·(1 − lr·λ); m ← β₁m + (1 − β₁)g; v ← β₂v + (1 − β₂)g²;
/// w ← w − lr · (m / (1 − β₁ᵗ)) / (√(v / (1 − β₂ᵗ)) + ε). Loshchilov and Hutter 2019, algorithm 2 as PyTorch computes it.
/// </summary>
public static class AdamWUpdate
{
    /// <summary>Updates weights and moments in place from the weights' gradients, all in one parallel region.</summary>
    /// <exception cref="InvalidOperationException">A weight has no gradient.</exception>
    /// <exception cref="ArgumentException">Gradient or moments of another size or type, or a step below 1.</exception>
    public static void Apply(Device device, in AdamWStep step, params ReadOnlySpan<AdamWTensor> tensors)
    {
        if (step.Step < 1) throw new ArgumentOutOfRangeException(nameof(step), step.Step, "steps are counted from 1");
        if (tensors.IsEmpty) return;
        var type = tensors[0].Weight.DType;
        foreach (ref readonly var tensor in tensors)
        {
            var weight = tensor.Weight;
            if (weight.Gradient is not { } gradient) throw new InvalidOperationException($"{weight} has no gradient to step with");
            if (weight.DType != type || !Fits(gradient, weight) || !Fits(tensor.FirstMoment, weight) || !Fits(tensor.SecondMoment, weight))
                throw new ArgumentException($"adamw: gradient {gradient} and moments {tensor.FirstMoment}, {tensor.SecondMoment} do not fit weight {weight} among weights of {type}");
        }
        device.KernelsFor(type).AdamW(tensors, step);
        foreach (ref readonly var tensor in tensors)
        {
            GC.KeepAlive(tensor.Weight);
            GC.KeepAlive(tensor.FirstMoment);
            GC.KeepAlive(tensor.SecondMoment);
        }
    }

    private static bool Fits(Tensor state, Tensor weight) => state.DType == weight.DType && state.Count == weight.Count;
}

public abstract partial class Kernels
{
    internal abstract void AdamW(ReadOnlySpan<AdamWTensor> tensors, in AdamWStep step);
}

internal sealed unsafe partial class CpuKernels<T, V>
{
    private const int WeightsPerPiece = 16384;

    internal override void AdamW(ReadOnlySpan<AdamWTensor> tensors, in AdamWStep step)
    {
        var count = 0;
        foreach (ref readonly var tensor in tensors) count += Pieces(tensor.Weight.Count, WeightsPerPiece);
        var pieces = (AdamWPiece*)_scratch.Shared((long)count * sizeof(AdamWPiece));
        var next = pieces;
        foreach (ref readonly var tensor in tensors)
        {
            T* w = tensor.Weight.Pointer<T>(), g = tensor.Weight.Gradient!.Pointer<T>(), m = tensor.FirstMoment.Pointer<T>(), v = tensor.SecondMoment.Pointer<T>();
            var keep = Scalar.From<T>(1 - (step.LearningRate * tensor.WeightDecay));
            for (long i = 0, end = tensor.Weight.Count; i < end; i += WeightsPerPiece)
                *next++ = new AdamWPiece { W = w + i, G = g + i, M = m + i, V = v + i, Count = (int)Math.Min(WeightsPerPiece, end - i), Keep = keep };
        }
        _pool.For(count, new AdamWJob(pieces, step));
    }

    /// <summary>Some consecutive weights of one tensor: a list of them makes one job of many tensors.</summary>
    private struct AdamWPiece
    {
        public T* W, G, M, V;
        public int Count;
        public T Keep; // 1 − lr·λ
    }

    private readonly struct AdamWJob(AdamWPiece* pieces, in AdamWStep step) : IParallelJob
    {
        private readonly T _b1 = Scalar.From<T>(step.Beta1), _c1 = Scalar.From<T>(1 - step.Beta1);
        private readonly T _b2 = Scalar.From<T>(step.Beta2), _c2 = Scalar.From<T>(1 - step.Beta2);
        private readonly T _scale = Scalar.From<T>(step.GradientScale);
        private readonly T _rate = Scalar.From<T>(-step.LearningRate / (1 - Math.Pow(step.Beta1, step.Step)));
        private readonly T _correction = Scalar.From<T>(1 / Math.Sqrt(1 - Math.Pow(step.Beta2, step.Step)));
        private readonly T _epsilon = Scalar.From<T>(step.Epsilon);

        public void Run(int index, int worker)
        {
            V b1 = V.Create(_b1), c1 = V.Create(_c1), b2 = V.Create(_b2), c2 = V.Create(_c2), scale = V.Create(_scale);
            V rate = V.Create(_rate), correction = V.Create(_correction), epsilon = V.Create(_epsilon), keep = V.Create(pieces[index].Keep);
            T* w = pieces[index].W, g = pieces[index].G, m = pieces[index].M, v = pieces[index].V;
            var count = pieces[index].Count;
            var i = 0;
            for (; i <= count - V.Count; i += V.Count)
            {
                var (weight, first, second) = Next(V.Load(w + i), V.Load(g + i), V.Load(m + i), V.Load(v + i), b1, c1, b2, c2, scale, keep, rate, correction, epsilon);
                V.Store(weight, w + i);
                V.Store(first, m + i);
                V.Store(second, v + i);
            }
            var lane = stackalloc T[V.Count];
            for (; i < count; i++)
            {
                var (weight, first, second) = Next(V.Create(w[i]), V.Create(g[i]), V.Create(m[i]), V.Create(v[i]), b1, c1, b2, c2, scale, keep, rate, correction, epsilon);
                V.Store(weight, lane);
                w[i] = *lane;
                V.Store(first, lane);
                m[i] = *lane;
                V.Store(second, lane);
                v[i] = *lane;
            }
        }

        [System.Runtime.CompilerServices.MethodImpl(System.Runtime.CompilerServices.MethodImplOptions.AggressiveInlining)]
        private static (V Weight, V First, V Second) Next(V weight, V gradient, V first, V second, V b1, V c1, V b2, V c2, V scale, V keep, V rate, V correction, V epsilon)
        {
            gradient *= scale;
            first = V.MultiplyAdd(c1, gradient, b1 * first);
            second = V.MultiplyAdd(c2 * gradient, gradient, b2 * second);
            var root = V.MultiplyAdd(V.Sqrt(second), correction, epsilon);
            return (V.MultiplyAdd(rate, first / root, weight * keep), first, second);
        }
    }
}
