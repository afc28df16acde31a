using Puna.Models;
using Puna.Tensors;

namespace Puna.Inference.Tests;

public sealed class SequenceFileTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();
    private readonly CpuDevice _device = new(1);
    private readonly int[] _prompt = TinyLlama.Ids(20);

    public void Dispose()
    {
        _folder.Dispose();
        _device.Dispose();
    }

    [Fact]
    public void What_was_saved_goes_on_bit_by_bit_and_computes_nothing_again()
    {
        var path = Save();
        using var whole = new Generator(TinyLlama.Network(), _device);
        int[] longer = [.. _prompt, 5, 6, 7];
        whole.Logits(_prompt);
        var expected = whole.Logits(longer).ToArray();
        using var other = new Generator(TinyLlama.Network(), _device);
        other.Logits(TinyLlama.Ids(9, seed: 3)); // something else was there
        other.LoadCache(path).ShouldBe(20);
        other.CachedPositions.ShouldBe(20);
        other.Logits(longer).ToArray().ShouldBe(expected);
        other.Generate(longer, new SamplerChain(SamplingOptions.Greedy), new GenerationOptions { MaxOutputTokens = 1, StopIds = [-1] }).Count().ShouldBe(1);
        other.Statistics.CachedTokens.ShouldBe(22);
        _folder.Entries.ShouldBe(["kv"]); // nothing half-written
    }

    [Fact]
    public void An_empty_cache_can_be_saved_too()
    {
        using var generator = new Generator(TinyLlama.Network(), _device);
        generator.SaveCache(_folder["empty"]);
        generator.LoadCache(_folder["empty"]).ShouldBe(0);
        Should.Throw<FileNotFoundException>(() => generator.LoadCache(_folder["none"]));
    }

    [Fact]
    public void Another_models_cache_is_refused()
    {
        var path = Save();
        foreach (var network in (LanguageNetwork[])[TinyLlama.Network(seed: 2), TinyLlama.Network(TinyLlama.Config() with { RopeTheta = 20000 }), TinyLlama.Network(TinyLlama.Config(keyValueHeads: 4))])
        {
            using var other = new Generator(network, _device);
            Refused(other, path).ShouldContain("computed by another model");
        }
        using var rounded = new Generator(TinyLlama.Network(), _device, precision: Precision.BFloat16);
        Refused(rounded, path).ShouldContain("another precision");
        using var shorter = new Generator(TinyLlama.Network(), _device, contextLength: 16);
        Refused(shorter, path).ShouldContain("holds 20 positions, and the context has 16");
    }

    [Fact]
    public void Every_byte_counts()
    {
        var bytes = File.ReadAllBytes(Save());
        using var generator = new Generator(TinyLlama.Network(), _device);
        generator.Logits([1, 2, 3]);
        var random = new CounterRandom(1);
        for (var i = 0; i < 400; i++)
        {
            var place = i < 100 ? i : random.Next(bytes.Length);
            var damaged = bytes.ToArray();
            damaged[place] ^= (byte)(1 + random.Next(255));
            File.WriteAllBytes(_folder["damaged"], damaged);
            Should.Throw<InvalidDataException>(() => generator.LoadCache(_folder["damaged"]), $"byte {place}");
        }
        foreach (var length in (int[])[0, 7, 51, 100, bytes.Length - 1, bytes.Length + 1])
        {
            var cut = bytes.ToArray();
            Array.Resize(ref cut, length);
            File.WriteAllBytes(_folder["damaged"], cut);
            Should.Throw<InvalidDataException>(() => generator.LoadCache(_folder["damaged"]), $"{length} bytes");
        }
        generator.CachedPositions.ShouldBe(3); // what was there is there
    }

    private string Save()
    {
        using var generator = new Generator(TinyLlama.Network(), _device);
        generator.Logits(_prompt);
        generator.SaveCache(_folder["kv"]);
        return _folder["kv"];
    }

    private static string Refused(Generator generator, string path) => Should.Throw<InvalidDataException>(() => generator.LoadCache(path)).Message;
}
