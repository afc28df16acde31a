namespace Puna.Tensors;

/// <summary>Rotary positions in the order of halves (Su et al. 2021; numbers i and D/2 + i are turned together).</summary>
internal static unsafe class RotaryTurn<V>
    where V : unmanaged, ILanes<V, float>
{
    /// <summary>Turns a head and multiplies it; both may be the same memory.</summary>
    /// <param name="from">[D].</param>
    /// <param name="to">[D].</param>
    /// <param name="cosine">[D / 2] of the position.</param>
    /// <param name="sine">[D / 2] of the position.</param>
    /// <param name="half">D / 2.</param>
    /// <param name="scale">The factor.</param>
    public static void Turn(float* from, float* to, float* cosine, float* sine, int half, float scale)
    {
        var (factor, i) = (V.Create(scale), 0);
        for (; i + V.Count <= half; i += V.Count)
        {
            var (a, b, c, s) = (V.Load(from + i), V.Load(from + half + i), V.Load(cosine + i), V.Load(sine + i));
            V.Store(((a * c) - (b * s)) * factor, to + i);
            V.Store(((b * c) + (a * s)) * factor, to + half + i);
        }
        for (; i < half; i++)
        {
            var (a, b, c, s) = (from[i], from[half + i], cosine[i], sine[i]);
            to[i] = ((a * c) - (b * s)) * scale;
            to[half + i] = ((b * c) + (a * s)) * scale;
        }
    }
}
