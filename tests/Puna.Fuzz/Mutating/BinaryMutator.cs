using System.Buffers.Binary;
using Puna.Tensors;

namespace Puna.Fuzz;

/// <summary>A number in a file: a length, an offset, a count, a type, a byte of text.</summary>
/// <param name="At">Its first byte.</param>
/// <param name="Width">1, 2, 4 or 8 bytes, little-endian.</param>
internal readonly record struct Field(int At, int Width);

/// <summary>Damage to bytes whose fields are known: one to three of them changed, now and then the whole cut, doubled, spliced or strewn with noise.</summary>
internal static class BinaryMutator
{
    private const int StructureOneIn = 8;

    /// <summary>A damaged copy.</summary>
    /// <param name="random">Decides.</param>
    /// <param name="sound">The file.</param>
    /// <param name="fields">Its fields.</param>
    /// <param name="donor">Another sound file, whose end may be put behind the beginning of this one.</param>
    public static byte[] Mutate(CounterRandom random, byte[] sound, IReadOnlyList<Field> fields, byte[] donor)
    {
        var bytes = (byte[])sound.Clone();
        for (var changes = random.Next(2) == 0 ? 1 : 1 + random.Next(3); changes > 0 && fields.Count > 0; changes--) Change(random, bytes, random.Of(fields));
        return random.Next(StructureOneIn) == 0 ? Structure(random, bytes, donor) : bytes;
    }

    /// <summary>Cuts, doubles, removes, splices, appends or strews.</summary>
    public static byte[] Structure(CounterRandom random, byte[] bytes, byte[] donor)
    {
        var at = random.Next(bytes.Length + 1);
        var length = Math.Min(random.Next(64), bytes.Length - at);
        switch (random.Next(6))
        {
            case 0: return bytes[..at];
            case 1: return [.. bytes, .. Noise(random, 1 + random.Next(64))];
            case 2: return [.. bytes[..(at + length)], .. bytes[at..]];
            case 3: return [.. bytes[..at], .. bytes[(at + length)..]];
            case 4: return [.. bytes[..at], .. donor[Math.Min(at, donor.Length)..]];
            default:
                for (var count = 1 + random.Next(8); count > 0 && bytes.Length > 0; count--) bytes[random.Next(bytes.Length)] = (byte)random.Next(256);
                return bytes;
        }
    }

    public static byte[] Noise(CounterRandom random, int count) => [.. Enumerable.Range(0, count).Select(_ => (byte)random.Next(256))];

    private static void Change(CounterRandom random, byte[] bytes, Field field)
    {
        var place = bytes.AsSpan(field.At, field.Width);
        switch (field.Width)
        {
            case 1: place[0] = (byte)Nasty.InPlaceOf(random, place[0], bytes.Length); break;
            case 2: BinaryPrimitives.WriteUInt16LittleEndian(place, (ushort)Nasty.InPlaceOf(random, BinaryPrimitives.ReadUInt16LittleEndian(place), bytes.Length)); break;
            case 4: BinaryPrimitives.WriteUInt32LittleEndian(place, (uint)Nasty.InPlaceOf(random, BinaryPrimitives.ReadUInt32LittleEndian(place), bytes.Length)); break;
            default: BinaryPrimitives.WriteUInt64LittleEndian(place, Nasty.InPlaceOf(random, BinaryPrimitives.ReadUInt64LittleEndian(place), bytes.Length)); break;
        }
    }
}
