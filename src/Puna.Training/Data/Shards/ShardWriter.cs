using System.Buffers.Binary;

namespace Puna.Training;

/// <summary>Writes one shard: the tokens as they come, then where each document begins, at last the header. Memory grows by 8 bytes a document.</summary>
public sealed class ShardWriter : IDisposable
{
    private readonly FileStream _file;
    private readonly int _tokenBytes;
    private readonly byte[] _fingerprint;
    private readonly List<long> _offsets = [0];
    private Crc32C _checksum = new();
    private byte[] _buffer = new byte[1 << 12];
    private long _textBytes;

    /// <summary>A new file.</summary>
    /// <param name="path">It must not exist.</param>
    /// <param name="vocabularySize">Ids are below this; up to 65,536 they take two bytes.</param>
    /// <param name="fingerprint">Of the tokenizer.</param>
    public ShardWriter(string path, int vocabularySize, byte[] fingerprint)
    {
        (_tokenBytes, _fingerprint) = (TokenBytes(vocabularySize), fingerprint);
        _file = new FileStream(path, FileMode.CreateNew, FileAccess.Write, FileShare.None, 1 << 18);
        _file.Write(new byte[ShardHeader.Size]);
    }

    /// <summary>Tokens so far.</summary>
    public long TokenCount => _offsets[^1];

    /// <summary>Bytes of an id of a vocabulary.</summary>
    public static int TokenBytes(int vocabularySize) => vocabularySize <= 1 << 16 ? 2 : 4;

    /// <summary>Adds a document.</summary>
    /// <param name="ids">Its tokens, special ones included.</param>
    /// <param name="textBytes">UTF-8 bytes of its text.</param>
    public void Add(ReadOnlySpan<int> ids, long textBytes)
    {
        var size = ids.Length * _tokenBytes;
        if (_buffer.Length < size) _buffer = new byte[size * 2];
        for (var i = 0; i < ids.Length; i++)
        {
            if (_tokenBytes == 2) BinaryPrimitives.WriteUInt16LittleEndian(_buffer.AsSpan(2 * i), (ushort)ids[i]);
            else BinaryPrimitives.WriteInt32LittleEndian(_buffer.AsSpan(4 * i), ids[i]);
        }
        Append(_buffer.AsSpan(0, size));
        _offsets.Add(TokenCount + ids.Length);
        _textBytes += textBytes;
    }

    /// <summary>Writes what is left and flushes the file to the disk.</summary>
    public ShardHeader Finish()
    {
        Append(new byte[(int)(-(TokenCount * _tokenBytes) & 7)]);
        var bytes = new byte[8];
        foreach (var offset in _offsets)
        {
            BinaryPrimitives.WriteInt64LittleEndian(bytes, offset);
            Append(bytes);
        }
        var header = new ShardHeader(_tokenBytes, _fingerprint, TokenCount, _offsets.Count - 1, _textBytes, _checksum.Value);
        _file.Position = 0;
        _file.Write(header.ToBytes());
        _file.Flush(flushToDisk: true);
        return header;
    }

    /// <inheritdoc/>
    public void Dispose() => _file.Dispose();

    private void Append(ReadOnlySpan<byte> bytes)
    {
        _checksum.Add(bytes);
        _file.Write(bytes);
    }
}
