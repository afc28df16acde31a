using System.Buffers.Binary;

namespace Puna.Fuzz;

/// <summary>Where the fields of a sound file stand, a method a format.</summary>
internal static class ByteMaps
{
    private static readonly int[] GgufSizes = [1, 1, 2, 2, 4, 4, 4, 1, 0, 0, 8, 8, 8];

    /// <summary>Counts, lengths, types, sizes and offsets in the header of a GGUF file of version 3, and some bytes of text. Format: ggml-org/ggml, docs/gguf.md.</summary>
    public static List<Field> OfGguf(byte[] file)
    {
        List<Field> fields = [new(4, 4), new(8, 8), new(16, 8)];
        var at = 24;
        for (var pairs = Word(16); pairs > 0; pairs--)
        {
            Text();
            Value(Type());
        }
        for (var tensors = Word(8); tensors > 0; tensors--)
        {
            Text();
            var dimensions = Type();
            for (var i = 0; i < dimensions; i++) Number(8);
            Number(4);
            Number(8);
        }
        return fields;

        int Word(int from) => (int)BinaryPrimitives.ReadUInt64LittleEndian(file.AsSpan(from));

        void Number(int width)
        {
            fields.Add(new(at, width));
            at += width;
        }

        int Type()
        {
            Number(4);
            return BinaryPrimitives.ReadInt32LittleEndian(file.AsSpan(at - 4));
        }

        void Text()
        {
            Number(8);
            var length = Word(at - 8);
            if (length > 0) fields.Add(new(at, 1));
            at += length;
        }

        void Value(int type)
        {
            if (type == 8) Text();
            else if (type != 9)
            {
                fields.Add(new(at, GgufSizes[type]));
                at += GgufSizes[type];
            }
            else
            {
                var element = Type();
                Number(8);
                for (var count = Word(at - 8); count > 0; count--)
                {
                    if (element is 8 or 9) Value(element);
                    else at += GgufSizes[element];
                }
            }
        }
    }

    /// <summary>Tags, lengths and numbers of a protobuf message, on two levels.</summary>
    public static List<Field> OfProtobuf(byte[] file)
    {
        List<Field> fields = [];
        Message(0, file.Length, 0);
        return fields;

        void Message(int at, int end, int depth)
        {
            while (at < end)
            {
                fields.Add(new(at, 1));
                var wire = file[at] & 7;
                Number(ref at, end);
                if (at >= end) return;
                fields.Add(new(at, 1));
                if (wire == 5) at += 4;
                else if (wire == 1) at += 8;
                else if (Number(ref at, end) is var length && wire == 2)
                {
                    if (length < 0 || length > end - at) return;
                    if (depth < 1) Message(at, at + (int)length, depth + 1);
                    at += (int)length;
                }
            }
        }

        long Number(ref int at, int end)
        {
            var value = 0L;
            for (var shift = 0; at < end; shift += 7)
            {
                value |= (long)(file[at] & 0x7F) << shift;
                if (file[at++] < 0x80 || shift > 56) break;
            }
            return value;
        }
    }

    /// <summary>Heads of fields, numbers, lengths and counts of Thrift's compact protocol from a place on.</summary>
    /// <returns>Where the structure ends, and the number of field 3, which in a page's header is its size.</returns>
    public static (int End, int Third) OfThrift(byte[] file, int at, List<Field> fields)
    {
        var third = 0;
        Struct(0);
        return (at, third);

        void Struct(int depth)
        {
            for (var field = 0; ;)
            {
                fields.Add(new(at, 1));
                var head = file[at++];
                if (head == 0) return;
                field = head >> 4 == 0 ? (int)Number() : field + (head >> 4);
                var value = Value(head & 15, depth);
                if (depth == 0 && field == 3) third = (int)((value >> 1) ^ -(value & 1));
            }
        }

        long Value(int type, int depth)
        {
            switch (type)
            {
                case 1 or 2: return 0;
                case 3:
                    fields.Add(new(at++, 1));
                    return 0;
                case 4 or 5 or 6:
                    fields.Add(new(at, 1));
                    return Number();
                case 7:
                    fields.Add(new(at, 8));
                    at += 8;
                    return 0;
                case 8:
                    fields.Add(new(at, 1));
                    var length = (int)Number();
                    at += length;
                    return 0;
                case 9 or 10:
                    fields.Add(new(at, 1));
                    var head = file[at++];
                    var count = head >> 4 == 15 ? Number() : head >> 4;
                    for (; count > 0; count--)
                    {
                        if ((head & 15) is 1 or 2) at++;
                        else Value(head & 15, depth + 1);
                    }
                    return 0;
                default:
                    Struct(depth + 1);
                    return 0;
            }
        }

        long Number()
        {
            var value = 0L;
            for (var shift = 0; ; shift += 7)
            {
                value |= (long)(file[at] & 0x7F) << shift;
                if (file[at++] < 0x80) return value;
            }
        }
    }

    /// <summary>Sizes and offsets of a zip archive: local heads, the directory and its end. Format: PKWARE's APPNOTE.</summary>
    public static List<Field> OfZip(byte[] file)
    {
        List<Field> fields = [];
        for (var at = 0; at + 4 <= file.Length; at++)
        {
            int[] widths = BinaryPrimitives.ReadUInt32LittleEndian(file.AsSpan(at)) switch
            {
                0x04034B50 => [4, 2, 2, 2, 2, 2, 4, 4, 4, 2, 2],
                0x02014B50 => [4, 2, 2, 2, 2, 2, 2, 4, 4, 4, 2, 2, 2, 2, 2, 4, 4],
                0x06054B50 => [4, 2, 2, 2, 2, 4, 4, 2],
                _ => [],
            };
            var place = at;
            foreach (var width in widths)
            {
                if (place + width <= file.Length) fields.Add(new(place, width));
                place += width;
            }
        }
        return fields;
    }
}
