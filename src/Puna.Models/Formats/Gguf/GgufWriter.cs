using System.Collections;
using System.Security.Cryptography;
using Puna.Tensors;
using Puna.Text;

namespace Puna.Models;

/// <summary>
/// Writes GGUF files of version 3, a tensor after the other, in pieces: only one tensor's numbers and a few megabytes of its blocks are in memory.
/// The file is written under a temporary name, opened again, compared with what was to be written, and only then renamed.
/// </summary>
public static class GgufWriter
{
    private const int Alignment = 32, PieceElements = 1 << 23;

    /// <summary>Writes a file; an existing one is replaced.</summary>
    /// <param name="path">The file.</param>
    /// <param name="metadata">Key-value pairs in order; for values see <see cref="GgufMetadata.Find"/>.</param>
    /// <param name="tensors">The tensors in order.</param>
    /// <param name="pool">Threads that quantise; the bytes do not depend on their number.</param>
    /// <exception cref="InvalidDataException">A tensor holds numbers that are not finite or too large for its type; nothing is left behind.</exception>
    /// <exception cref="IOException">The disk is full, not writable, or does not give back what was written; nothing is left behind.</exception>
    public static void Write(string path, IReadOnlyList<KeyValuePair<string, object>> metadata, IReadOnlyList<GgufTensorSource> tensors, WorkerPool pool)
    {
        var entries = Places(tensors);
        var header = Header(metadata, entries);
        var hashes = new List<byte[]>();
        AtomicFile.Write(
            path,
            stream =>
            {
                stream.Write(header);
                for (var i = 0; i < tensors.Count; i++) hashes.Add(WriteTensor(stream, path, tensors[i], entries[i], pool));
            },
            temporary => Check(temporary, path, metadata, entries, hashes));
    }

    private static List<GgufTensor> Places(IReadOnlyList<GgufTensorSource> tensors)
    {
        var entries = new List<GgufTensor>();
        var offset = 0L;
        foreach (var source in tensors)
        {
            var shape = Enumerable.Range(0, source.Shape.Rank).Select(i => source.Shape[i]).ToArray();
            if (source.Type.Format is not { CanQuantize: true }) throw new ArgumentException($"tensor '{source.Name}' cannot be written as {source.Type.Name}");
            if (shape[^1] % source.Type.ElementsPerBlock != 0) throw new ArgumentException($"rows of {shape[^1]} in tensor '{source.Name}' are no whole number of {source.Type.Name} blocks");
            entries.Add(new GgufTensor(source.Name, source.Type, shape, offset));
            offset = Rounded(offset + entries[^1].Bytes);
        }
        return entries;
    }

    private static byte[] Header(IReadOnlyList<KeyValuePair<string, object>> metadata, List<GgufTensor> entries)
    {
        using var buffer = new MemoryStream();
        using var writer = new BinaryWriter(buffer);
        writer.Write("GGUF"u8);
        writer.Write(3u);
        writer.Write((ulong)entries.Count);
        writer.Write((ulong)metadata.Count);
        foreach (var (key, value) in metadata)
        {
            GgufValues.WriteText(writer, key);
            GgufValues.Write(writer, value);
        }
        foreach (var entry in entries)
        {
            GgufValues.WriteText(writer, entry.Name);
            writer.Write((uint)entry.Shape.Count);
            foreach (var size in entry.Shape.Reverse()) writer.Write((ulong)size);
            writer.Write((uint)entry.Type.Code);
            writer.Write((ulong)entry.Offset);
        }
        while (buffer.Length % Alignment != 0) writer.Write((byte)0);
        return buffer.ToArray();
    }

    private static byte[] WriteTensor(Stream stream, string path, GgufTensorSource source, GgufTensor entry, WorkerPool pool)
    {
        var numbers = source.Read();
        if (numbers.DType != DType.Float32 || numbers.Shape != source.Shape) throw new ArgumentException($"tensor '{source.Name}' was to be Float32 {source.Shape}, it is {numbers}");
        var matrix = numbers.View(new Shape(entry.Rows, entry.Columns));
        var rows = (int)Math.Clamp(PieceElements / Math.Max(1, entry.Columns), 1, Math.Max(1, entry.Rows));
        var blocks = new byte[checked(rows * entry.RowBytes)];
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        for (var row = 0L; row < entry.Rows; row += rows)
        {
            var piece = matrix.Rows(row, Math.Min(rows, entry.Rows - row));
            var bytes = blocks.AsSpan(0, (int)(piece.Shape[0] * entry.RowBytes));
            RequireFinite(path, entry, piece, row);
            source.Type.Format!.Quantize(pool, piece, bytes, source.Importance);
            RequireRoom(path, entry, bytes, row);
            stream.Write(bytes);
            hash.AppendData(bytes);
        }
        Span<byte> zeros = stackalloc byte[Alignment];
        zeros.Clear();
        stream.Write(zeros[..(int)(Rounded(entry.Bytes) - entry.Bytes)]);
        GC.KeepAlive(numbers);
        if (source.IsTemporary) numbers.Release();
        return hash.GetHashAndReset();
    }

    private static unsafe void RequireFinite(string path, GgufTensor entry, Tensor piece, long first)
    {
        for (var i = 0L; i < piece.Count; i++)
        {
            if (!float.IsFinite(piece.Pointer<float>()[i]))
                throw new InvalidDataException($"{path} was not written: tensor '{entry.Name}' holds {piece.Pointer<float>()[i]} at row {first + (i / entry.Columns)}, column {i % entry.Columns}; a model must be finite to be stored");
        }
    }

    /// <summary>Scales are halves: numbers beyond their range would come back as infinite.</summary>
    private static void RequireRoom(string path, GgufTensor entry, ReadOnlySpan<byte> bytes, long first)
    {
        if (entry.Type.Name == "F32") return;
        var values = new float[entry.Columns];
        for (var row = 0; bytes.Length > 0; row++, bytes = bytes[(int)entry.RowBytes..])
        {
            entry.Type.Format!.Dequantize(bytes[..(int)entry.RowBytes], values);
            foreach (var value in values)
            {
                if (!float.IsFinite(value)) throw new InvalidDataException($"{path} was not written: row {first + row} of tensor '{entry.Name}' holds numbers too large for {entry.Type.Name}; choose F32 or BF16");
            }
        }
    }

    private static void Check(string temporary, string path, IReadOnlyList<KeyValuePair<string, object>> metadata, List<GgufTensor> entries, List<byte[]> hashes)
    {
        try
        {
            using var file = new GgufFile(temporary);
            var isSame = file.Tensors.Count == entries.Count && file.Metadata.Keys.SequenceEqual(metadata.Select(pair => pair.Key))
                && metadata.All(pair => StructuralComparisons.StructuralEqualityComparer.Equals(file.Metadata.Find(pair.Key), pair.Value));
            for (var i = 0; isSame && i < entries.Count; i++)
            {
                var (found, wanted) = (file.Tensors[i], entries[i]);
                isSame = found.Name == wanted.Name && found.Type == wanted.Type && found.Offset == wanted.Offset && found.Shape.SequenceEqual(wanted.Shape) && Hash(file, found).AsSpan().SequenceEqual(hashes[i]);
            }
            if (!isSame) throw new IOException($"{path} was not kept: read again, it is not what was written; the disk or its cable may be failing");
        }
        catch (InvalidDataException damage)
        {
            throw new IOException($"{path} was not kept: read again, it is no sound GGUF file ({damage.Message})", damage);
        }
    }

    private static byte[] Hash(GgufFile file, GgufTensor tensor)
    {
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        for (var row = 0L; row < tensor.Rows; row++) hash.AppendData(file.RowBytes(tensor, row));
        file.Forget(tensor);
        return hash.GetHashAndReset();
    }

    private static long Rounded(long bytes) => (bytes + Alignment - 1) / Alignment * Alignment;
}
