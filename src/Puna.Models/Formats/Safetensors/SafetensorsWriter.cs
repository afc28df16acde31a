using System.Buffers.Binary;
using System.Text.Json;
using Puna.Tensors;
using Puna.Text;

namespace Puna.Models;

/// <summary>Writes a safetensors file under a temporary name, flushes it to the disk and renames it: it is there whole, or not at all.</summary>
public static class SafetensorsWriter
{
    /// <summary>Writes tensors in the order given.</summary>
    /// <param name="path">The file; an existing one is replaced.</param>
    /// <param name="tensors">Name and tensor.</param>
    /// <param name="metadata">Goes to <c>__metadata__</c>.</param>
    /// <exception cref="IOException">The disk is full or not writable; nothing is left behind.</exception>
    public static void Write(string path, IReadOnlyList<(string Name, Tensor Tensor)> tensors, IReadOnlyDictionary<string, string>? metadata = null)
    {
        var header = Header(tensors, metadata);
        AtomicFile.Write(path, stream =>
        {
            Span<byte> length = stackalloc byte[8];
            BinaryPrimitives.WriteInt64LittleEndian(length, header.Length);
            stream.Write(length);
            stream.Write(header);
            foreach (var (_, tensor) in tensors) WriteData(stream, tensor);
        });
    }

    private static unsafe void WriteData(Stream stream, Tensor tensor)
    {
        const int Chunk = 1 << 24;
        for (long offset = 0; offset < tensor.Bytes; offset += Chunk)
            stream.Write(new ReadOnlySpan<byte>((byte*)tensor.Data + offset, (int)Math.Min(Chunk, tensor.Bytes - offset)));
    }

    private static byte[] Header(IReadOnlyList<(string Name, Tensor Tensor)> tensors, IReadOnlyDictionary<string, string>? metadata)
    {
        using var buffer = new MemoryStream();
        using (var json = new Utf8JsonWriter(buffer))
        {
            json.WriteStartObject();
            json.WriteStartObject("__metadata__");
            json.WriteString("format", "pt"); // what Hugging Face's loader asks for
            foreach (var (key, value) in metadata ?? new Dictionary<string, string>()) json.WriteString(key, value);
            json.WriteEndObject();
            var offset = 0L;
            foreach (var (name, tensor) in tensors)
            {
                json.WriteStartObject(name);
                json.WriteString("dtype", TypeName(tensor.DType));
                json.WriteStartArray("shape");
                for (var i = 0; i < tensor.Shape.Rank; i++) json.WriteNumberValue(tensor.Shape[i]);
                json.WriteEndArray();
                json.WriteStartArray("data_offsets");
                json.WriteNumberValue(offset);
                json.WriteNumberValue(offset += tensor.Bytes);
                json.WriteEndArray();
                json.WriteEndObject();
            }
            json.WriteEndObject();
        }
        while (buffer.Length % 8 != 0) buffer.WriteByte((byte)' ');
        return buffer.ToArray();
    }

    private static string TypeName(DType type) => type switch
    {
        DType.Float64 => "F64",
        DType.Float32 => "F32",
        DType.BFloat16 => "BF16",
        DType.Float16 => "F16",
        DType.Int64 => "I64",
        DType.Int32 => "I32",
        _ => throw new ArgumentOutOfRangeException(nameof(type), type, "no safetensors type"),
    };
}
