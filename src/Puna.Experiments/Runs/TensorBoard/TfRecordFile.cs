using System.Buffers.Binary;
using System.Numerics;

namespace Puna.Experiments.Runs;

/// <summary>
/// A file of records as TensorFlow frames them: the length in 8 bytes, the masked CRC-32C of those 8 bytes, the data, the masked CRC-32C of the data; all
/// little-endian (tensorflow.org, «TFRecord and tf.train.Example», section on the format). Readers can follow while it is written.
/// </summary>
public sealed class TfRecordFile : IDisposable
{
    private const int LengthBytes = sizeof(ulong), CrcBytes = sizeof(uint);
    private const uint MaskDelta = 0xa282ead8;
    private readonly FileStream _stream;

    /// <summary>Makes the file.</summary>
    /// <param name="path">Where; its folder is made.</param>
    /// <exception cref="IOException">There is one already, or the disk is not writable.</exception>
    public TfRecordFile(string path)
    {
        Directory.CreateDirectory(Path.GetDirectoryName(Path.GetFullPath(path))!);
        _stream = new FileStream(path, FileMode.CreateNew, FileAccess.Write, FileShare.Read | FileShare.Delete, 1 << 16);
    }

    /// <summary>Adds a record; it stays in memory until <see cref="Flush"/>, or until some are together.</summary>
    /// <param name="data">The record.</param>
    public void Write(ReadOnlySpan<byte> data)
    {
        Span<byte> head = stackalloc byte[LengthBytes + CrcBytes];
        BinaryPrimitives.WriteUInt64LittleEndian(head, (ulong)data.Length);
        BinaryPrimitives.WriteUInt32LittleEndian(head[LengthBytes..], Mask(Crc32C(head[..LengthBytes])));
        Span<byte> foot = stackalloc byte[CrcBytes];
        BinaryPrimitives.WriteUInt32LittleEndian(foot, Mask(Crc32C(data)));
        _stream.Write(head);
        _stream.Write(data);
        _stream.Write(foot);
    }

    /// <summary>Hands the records to the system, from where others can read them.</summary>
    public void Flush() => _stream.Flush();

    /// <inheritdoc/>
    public void Dispose() => _stream.Dispose();

    /// <summary>The cyclic redundancy check of Castagnoli's polynomial, as iSCSI has it (RFC 3720, section 12.1 and appendix B.4).</summary>
    /// <param name="data">The bytes.</param>
    public static uint Crc32C(ReadOnlySpan<byte> data)
    {
        var crc = uint.MaxValue;
        for (; data.Length >= sizeof(ulong); data = data[sizeof(ulong)..]) crc = BitOperations.Crc32C(crc, BinaryPrimitives.ReadUInt64LittleEndian(data));
        foreach (var value in data) crc = BitOperations.Crc32C(crc, value);
        return ~crc;
    }

    /// <summary>What stands in the file instead of a checksum, so that the checksum of data which hold checksums stays a good one.</summary>
    /// <param name="crc">The checksum.</param>
    public static uint Mask(uint crc) => BitOperations.RotateRight(crc, 15) + MaskDelta;
}
