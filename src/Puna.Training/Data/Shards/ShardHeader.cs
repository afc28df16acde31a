using System.Buffers.Binary;

namespace Puna.Training;

/// <summary>The first 128 bytes of a shard (docs/data.md): what it holds and how to tell that it is whole. Numbers are little-endian.</summary>
/// <param name="TokenBytes">Bytes of a token id: 2 or 4.</param>
/// <param name="Fingerprint">Of the tokenizer, see <see cref="TokenizerFingerprint"/>.</param>
/// <param name="TokenCount">Tokens.</param>
/// <param name="DocumentCount">Documents.</param>
/// <param name="TextBytes">UTF-8 bytes of the documents' text.</param>
/// <param name="PayloadChecksum">CRC-32C of all bytes after the header.</param>
public sealed record ShardHeader(int TokenBytes, byte[] Fingerprint, long TokenCount, long DocumentCount, long TextBytes, uint PayloadChecksum)
{
    /// <summary>Bytes of a header.</summary>
    public const int Size = 128;

    /// <summary>Version of the format.</summary>
    public const int Version = 1;

    private const int ChecksumAt = 76;

    private static ReadOnlySpan<byte> Magic => "PUNASHRD"u8;

    /// <summary>Where the documents' offsets begin: after the tokens, at a multiple of 8.</summary>
    public long OffsetsAt => Size + ((TokenCount * TokenBytes) + 7) / 8 * 8;

    /// <summary>Bytes of the whole file.</summary>
    public long FileBytes => OffsetsAt + ((DocumentCount + 1) * 8);

    /// <summary>The header as bytes.</summary>
    public byte[] ToBytes()
    {
        var bytes = new byte[Size];
        Magic.CopyTo(bytes);
        BinaryPrimitives.WriteInt32LittleEndian(bytes.AsSpan(8), Version);
        BinaryPrimitives.WriteInt32LittleEndian(bytes.AsSpan(12), TokenBytes);
        Fingerprint.CopyTo(bytes.AsSpan(16));
        BinaryPrimitives.WriteInt64LittleEndian(bytes.AsSpan(48), TokenCount);
        BinaryPrimitives.WriteInt64LittleEndian(bytes.AsSpan(56), DocumentCount);
        BinaryPrimitives.WriteInt64LittleEndian(bytes.AsSpan(64), TextBytes);
        BinaryPrimitives.WriteUInt32LittleEndian(bytes.AsSpan(72), PayloadChecksum);
        BinaryPrimitives.WriteUInt32LittleEndian(bytes.AsSpan(ChecksumAt), Checksum(bytes));
        return bytes;
    }

    /// <summary>Reads and checks a header.</summary>
    /// <param name="path">The shard.</param>
    /// <exception cref="InvalidDataException">No shard, of another version, damaged, or cut short.</exception>
    public static ShardHeader Read(string path)
    {
        if (!File.Exists(path)) throw new InvalidDataException($"{path}: the shard is missing; prepare the data again (puna data prepare --overwrite)");
        using var file = File.OpenRead(path);
        var bytes = new byte[Size];
        if (file.Length == 0) throw new InvalidDataException($"{path}: the shard is empty; prepare the data again (puna data prepare --overwrite)");
        if (file.ReadAtLeast(bytes, Size, throwOnEndOfStream: false) < Size || !bytes.AsSpan().StartsWith(Magic)) throw new InvalidDataException($"{path}: the file is no shard of tokens");
        var version = BinaryPrimitives.ReadInt32LittleEndian(bytes.AsSpan(8));
        if (version != Version) throw new InvalidDataException($"{path}: the shard has version {version} of the format; this build reads version {Version}");
        if (BinaryPrimitives.ReadUInt32LittleEndian(bytes.AsSpan(ChecksumAt)) != Checksum(bytes)) throw Damaged(path, "its header does not agree with its checksum");
        var header = new ShardHeader(BinaryPrimitives.ReadInt32LittleEndian(bytes.AsSpan(12)), bytes[16..48], BinaryPrimitives.ReadInt64LittleEndian(bytes.AsSpan(48)),
            BinaryPrimitives.ReadInt64LittleEndian(bytes.AsSpan(56)), BinaryPrimitives.ReadInt64LittleEndian(bytes.AsSpan(64)), BinaryPrimitives.ReadUInt32LittleEndian(bytes.AsSpan(72)));
        if (header.TokenBytes is not (2 or 4) || header.TokenCount < 0 || header.DocumentCount < 0 || header.FileBytes != file.Length)
            throw Damaged(path, $"it has {file.Length} bytes, its header says {header.FileBytes}");
        return header;
    }

    internal static InvalidDataException Damaged(string path, string why) => new($"{path}: the shard is damaged, {why}; prepare the data again (puna data prepare --overwrite)");

    private static uint Checksum(ReadOnlySpan<byte> bytes)
    {
        var crc = new Crc32C();
        crc.Add(bytes[..ChecksumAt]);
        return crc.Value;
    }
}
