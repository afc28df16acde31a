using Puna.Tensors;

namespace Puna.Models;

/// <summary>A tensor's memory as the bytes of a file, little-endian.</summary>
internal static unsafe class TensorBytes
{
    private const int Chunk = 1 << 24;

    public static void Write(Stream stream, Tensor tensor)
    {
        for (long offset = 0; offset < tensor.Bytes; offset += Chunk)
            stream.Write(new ReadOnlySpan<byte>((byte*)tensor.Data + offset, (int)Math.Min(Chunk, tensor.Bytes - offset)));
        GC.KeepAlive(tensor);
    }

    /// <summary>Fills a tensor from a stream.</summary>
    /// <exception cref="EndOfStreamException">It ends too soon.</exception>
    public static void Read(Stream stream, Tensor tensor)
    {
        for (long offset = 0; offset < tensor.Bytes; offset += Chunk)
            stream.ReadExactly(new Span<byte>((byte*)tensor.Data + offset, (int)Math.Min(Chunk, tensor.Bytes - offset)));
        GC.KeepAlive(tensor);
    }
}
