using System.Text.Json;
using Puna.Models;
using Puna.Tensors;
using Xunit.Abstractions;

namespace Puna.Cli.Tests;

/// <summary>Models larger than what a conversion may hold: a synthetic one of 2 GB, most of it a hole in the file.</summary>
public sealed class LargeConversionTests(ITestOutputHelper output) : IDisposable
{
    private const long MostBytes = 150L << 20; // of the runtime, beside three times the largest tensor in single precision

    private readonly Scratch _scratch = new();

    public void Dispose() => _scratch.Dispose();

    [SkippableFact]
    [Trait("Category", "Long")]
    public void Two_gigabytes_are_converted_within_a_few_of_their_largest_tensor()
    {
        var config = LlamaConfig.Create(1024, 2816, 40, 16, 16, 32000, 2048) with { TieWordEmbeddings = true, BosTokenId = 1, EosTokenIds = [2] };
        Directory.CreateDirectory(_scratch["model"]);
        ConfigFile.Write(Path.Combine(_scratch["model"], ConfigFile.Name), config);
        var (bytes, largest) = WriteWeights(Path.Combine(_scratch["model"], HuggingFaceWeights.SingleFile), config);
        bytes.ShouldBeGreaterThan(2_000_000_000);

        Within(largest, "convert", "--from", _scratch["model"], "--to", _scratch["m.gguf"], "--type", "q8_0", "--threads", "2");
        Within(largest, "convert", "--from", _scratch["m.gguf"], "--to", _scratch["back"], "--type", "bf16", "--threads", "2");
        Within(largest, "convert", "--from", _scratch["model"], "--to", _scratch["m.bin"], "--format", "llama2c", "--threads", "2");
        Within(largest, "convert", "--from", _scratch["m.bin"], "--to", _scratch["meta"], "--format", "meta", "--type", "f16", "--threads", "2");
        var same = Child.Run("puna diff \"$1\" \"$2\" --json", _scratch["model"], _scratch["m.bin"]);
        same.Code.ShouldBe(0, same.Error);
    }

    private void Within(long largest, params string[] command)
    {
        var done = Child.Run("puna \"$@\" --json", command);
        done.Code.ShouldBe(0, done.Error);
        var peak = done.Json.GetProperty("peak_memory_bytes").GetInt64();
        output.WriteLine($"{string.Join(' ', command)}: {peak >> 20} MiB, the largest tensor has {largest >> 20} MiB");
        peak.ShouldBeLessThan((3 * largest) + MostBytes);
    }

    /// <summary>Every tensor is a hole but for its first numbers, so that writing takes no time.</summary>
    private static (long Bytes, long Largest) WriteWeights(string path, LlamaConfig config)
    {
        var tensors = Architecture.Of(config).Required(config).ToArray();
        using var buffer = new MemoryStream();
        using (var json = new Utf8JsonWriter(buffer))
        {
            json.WriteStartObject();
            var offset = 0L;
            foreach (var (name, shape) in tensors)
            {
                json.WriteStartObject(name);
                json.WriteString("dtype", "F32");
                json.WriteStartArray("shape");
                for (var i = 0; i < shape.Rank; i++) json.WriteNumberValue(shape[i]);
                json.WriteEndArray();
                json.WriteStartArray("data_offsets");
                json.WriteNumberValue(offset);
                json.WriteNumberValue(offset += shape.Count * sizeof(float));
                json.WriteEndArray();
                json.WriteEndObject();
            }
            json.WriteEndObject();
        }
        while (buffer.Length % 8 != 0) buffer.WriteByte((byte)' ');
        using var file = File.Create(path);
        file.Write(BitConverter.GetBytes(buffer.Length));
        file.Write(buffer.ToArray());
        var (start, random) = (file.Position, new CounterRandom(7));
        foreach (var (_, shape) in tensors)
        {
            for (var i = 0; i < Math.Min(1024, shape.Count); i++) file.Write(BitConverter.GetBytes((float)random.NextNormal()));
            file.Position = start += shape.Count * sizeof(float);
        }
        file.SetLength(start);
        return (start, tensors.Max(tensor => tensor.Shape.Count) * sizeof(float));
    }
}
