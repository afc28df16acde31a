using System.Buffers.Binary;
using Puna.Tensors;

namespace Puna.Models.Tests;

/// <summary>
/// Damage that knows the format: walks the header of a sound file, notes every length, count, type, size and offset in it, and changes one to three of them to
/// values that hurt. A pure function of its seed, for tests and for fuzzers alike.
/// </summary>
internal static class GgufMutations
{
    private static readonly int[] Sizes = [1, 1, 2, 2, 4, 4, 4, 1, 0, 0, 8, 8, 8];

    /// <summary>So many damaged copies of a sound GGUF file (version 3).</summary>
    public static IEnumerable<byte[]> Of(byte[] sound, ulong seed, int count)
    {
        var random = new CounterRandom(seed);
        var fields = Fields(sound);
        for (var n = 0; n < count; n++)
        {
            var bytes = (byte[])sound.Clone();
            for (var changes = 1 + random.Next(3); changes > 0; changes--)
            {
                var (at, width) = fields[random.Next(fields.Count)];
                var old = width == 8 ? BinaryPrimitives.ReadUInt64LittleEndian(bytes.AsSpan(at)) : width == 4 ? BinaryPrimitives.ReadUInt32LittleEndian(bytes.AsSpan(at)) : bytes[at];
                var value = Value(random, old, (ulong)bytes.Length);
                if (width == 8) BinaryPrimitives.WriteUInt64LittleEndian(bytes.AsSpan(at), value);
                else if (width == 4) BinaryPrimitives.WriteUInt32LittleEndian(bytes.AsSpan(at), (uint)value);
                else bytes[at] = (byte)value;
            }
            yield return random.Next(8) == 0 ? bytes[..random.Next(bytes.Length)] : bytes;
        }
    }

    private static ulong Value(CounterRandom random, ulong old, ulong length) => random.Next(12) switch
    {
        0 => 0,
        1 => 1,
        2 => ulong.MaxValue,
        3 => long.MaxValue,
        4 => int.MaxValue,
        5 => 1ul << (8 * random.Next(8)),
        6 => old + 1,
        7 => old - 1,
        8 => old * 2,
        9 => length - (ulong)random.Next(64),
        10 => (ulong)random.Next(41), // types
        _ => old ^ (1ul << random.Next(64)),
    };

    /// <summary>Where numbers stand in the header that say how the rest is to be read, and some bytes of text.</summary>
    private static List<(int At, int Width)> Fields(byte[] file)
    {
        List<(int, int)> fields = [(0, 4), (4, 4), (8, 8), (16, 8)];
        var at = 24;
        for (var pairs = Word(16); pairs > 0; pairs--)
        {
            Text();
            var type = Type();
            Value(type);
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
            fields.Add((at, width));
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
            if (length > 0) fields.Add((at, 1));
            at += length;
        }

        void Value(int type)
        {
            if (type == 8) Text();
            else if (type != 9) Scalar(Sizes[type] is 4 or 8 ? Sizes[type] : 1, Sizes[type]);
            else
            {
                var element = Type();
                Number(8);
                for (var count = Word(at - 8); count > 0; count--)
                {
                    if (element is 8 or 9) Value(element);
                    else at += Sizes[element];
                }
            }
        }

        void Scalar(int width, int size)
        {
            fields.Add((at, width));
            at += size;
        }
    }
}
