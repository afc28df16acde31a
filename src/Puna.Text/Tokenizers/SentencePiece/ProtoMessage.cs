using System.Text;
using Google.Protobuf;

namespace Puna.Text;

/// <summary>
/// One protobuf message as its fields in file order. What nobody asks for stays as it was read, so a file written again keeps
/// fields that this build does not know.
/// </summary>
internal sealed class ProtoMessage
{
    private static readonly UTF8Encoding Strict = new(false, true);
    private readonly List<Entry> entries = [];
    private readonly record struct Entry(int Field, WireFormat.WireType Wire, ulong Number, byte[]? Bytes);

    public static ProtoMessage Parse(byte[] data, string name)
    {
        var message = new ProtoMessage();
        try
        {
            using var input = new CodedInputStream(data);
            for (var tag = input.ReadTag(); tag != 0; tag = input.ReadTag())
            {
                var wire = WireFormat.GetTagWireType(tag);
                var field = WireFormat.GetTagFieldNumber(tag);
                message.entries.Add(wire switch
                {
                    WireFormat.WireType.Varint => new(field, wire, input.ReadUInt64(), null),
                    WireFormat.WireType.Fixed64 => new(field, wire, input.ReadFixed64(), null),
                    WireFormat.WireType.Fixed32 => new(field, wire, input.ReadFixed32(), null),
                    WireFormat.WireType.LengthDelimited => new(field, wire, 0, input.ReadBytes().ToByteArray()),
                    _ => throw new InvalidDataException($"{name}: field {field} has wire type {(int)wire} near byte {input.Position}; this is no SentencePiece model, or a damaged one."),
                });
            }
        }
        catch (InvalidProtocolBufferException error)
        {
            throw new InvalidDataException($"{name}: {data.Length} bytes do not form a protobuf message ({error.Message.TrimEnd('.')}); this is no SentencePiece model, or a damaged one.", error);
        }
        return message;
    }

    public byte[] ToBytes()
    {
        using var stream = new MemoryStream();
        using (var output = new CodedOutputStream(stream, leaveOpen: true))
            foreach (var entry in entries)
            {
                output.WriteTag(entry.Field, entry.Wire);
                if (entry.Bytes is { } bytes) output.WriteBytes(ByteString.CopyFrom(bytes));
                else if (entry.Wire == WireFormat.WireType.Varint) output.WriteUInt64(entry.Number);
                else if (entry.Wire == WireFormat.WireType.Fixed32) output.WriteFixed32((uint)entry.Number);
                else output.WriteFixed64(entry.Number);
            }
        return stream.ToArray();
    }

    public IEnumerable<byte[]> AllBytes(int field, string name)
    {
        foreach (var entry in entries)
            if (entry.Field == field) yield return entry.Bytes ?? throw Mistyped(field, name);
    }

    public byte[]? GetBytes(int field, string name) => Last(field) is { } entry ? entry.Bytes ?? throw Mistyped(field, name) : null;

    public string? GetString(int field, string name) => GetBytes(field, name) is { } bytes ? Text(bytes, field, name) : null;

    public IEnumerable<string> AllStrings(int field, string name) => AllBytes(field, name).Select(bytes => Text(bytes, field, name));

    public long GetInteger(int field, long absent, string name) =>
        Last(field) is not { } entry ? absent : entry.Wire == WireFormat.WireType.Varint ? (long)entry.Number : throw Mistyped(field, name);

    public float GetFloat(int field, float absent, string name) =>
        Last(field) is not { } entry ? absent : entry.Wire == WireFormat.WireType.Fixed32 ? BitConverter.UInt32BitsToSingle((uint)entry.Number) : throw Mistyped(field, name);

    public void Set(int field, string value) => Replace(new(field, WireFormat.WireType.LengthDelimited, 0, Strict.GetBytes(value)));

    public void Set(int field, byte[] value) => Replace(new(field, WireFormat.WireType.LengthDelimited, 0, value));

    public void Set(int field, long value) => Replace(new(field, WireFormat.WireType.Varint, (ulong)value, null));

    public void Set(int field, float value) => Replace(new(field, WireFormat.WireType.Fixed32, BitConverter.SingleToUInt32Bits(value), null));

    public void SetAll(int field, IEnumerable<byte[]> values)
    {
        var at = entries.FindIndex(e => e.Field == field);
        entries.RemoveAll(e => e.Field == field);
        entries.InsertRange(at < 0 ? entries.Count : at, values.Select(v => new Entry(field, WireFormat.WireType.LengthDelimited, 0, v)));
    }

    public void SetAll(int field, IEnumerable<string> values) => SetAll(field, values.Select(Strict.GetBytes));

    private void Replace(Entry entry)
    {
        var at = entries.FindIndex(e => e.Field == entry.Field);
        entries.RemoveAll(e => e.Field == entry.Field);
        entries.Insert(at < 0 ? entries.Count : at, entry);
    }

    private Entry? Last(int field)
    {
        for (var i = entries.Count - 1; i >= 0; i--)
            if (entries[i].Field == field) return entries[i];
        return null;
    }

    private static string Text(byte[] bytes, int field, string name)
    {
        try
        {
            return Strict.GetString(bytes);
        }
        catch (DecoderFallbackException error)
        {
            throw new InvalidDataException($"{name}: the text of field {field} is not UTF-8 at its byte {error.Index}; the file is damaged.", error);
        }
    }

    private static InvalidDataException Mistyped(int field, string name) =>
        new($"{name}: field {field} has the wrong wire type; this is no SentencePiece model, or a damaged one.");
}
