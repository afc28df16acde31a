namespace Puna.Tensors;

/// <summary>The numbers of one AdamW step, bias corrections included.</summary>
/// <param name="LearningRate">lr of this step.</param>
/// <param name="Beta1">Decay of the first moment.</param>
/// <param name="Beta2">Decay of the second moment.</param>
/// <param name="Epsilon">Added to √v̂.</param>
/// <param name="WeightDecay">λ; 0 for tensors that are not decayed.</param>
/// <param name="GradientScale">What gradients are multiplied by first: the clipping factor.</param>
/// <param name="Step">1-based step, for the corrections 1 − βᵗ.</param>
public readonly record struct AdamWStep(double LearningRate, double Beta1, double Beta2, double Epsilon, double WeightDecay, double GradientScale, int Step);

/// <summary>
/// One pass over memory: g ← s·g; w ← w·(1 − lr·λ); m ← β₁m + (1 − β₁)g; v ← β₂v + (1 − β₂)g²;
/// w ← w − lr · (m / (1 − β₁ᵗ)) / (√(v / (1 − β₂ᵗ)) + ε). Loshchilov and Hutter 2019, algorithm 2 as PyTorch computes it.
/// </summary>
public static class AdamWUpdate
{
    /// <summary>Updates weight and moments in place from the weight's gradient.</summary>
    /// <exception cref="InvalidOperationException">The weight has no gradient.</exception>
    /// <exception cref="ArgumentException">Gradient or moments of another size, or a step below 1.</exception>
    public static void Apply(Device device, Tensor weight, Tensor firstMoment, Tensor secondMoment, in AdamWStep step)
    {
        if (weight.Gradient is not { } gradient) throw new InvalidOperationException($"{weight} has no gradient to step with");
        if (gradient.Count != weight.Count || firstMoment.Count != weight.Count || secondMoment.Count != weight.Count)
            throw new ArgumentException($"adamw: gradient {gradient.Shape} and moments {firstMoment.Shape}, {secondMoment.Shape} do not fit weight {weight.Shape}");
        if (step.Step < 1) throw new ArgumentOutOfRangeException(nameof(step), step.Step, "steps are counted from 1");
        device.KernelsFor(weight.DType).AdamW(weight, gradient, firstMoment, secondMoment, step);
        GC.KeepAlive(firstMoment);
        GC.KeepAlive(secondMoment);
    }
}

public abstract partial class Kernels
{
    internal abstract void AdamW(Tensor weight, Tensor gradient, Tensor m, Tensor v, in AdamWStep step);
}

internal sealed unsafe partial class CpuKernels<T, V>
{
    internal override void AdamW(Tensor weight, Tensor gradient, Tensor m, Tensor v, in AdamWStep step) =>
        _pool.For(Pieces(weight.Count, ElementsPerPiece), new AdamWJob(weight.Pointer<T>(), gradient.Pointer<T>(), m.Pointer<T>(), v.Pointer<T>(), weight.Count, step));

    private readonly struct AdamWJob(T* w, T* g, T* m, T* v, long count, AdamWStep step) : IParallelJob
    {
        public void Run(int index, int worker)
        {
            var b1 = V.Create(Scalar.From<T>(step.Beta1));
            var c1 = V.Create(Scalar.From<T>(1 - step.Beta1));
            var b2 = V.Create(Scalar.From<T>(step.Beta2));
            var c2 = V.Create(Scalar.From<T>(1 - step.Beta2));
            var scale = V.Create(Scalar.From<T>(step.GradientScale));
            var keep = V.Create(Scalar.From<T>(1 - (step.LearningRate * step.WeightDecay)));
            var rate = V.Create(Scalar.From<T>(-step.LearningRate / (1 - Math.Pow(step.Beta1, step.Step))));
            var correction = V.Create(Scalar.From<T>(1 / Math.Sqrt(1 - Math.Pow(step.Beta2, step.Step))));
            var epsilon = V.Create(Scalar.From<T>(step.Epsilon));
            var i = (long)index * ElementsPerPiece;
            var end = Math.Min(count, i + ElementsPerPiece);
            for (; i <= end - V.Count; i += V.Count)
            {
                var (weight, first, second) = Next(V.Load(w + i), V.Load(g + i), V.Load(m + i), V.Load(v + i), b1, c1, b2, c2, scale, keep, rate, correction, epsilon);
                V.Store(weight, w + i);
                V.Store(first, m + i);
                V.Store(second, v + i);
            }
            var lane = stackalloc T[V.Count];
            for (; i < end; i++)
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
