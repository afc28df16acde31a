using Puna.Tensors;

namespace Puna.Inference.Tests;

/// <summary>Tables for <see cref="TableEngine"/>.</summary>
internal static class Tables
{
    /// <summary>Logits of chance, [size][size].</summary>
    public static float[][] Random(ulong seed, int size = 6, double spread = 1)
    {
        var random = new CounterRandom(seed, 0x5441);
        return [.. Enumerable.Range(0, size).Select(_ => Enumerable.Range(0, size).Select(_ => (float)(spread * random.NextNormal())).ToArray())];
    }
}
