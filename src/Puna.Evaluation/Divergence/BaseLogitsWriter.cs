using System.Buffers.Binary;
using System.Runtime.InteropServices;
using Puna.Inference;

namespace Puna.Evaluation;

/// <summary>Writes a file of log-probabilities (<see cref="BaseLogitsHeader"/>), row after row.</summary>
public sealed class BaseLogitsWriter
{
    private readonly Stream _stream;
    private readonly BaseLogitsRow _row;

    /// <summary>Writes the head and the ids.</summary>
    /// <param name="stream">Receives the file; not disposed.</param>
    /// <param name="header">The head.</param>
    /// <param name="tokens">All ids, chunk after chunk.</param>
    /// <exception cref="ArgumentException">They are not as many as the head says.</exception>
    public BaseLogitsWriter(Stream stream, BaseLogitsHeader header, ReadOnlySpan<int> tokens)
    {
        if (tokens.Length != (long)header.ChunkSize * header.ChunkCount) throw new ArgumentException($"{tokens.Length} tokens for {header}", nameof(tokens));
        (_stream, _row) = (stream, new BaseLogitsRow(header.VocabularySize));
        stream.Write(BaseLogitsHeader.Magic);
        Span<byte> numbers = stackalloc byte[BaseLogitsHeader.Bytes - BaseLogitsHeader.Magic.Length];
        BinaryPrimitives.WriteInt32LittleEndian(numbers, header.ChunkSize);
        BinaryPrimitives.WriteInt32LittleEndian(numbers[4..], header.VocabularySize);
        BinaryPrimitives.WriteInt32LittleEndian(numbers[8..], header.ChunkCount);
        stream.Write(numbers);
        stream.Write(MemoryMarshal.AsBytes(tokens));
    }

    /// <summary>Writes the next row.</summary>
    /// <param name="logits">V of them, finite.</param>
    /// <param name="normalizer">Theirs.</param>
    public void Write(ReadOnlySpan<float> logits, LogNormalizer normalizer)
    {
        _row.Set(logits, normalizer);
        _stream.Write(_row.Bytes);
    }
}
