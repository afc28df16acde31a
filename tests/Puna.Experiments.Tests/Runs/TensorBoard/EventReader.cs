using System.Buffers.Binary;
using System.Text;

namespace Puna.Experiments.Tests.Runs;

/// <summary>What a test wants of an event.</summary>
internal sealed record ReadEvent(double WallTime, long Step)
{
    public string? FileVersion { get; init; }

    public long? SessionStatus { get; init; }

    public Dictionary<string, float> Scalars { get; } = [];

    public Dictionary<string, string> Texts { get; } = [];
}

/// <summary>
/// Reads event files by the descriptions of the formats alone, bit by bit where the writer takes the processor's instruction: a checksum that is wrong, a
/// field that is not known or a byte too many fails the test.
/// </summary>
internal static class EventReader
{
    /// <summary>All events of a folder as TensorBoard orders them: file after file by name.</summary>
    public static List<ReadEvent> ReadFolder(string folder) => [.. Directory.GetFiles(folder).Order(StringComparer.Ordinal).SelectMany(ReadFile)];

    /// <summary>What TensorBoard shows: a session that starts drops what earlier ones said of its step and later ones.</summary>
    public static List<ReadEvent> Shown(string folder)
    {
        var shown = new List<ReadEvent>();
        foreach (var one in ReadFolder(folder))
        {
            if (one.SessionStatus == 1) shown.RemoveAll(earlier => earlier.Step >= one.Step);
            else shown.Add(one);
        }
        return shown;
    }

    public static List<ReadEvent> ReadFile(string path)
    {
        using var stream = new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite);
        using var memory = new MemoryStream();
        stream.CopyTo(memory);
        return [.. Records(memory.ToArray()).Select(Event)];
    }

    public static List<byte[]> Records(byte[] file)
    {
        var records = new List<byte[]>();
        for (var at = 0; at < file.Length;)
        {
            var length = (int)BinaryPrimitives.ReadUInt64LittleEndian(file.AsSpan(at));
            Unmask(BinaryPrimitives.ReadUInt32LittleEndian(file.AsSpan(at + 8))).ShouldBe(Crc(file.AsSpan(at, 8)));
            var data = file.AsSpan(at + 12, length);
            Unmask(BinaryPrimitives.ReadUInt32LittleEndian(file.AsSpan(at + 12 + length))).ShouldBe(Crc(data));
            records.Add(data.ToArray());
            at += 16 + length;
        }
        return records;
    }

    /// <summary>CRC-32C, a bit at a time, of the reflected polynomial 0x1EDC6F41.</summary>
    public static uint Crc(ReadOnlySpan<byte> data)
    {
        var crc = 0xFFFFFFFFu;
        foreach (var value in data)
        {
            crc ^= value;
            for (var bit = 0; bit < 8; bit++) crc = (crc & 1) != 0 ? (crc >> 1) ^ 0x82F63B78u : crc >> 1;
        }
        return crc ^ 0xFFFFFFFFu;
    }

    private static uint Unmask(uint masked)
    {
        var rotated = masked - 0xa282ead8u;
        return (rotated >> 17) | (rotated << 15);
    }

    private static ReadEvent Event(byte[] record)
    {
        var fields = Fields(record);
        fields.Select(field => field.Number).ShouldBeSubsetOf([1, 2, 3, 5, 7]);
        var read = new ReadEvent(BitConverter.Int64BitsToDouble((long)fields.Single(field => field.Number == 1).Value), (long)fields.SingleOrDefault(field => field.Number == 2).Value)
        {
            FileVersion = fields.Where(field => field.Number == 3).Select(field => Encoding.UTF8.GetString(field.Bytes)).SingleOrDefault(),
            SessionStatus = fields.Where(field => field.Number == 7).Select(field => (long?)Fields(field.Bytes).Single(inner => inner.Number == 1).Value).SingleOrDefault(),
        };
        foreach (var summary in fields.Where(field => field.Number == 5))
            foreach (var value in Fields(summary.Bytes))
                Value(read, Fields(value.Bytes));
        return read;
    }

    private static void Value(ReadEvent read, List<Field> value)
    {
        var tag = Encoding.UTF8.GetString(value.Single(field => field.Number == 1).Bytes);
        foreach (var scalar in value.Where(field => field.Number == 2)) read.Scalars.Add(tag, BitConverter.UInt32BitsToSingle((uint)scalar.Value));
        foreach (var tensor in value.Where(field => field.Number == 8).Select(field => Fields(field.Bytes)))
        {
            tensor.Single(field => field.Number == 1).Value.ShouldBe(7u); // DT_STRING
            tensor.Single(field => field.Number == 2).Bytes.ShouldBeEmpty(); // no dimension
            read.Texts.Add(tag, Encoding.UTF8.GetString(tensor.Single(field => field.Number == 8).Bytes));
            var metadata = Fields(value.Single(field => field.Number == 9).Bytes);
            Encoding.UTF8.GetString(Fields(metadata.Single(field => field.Number == 1).Bytes).Single(field => field.Number == 1).Bytes).ShouldBe("text");
        }
    }

    private readonly record struct Field(int Number, ulong Value, byte[] Bytes);

    private static List<Field> Fields(byte[] message)
    {
        var fields = new List<Field>();
        for (var at = 0; at < message.Length;)
        {
            var tag = Varint(message, ref at);
            var number = (int)(tag >> 3);
            switch (tag & 7)
            {
                case 0: fields.Add(new Field(number, Varint(message, ref at), [])); break;
                case 1: fields.Add(new Field(number, BinaryPrimitives.ReadUInt64LittleEndian(message.AsSpan(at)), [])); at += 8; break;
                case 5: fields.Add(new Field(number, BinaryPrimitives.ReadUInt32LittleEndian(message.AsSpan(at)), [])); at += 4; break;
                case 2:
                    var length = (int)Varint(message, ref at);
                    fields.Add(new Field(number, 0, message[at..(at + length)]));
                    at += length;
                    break;
                default: throw new InvalidDataException($"wire type {tag & 7}");
            }
        }
        return fields;
    }

    private static ulong Varint(byte[] message, ref int at)
    {
        var value = 0UL;
        for (var shift = 0; ; shift += 7)
        {
            var part = message[at++];
            value |= (ulong)(part & 0x7f) << shift;
            if (part < 0x80) return value;
        }
    }
}
