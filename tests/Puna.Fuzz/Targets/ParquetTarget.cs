using System.Buffers.Binary;
using Puna.Tensors;
using Puna.Tests;
using Puna.Text;

namespace Puna.Fuzz;

/// <summary>A column of text in Parquet, of two foreign writers: both page versions, all codecs that are read, plain and dictionary pages.</summary>
internal sealed class ParquetTarget : IFuzzTarget
{
    private const string Magic = "PAR1";
    private static readonly string[] Files = ["rs-v1-gzip-plain", "rs-v1-brotli", "rs-v2-gzip-dictionary", "rs-v2-snappy-dictionary", "hp-snappy", "rs-v1-snappy-dictionary", "rs-nested"];
    private readonly (byte[] Bytes, List<Field> Fields)[] _seeds;

    public ParquetTarget() => _seeds = [.. Files.Select(file => File.ReadAllBytes(SharedData.Golden($"parquet/{file}.parquet"))).Select(bytes => (bytes, Fields(bytes)))];

    public string Name => "parquet";

    public int Multiple => 64;

    public long Constant => 1 << 20;

    public byte[] Make(CounterRandom random)
    {
        var (bytes, fields) = random.Of(_seeds);
        if (random.Next(16) == 0) return Nested(random, bytes);
        return BinaryMutator.Mutate(random, bytes, fields, random.Of(_seeds).Bytes);
    }

    public long Read(byte[] bytes, FuzzFolder folder)
    {
        foreach (var document in DocumentReader.Read(folder.Write("fuzz.parquet", bytes))) _ = document.Length;
        return 0;
    }

    public bool IsPastHeader(byte[] bytes, string? refusal) => refusal is null || !(refusal.Contains("too few") || refusal.Contains("does not end as") || refusal.Contains("footer") || refusal.Contains("encrypted"));

    /// <summary>A field that nobody knows at the end of the footer: structures in structures, lists in lists, a mapping that claims to be endless.</summary>
    private static byte[] Nested(CounterRandom random, byte[] file)
    {
        var length = BinaryPrimitives.ReadInt32LittleEndian(file.AsSpan(file.Length - 8));
        var depth = 1 + random.Next(500);
        byte[] field = random.Next(4) switch
        {
            0 => [.. Enumerable.Repeat((byte)0x1C, depth), .. new byte[depth]],
            1 => [0x19, .. Enumerable.Repeat((byte)0x19, depth), 0x03, 0],
            2 => [0x1B, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0x7F, 0x11],
            _ => [0x19, 0xFC, 0xFF, 0xFF, 0xFF, 0xFF, 0x07],
        };
        byte[] footer = [.. file.AsSpan(file.Length - 8 - length, length - 1), .. field, 0];
        return [.. file.AsSpan(0, file.Length - 8 - length), .. footer, .. BitConverter.GetBytes(footer.Length), .. file.AsSpan(file.Length - 4)];
    }

    /// <summary>The footer, the headers of the pages up to the first that cannot be walked over, and bytes of the pages themselves.</summary>
    private static List<Field> Fields(byte[] file)
    {
        List<Field> fields = [new(file.Length - 8, 4)];
        var length = BinaryPrimitives.ReadInt32LittleEndian(file.AsSpan(file.Length - 8));
        var footer = file.Length - 8 - length;
        ByteMaps.OfThrift(file, footer, fields);
        for (var at = Magic.Length; at < footer;)
        {
            try
            {
                var (end, size) = ByteMaps.OfThrift(file, at, fields);
                if (size <= 0 || end + size > footer) break;
                fields.AddRange(Enumerable.Range(0, 8).Select(i => new Field(end + (size * i / 8), 1)));
                at = end + size;
            }
            catch (IndexOutOfRangeException)
            {
                break;
            }
        }
        fields.RemoveAll(field => field.At < 0 || field.At + field.Width > file.Length);
        return fields;
    }
}
