using System.Buffers.Binary;
using System.Text;

namespace Puna.Experiments.Runs;

/// <summary>
/// One protobuf message being written, field by field (protobuf.dev, «Encoding»). Its memory is used again for the next one, so that a message a step
/// takes nothing from the heap. A message within is written to a buffer of its own first.
/// </summary>
internal sealed class ProtoBuffer
{
    private const int Varint = 0, Fixed64 = 1, Delimited = 2, Fixed32 = 5;
    private byte[] _bytes = new byte[256];
    private int _length;

    public ReadOnlySpan<byte> Written => _bytes.AsSpan(0, _length);

    public ProtoBuffer Clear()
    {
        _length = 0;
        return this;
    }

    /// <summary>int32, int64, enum.</summary>
    public ProtoBuffer Integer(int field, long value) => Tag(field, Varint).Raw((ulong)value);

    public ProtoBuffer Double(int field, double value)
    {
        BinaryPrimitives.WriteDoubleLittleEndian(Tag(field, Fixed64).Room(sizeof(double)), value);
        return this;
    }

    public ProtoBuffer Float(int field, float value)
    {
        BinaryPrimitives.WriteSingleLittleEndian(Tag(field, Fixed32).Room(sizeof(float)), value);
        return this;
    }

    public ProtoBuffer Bytes(int field, ReadOnlySpan<byte> value)
    {
        Tag(field, Delimited).Raw((ulong)value.Length);
        value.CopyTo(Room(value.Length));
        return this;
    }

    public ProtoBuffer String(int field, string value) => Bytes(field, Encoding.UTF8.GetBytes(value));

    public ProtoBuffer Message(int field, ProtoBuffer message) => Bytes(field, message.Written);

    private ProtoBuffer Tag(int field, int wireType) => Raw((ulong)(field << 3 | wireType));

    private ProtoBuffer Raw(ulong value)
    {
        for (; value >= 0x80; value >>= 7) Room(1)[0] = (byte)(value | 0x80);
        Room(1)[0] = (byte)value;
        return this;
    }

    private Span<byte> Room(int count)
    {
        if (_length + count > _bytes.Length) Array.Resize(ref _bytes, Math.Max(_bytes.Length * 2, _length + count));
        _length += count;
        return _bytes.AsSpan(_length - count, count);
    }
}
