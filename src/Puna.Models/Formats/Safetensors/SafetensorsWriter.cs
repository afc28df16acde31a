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
    public static void Write(string path, IReadOnlyList<(string Name, Tensor Tensor)> tensors, IReadOnlyDictionary<string, string>? metadata = null) =>
        Write(path, [.. tensors.Select(pair => (pair.Name, pair.Tensor.DType, pair.Tensor.Shape))], index => tensors[index].Tensor, metadata, release: false);

    /// <summary>Writes tensors one at a time, so that no more than one is held.</summary>
    /// <param name="path">The file; an existing one is replaced.</param>
    /// <param name="tensors">Names, types and shapes, in order.</param>
    /// <param name="read">The tensor of an index, of just that type and shape; its memory is given back when it is written.</param>
    /// <param name="metadata">Goes to <c>__metadata__</c>.</param>
    /// <exception cref="IOException">The disk is full or not writable; nothing is left behind.</exception>
    public static void Write(string path, IReadOnlyList<(string Name, DType Type, Shape Shape)> tensors, Func<int, Tensor> read, IReadOnlyDictionary<string, string>? metadata = null) =>
        Write(path, tensors, read, metadata, release: true);

    private static void Write(string path, IReadOnlyList<(string Name, DType Type, Shape Shape)> tensors, Func<int, Tensor> read, IReadOnlyDictionary<string, string>? metadata, bool release)
    {
        var header = Header(tensors, metadata);
        AtomicFile.Write(path, stream =>
        {
            Span<byte> length = stackalloc byte[8];
            BinaryPrimitives.WriteInt64LittleEndian(length, header.Length);
            stream.Write(length);
            stream.Write(header);
            for (var i = 0; i < tensors.Count; i++)
            {
                var tensor = read(i);
                if (tensor.DType != tensors[i].Type || tensor.Shape != tensors[i].Shape) throw new InvalidOperationException($"tensor '{tensors[i].Name}' is {tensor}, {tensors[i].Type} {tensors[i].Shape} was announced");
                TensorBytes.Write(stream, tensor);
                if (release) tensor.Release();
            }
        });
    }

    private static byte[] Header(IReadOnlyList<(string Name, DType Type, Shape Shape)> tensors, IReadOnlyDictionary<string, string>? metadata)
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
            foreach (var (name, type, shape) in tensors)
            {
                json.WriteStartObject(name);
                json.WriteString("dtype", TensorConversion.NameOf(type));
                json.WriteStartArray("shape");
                for (var i = 0; i < shape.Rank; i++) json.WriteNumberValue(shape[i]);
                json.WriteEndArray();
                json.WriteStartArray("data_offsets");
                json.WriteNumberValue(offset);
                json.WriteNumberValue(offset += DTypeLayout.Of(type).Bytes(shape.Count));
                json.WriteEndArray();
                json.WriteEndObject();
            }
            json.WriteEndObject();
        }
        while (buffer.Length % 8 != 0) buffer.WriteByte((byte)' ');
        return buffer.ToArray();
    }
}
