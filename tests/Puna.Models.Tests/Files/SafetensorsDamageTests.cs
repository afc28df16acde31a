using System.Text;
using Puna.Tensors;
using Puna.Tests;

namespace Puna.Models.Tests;

/// <summary>Whatever was done to a file, the reader answers with one sentence, and takes no more memory than the file has bytes.</summary>
public class SafetensorsDamageTests
{
    private const long MostBytes = 1 << 20;

    [Fact]
    public void A_file_cut_short_anywhere_is_refused()
    {
        using var folder = new TemporaryFolder();
        var whole = SmallFile(folder);
        for (var length = 0; length < whole.Length; length++)
        {
            File.WriteAllBytes(folder["cut"], whole[..length]);
            Should.Throw<InvalidDataException>(() => new SafetensorsFile(folder["cut"])).Message.ShouldContain("cut");
        }
    }

    [Fact]
    public void Four_thousand_changed_files_are_refused_or_read_and_never_crash()
    {
        using var folder = new TemporaryFolder();
        var whole = SmallFile(folder);
        var header = (int)BitConverter.ToInt64(whole) + 8;
        var random = new CounterRandom(20261121);
        var refused = 0;
        var before = GC.GetTotalAllocatedBytes(true);
        for (var n = 0; n < 4000; n++)
        {
            var bytes = (byte[])whole.Clone();
            for (var changes = 1 + random.Next(4); changes > 0; changes--) bytes[random.Next(header)] = Replacement(random);
            File.WriteAllBytes(folder["changed"], bytes);
            if (!IsRead(folder["changed"])) refused++;
        }
        refused.ShouldBeGreaterThan(2500);
        ((GC.GetTotalAllocatedBytes(true) - before) / 4000).ShouldBeLessThan(MostBytes);
    }

    [Fact]
    public void Headers_with_parts_left_out_doubled_or_swapped_never_crash()
    {
        using var folder = new TemporaryFolder();
        var whole = SmallFile(folder);
        var header = Encoding.UTF8.GetString(whole, 8, (int)BitConverter.ToInt64(whole)).TrimEnd();
        var data = whole[((int)BitConverter.ToInt64(whole) + 8)..];
        var random = new CounterRandom(3);
        for (var n = 0; n < 2000; n++)
        {
            var (from, length, to) = (random.Next(header.Length), random.Next(30), random.Next(header.Length));
            var part = header.Substring(from, Math.Min(length, header.Length - from));
            var text = n % 2 == 0 ? header.Remove(from, part.Length) : header.Insert(to, part);
            Write(folder["changed"], text, data);
            IsRead(folder["changed"]);
        }
    }

    [Fact]
    public void A_damaged_index_of_shards_is_refused_or_read_and_never_crashes()
    {
        using var folder = new TemporaryFolder();
        var source = SharedData.Golden("models/c_mqa_tied");
        File.Copy(Path.Combine(source, "model.safetensors"), folder["shard.safetensors"]);
        using var whole = new SafetensorsFile(folder["shard.safetensors"]);
        var index = "{\"weight_map\":{" + string.Join(',', whole.Entries.Keys.Select(name => $"\"{name}\":\"shard.safetensors\"")) + "}}";
        var random = new CounterRandom(17);
        for (var n = 0; n < 500; n++)
        {
            var bytes = Encoding.UTF8.GetBytes(index);
            bytes[random.Next(bytes.Length)] = Replacement(random);
            File.WriteAllBytes(folder["model.safetensors.index.json"], bytes);
            Answer(() => new HuggingFaceWeights(folder.Root).Dispose());
        }
    }

    private static bool IsRead(string path) => Answer(() =>
    {
        using var file = new SafetensorsFile(path);
        foreach (var entry in file.Entries.Values)
        {
            if (entry.Shape.Count is > 0 and < 5 && entry.Type is "F32" or "I64" or "BF16") file.Read(entry.Name);
        }
    });

    private static bool Answer(Action read)
    {
        try
        {
            read();
            return true;
        }
        catch (Exception error) when (error is InvalidDataException or FileNotFoundException)
        {
            error.Message.ShouldNotBeEmpty();
            error.Message.ShouldNotContain("\n");
            return false;
        }
    }

    private static byte Replacement(CounterRandom random) => random.Next(2) == 0 ? (byte)random.Next(256) : (byte)"0123456789[]{},:\"-.e\\u"[random.Next(22)];

    private static byte[] SmallFile(TemporaryFolder folder)
    {
        SafetensorsWriter.Write(folder["whole"],
        [
            ("a", new Tensor(DType.Float32, new Shape(3, 5))), ("b", new Tensor(DType.Int64, new Shape(4))), ("c", new Tensor(DType.BFloat16, new Shape(2, 2, 2))),
        ]);
        return File.ReadAllBytes(folder["whole"]);
    }

    internal static void Write(string path, string header, byte[] data)
    {
        var text = Encoding.UTF8.GetBytes(header);
        File.WriteAllBytes(path, [.. BitConverter.GetBytes((long)text.Length), .. text, .. data]);
    }
}
