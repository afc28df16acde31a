using System.Buffers.Binary;
using System.Runtime.InteropServices;
using System.Security.Cryptography;
using System.Text;
using Puna.Text;

namespace Puna.Inference;

/// <summary>
/// A sequence on disk: the tokens, and the keys and values computed for them, so that they need not be computed again. Layout, little endian:
/// <c>PUNA-KV1</c>, SHA-256 of the engine's <see cref="InferenceEngine.CacheIdentity"/>, number of tokens (int32), bytes of the cache (int64), ids (int32 each), the cache as the
/// engine writes it, SHA-256 of all that. Written under a temporary name and renamed.
/// </summary>
public static class SequenceFile
{
    private const int HashBytes = 32, HeaderBytes = 8 + HashBytes + sizeof(int) + sizeof(long);
    private static ReadOnlySpan<byte> Magic => "PUNA-KV1"u8;

    /// <summary>Writes a sequence.</summary>
    /// <param name="path">The file; an existing one is replaced.</param>
    /// <param name="engine">Of the sequence.</param>
    /// <param name="sequence">What is saved.</param>
    /// <param name="tokens">Its tokens, as many as it has positions.</param>
    /// <exception cref="InvalidDataException">The engine cannot save sequences.</exception>
    /// <exception cref="IOException">The disk is full or not writable.</exception>
    public static void Save(string path, InferenceEngine engine, EngineSequence sequence, IReadOnlyList<int> tokens)
    {
        ArgumentOutOfRangeException.ThrowIfNotEqual(tokens.Count, sequence.Length, nameof(tokens));
        var identity = Identity(engine) ?? throw new InvalidDataException("this engine cannot save its cache; the conversation itself can be saved without it");
        AtomicFile.Write(path, stream =>
        {
            using var hash = SHA256.Create();
            using (var hashed = new CryptoStream(stream, hash, CryptoStreamMode.Write, leaveOpen: true))
            {
                var header = new byte[HeaderBytes];
                Magic.CopyTo(header);
                identity.CopyTo(header.AsSpan(8));
                BinaryPrimitives.WriteInt32LittleEndian(header.AsSpan(8 + HashBytes), tokens.Count);
                BinaryPrimitives.WriteInt64LittleEndian(header.AsSpan(12 + HashBytes), engine.SavedBytes(tokens.Count));
                hashed.Write(header);
                hashed.Write(MemoryMarshal.AsBytes(tokens.ToArray().AsSpan()));
                sequence.Save(hashed);
            }
            stream.Write(hash.Hash!);
        });
    }

    /// <summary>Reads a sequence. Sizes and the checksum of the whole file are compared before any of it is believed.</summary>
    /// <exception cref="FileNotFoundException">There is no such file.</exception>
    /// <exception cref="InvalidDataException">It is damaged, of another model, weights, precision or engine, or longer than the context.</exception>
    /// <exception cref="InsufficientMemoryException">There is no memory for it.</exception>
    public static (EngineSequence Sequence, int[] Tokens) Load(string path, InferenceEngine engine)
    {
        if (!File.Exists(path)) throw new FileNotFoundException($"there is no cache {path}", path);
        var identity = Identity(engine) ?? throw new InvalidDataException("this engine cannot read a saved cache");
        using var stream = new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.Read, 1 << 16);
        var header = new byte[HeaderBytes];
        if (stream.Length < HeaderBytes + HashBytes || stream.ReadAtLeast(header, HeaderBytes, throwOnEndOfStream: false) < HeaderBytes || !header.AsSpan(0, 8).SequenceEqual(Magic))
            throw new InvalidDataException($"{path} is no saved cache of this program");
        if (!header.AsSpan(8, HashBytes).SequenceEqual(identity)) throw new InvalidDataException($"{path} was computed by another model, or in another precision or by another engine");
        var count = BinaryPrimitives.ReadInt32LittleEndian(header.AsSpan(8 + HashBytes));
        if (count < 0 || count > engine.ContextLength) throw new InvalidDataException($"{path} holds {count} positions, and the context has {engine.ContextLength}");
        var bytes = BinaryPrimitives.ReadInt64LittleEndian(header.AsSpan(12 + HashBytes));
        var expected = HeaderBytes + ((long)count * sizeof(int)) + engine.SavedBytes(count) + HashBytes;
        if (bytes != engine.SavedBytes(count) || stream.Length != expected) throw new InvalidDataException($"{path} has {stream.Length} bytes, and a cache of {count} positions {expected}: it is damaged");
        if (!IsWhole(stream)) throw new InvalidDataException($"{path} is damaged: its checksum is not that of its content");
        stream.Position = HeaderBytes;
        var tokens = new int[count];
        stream.ReadExactly(MemoryMarshal.AsBytes(tokens.AsSpan()));
        if (tokens.Any(token => token < 0 || token >= engine.VocabularySize)) throw new InvalidDataException($"{path} has a token that is not in the vocabulary of {engine.VocabularySize}");
        return (engine.LoadSequence(stream, count), tokens);
    }

    private static byte[]? Identity(InferenceEngine engine) => engine.CacheIdentity is { } identity ? SHA256.HashData(Encoding.UTF8.GetBytes(identity)) : null;

    private static bool IsWhole(FileStream stream)
    {
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        var buffer = new byte[1 << 20];
        stream.Position = 0;
        for (var left = stream.Length - HashBytes; left > 0;)
        {
            var read = stream.Read(buffer, 0, (int)Math.Min(buffer.Length, left));
            if (read == 0) return false;
            hash.AppendData(buffer, 0, read);
            left -= read;
        }
        var stored = new byte[HashBytes];
        stream.ReadExactly(stored);
        return stored.AsSpan().SequenceEqual(hash.GetHashAndReset());
    }
}
