using System.Text;

namespace Puna.Text;

/// <summary>The bytes end within a structure: there is more to read, or the file is damaged.</summary>
internal sealed class ThriftEndException() : Exception("a structure ends early");

/// <summary>
/// Reads structures of Thrift's compact protocol, in which Parquet keeps its metadata. Whoever reads goes through the fields and skips what it does not
/// know. Source: Apache Thrift, «Thrift Compact protocol encoding» (doc/specs/thrift-compact-protocol.md).
/// </summary>
internal ref struct ThriftCompactReader(ReadOnlySpan<byte> bytes)
{
    public const int True = 1, False = 2, List = 9, Set = 10, Map = 11, Struct = 12;
    private const int MaximumDepth = 64;
    private readonly ReadOnlySpan<byte> _bytes = bytes;

    /// <summary>Bytes read so far.</summary>
    public int Position { get; private set; }

    /// <summary>The next field of a structure; type 0 at its end. <paramref name="field"/> is the last one's number, 0 before the first.</summary>
    public (int Field, int Type) NextField(int field)
    {
        var head = NextByte();
        if (head == 0) return (0, 0);
        var delta = head >> 4;
        return (delta == 0 ? (int)ReadInteger() : field + delta, head & 15);
    }

    public byte NextByte() => Position < _bytes.Length ? _bytes[Position++] : throw new ThriftEndException();

    public ulong ReadVarint()
    {
        var value = 0ul;
        for (var shift = 0; shift < 64; shift += 7)
        {
            var part = NextByte();
            value |= (ulong)(part & 0x7F) << shift;
            if (part < 0x80) return value;
        }
        throw new InvalidDataException("a number has more than ten bytes");
    }

    /// <summary>A zigzag number of any width.</summary>
    public long ReadInteger()
    {
        var value = ReadVarint();
        return (long)(value >> 1) ^ -(long)(value & 1);
    }

    /// <summary>A number that must fit into 31 bits: a size or a count.</summary>
    public int ReadSize()
    {
        var value = ReadInteger();
        return value is >= 0 and <= int.MaxValue ? (int)value : throw new InvalidDataException($"a size is {value}");
    }

    public string ReadText() => Encoding.UTF8.GetString(ReadBytes());

    public (int Count, int Type) ReadList()
    {
        var head = NextByte();
        var count = head >> 4;
        if (count == 15)
        {
            var large = ReadVarint();
            if (large > (ulong)(_bytes.Length - Position)) throw new ThriftEndException(); // an element has at least one byte
            count = (int)large;
        }
        return (count, head & 15);
    }

    /// <summary>Passes over a value.</summary>
    public void Skip(int type, int depth = 0)
    {
        if (depth > MaximumDepth) throw new InvalidDataException("structures are nested too deeply");
        switch (type)
        {
            case True or False:
                break;
            case 3:
                NextByte();
                break;
            case 4 or 5 or 6:
                ReadVarint();
                break;
            case 7:
                Advance(8);
                break;
            case 8:
                ReadBytes();
                break;
            case List or Set:
                var (count, element) = ReadList();
                for (var i = 0; i < count; i++) SkipElement(element, depth);
                break;
            case Map:
                var pairs = ReadVarint();
                if (pairs == 0) break;
                var types = NextByte();
                for (var i = 0ul; i < pairs; i++)
                {
                    SkipElement(types >> 4, depth);
                    SkipElement(types & 15, depth);
                }
                break;
            case Struct:
                for (var (field, inner) = NextField(0); inner != 0; (field, inner) = NextField(field)) Skip(inner, depth + 1);
                break;
            default:
                throw new InvalidDataException($"{type} is no type of a value");
        }
    }

    // In a field's head true and false are types of their own; inside a collection each is a byte.
    private void SkipElement(int type, int depth)
    {
        if (type is True or False) NextByte();
        else Skip(type, depth + 1);
    }

    private ReadOnlySpan<byte> ReadBytes()
    {
        var count = ReadVarint();
        if (count > (ulong)(_bytes.Length - Position)) throw new ThriftEndException();
        return Advance((int)count);
    }

    private ReadOnlySpan<byte> Advance(int count)
    {
        if (count > _bytes.Length - Position) throw new ThriftEndException();
        Position += count;
        return _bytes.Slice(Position - count, count);
    }
}
