namespace Puna.Tensors;

/// <summary>Dropout of attention weights: element s of row (batch, head, query) of a matrix that is never stored, its rows being whole groups of the mask.</summary>
internal static unsafe class DroppedWeights<T, V>
    where T : unmanaged
    where V : unmanaged, ILanes<V, T>
{
    /// <summary>Multiplies the weights of keys [first, end).</summary>
    public static void Forward(in AttentionGeometry<T> g, T* weights, int batch, int head, int t, int first, int end)
    {
        var factors = stackalloc T[DropoutFactors<T>.Group];
        for (int s = first, next; s < end; weights += next - s, s = next)
        {
            next = Draw(g, batch, head, t, s, end, factors);
            VectorLoops<T, V>.Product(weights, factors + (s % DropoutFactors<T>.Group), weights, next - s, false);
        }
    }

    /// <summary>With f the factors: ds = p·(f·ds − delta)·scale, where ds was dy·vᵀ; then p = f·p, the weights that v had.</summary>
    public static void Backward(in AttentionGeometry<T> g, T* p, T* ds, int batch, int head, int t, int first, int end, T delta, T scale)
    {
        var drawn = stackalloc T[DropoutFactors<T>.Group];
        V vDelta = V.Create(delta), vScale = V.Create(scale);
        for (int s = first, next; s < end; p += next - s, ds += next - s, s = next)
        {
            next = Draw(g, batch, head, t, s, end, drawn);
            var f = drawn + (s % DropoutFactors<T>.Group);
            var i = 0;
            for (; i <= next - s - V.Count; i += V.Count)
            {
                V factor = V.Load(f + i), weight = V.Load(p + i);
                V.Store(weight * ((factor * V.Load(ds + i)) - vDelta) * vScale, ds + i);
                V.Store(factor * weight, p + i);
            }
            for (; i < next - s; i++)
            {
                ds[i] = Scalar.Multiply(Scalar.Multiply(p[i], Scalar.Subtract(Scalar.Multiply(f[i], ds[i]), delta)), scale);
                p[i] = Scalar.Multiply(f[i], p[i]);
            }
        }
    }

    /// <summary>Draws the group of key <paramref name="s"/>; returns where the next one begins.</summary>
    private static int Draw(in AttentionGeometry<T> g, int batch, int head, int t, int s, int end, T* factors)
    {
        const int Group = DropoutFactors<T>.Group;
        var row = ((((long)batch * g.Heads) + head) * g.Queries) + t;
        g.Dropout.Draw((ulong)((row * DropoutFactors<T>.Groups(g.Keys)) + (s / Group)), factors, V.Count == DropoutFactors<T>.Wide);
        return Math.Min(end, ((s / Group) + 1) * Group);
    }
}
