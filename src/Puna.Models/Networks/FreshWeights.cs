using Puna.Tensors;

namespace Puna.Models;

/// <summary>Fills tensors with random numbers. Each tensor has a stream of its own and each element its place in it, so that any part can be drawn alone, on any thread, with the same result.</summary>
internal static class FreshWeights
{
    private const int Piece = 1 << 15;
    private const ulong DrawsPerElement = 4; // of 32 bits, for a normal number

    /// <summary>Normal numbers of mean 0.</summary>
    /// <param name="tensor">Float32 or another type of real numbers.</param>
    /// <param name="seed">The seed.</param>
    /// <param name="stream">The tensor's number in its network, from 1.</param>
    /// <param name="deviation">Standard deviation.</param>
    public static unsafe void Normal(Tensor tensor, ulong seed, ulong stream, double deviation)
    {
        if (tensor.DType != DType.Float32)
        {
            var random = new CounterRandom(seed, stream);
            tensor.Fill(() => deviation * random.NextNormal());
            return;
        }
        Parallel.For(0, (tensor.Count + Piece - 1) / Piece, piece =>
        {
            var first = piece * Piece;
            var random = new CounterRandom(seed, stream) { Position = (ulong)first * DrawsPerElement };
            for (var i = first; i < Math.Min(tensor.Count, first + Piece); i++) tensor.Pointer<float>()[i] = (float)(deviation * random.NextNormal());
        });
        GC.KeepAlive(tensor);
    }
}
