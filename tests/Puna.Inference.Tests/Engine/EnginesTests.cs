using Puna.Models;
using Puna.Tensors;

namespace Puna.Inference.Tests;

public class EnginesTests
{
    [Fact]
    public void A_model_that_is_opened_runs_as_its_network_does()
    {
        using var folder = new TemporaryFolder();
        using var device = new CpuDevice(1);
        var network = TinyLlama.Network();
        ModelFolder.Save(folder["m"], TinyLlama.Model(network));
        using var source = ModelSource.Open(folder["m"], requireTokenizer: false);
        using var opened = new Generator(Engines.Open(source, device, new EngineOptions { ContextLength = 40, CacheType = CacheType.Float32 }), ownsEngine: true);
        using var direct = new Generator(Engines.Open(network, device), ownsEngine: true);
        var ids = TinyLlama.Ids(30);
        Forwarder.Largest(opened.Logits(ids).ToArray(), direct.Logits(ids).ToArray()).ShouldBeLessThan(1e-5);
        (opened.ContextLength, direct.ContextLength).ShouldBe((40, 64));
    }

    [Fact]
    public void What_no_engine_can_do_is_refused_and_not_done_otherwise()
    {
        using var device = new CpuDevice(1);
        var network = TinyLlama.Network();
        string Refused(EngineOptions options) => Should.Throw<InvalidDataException>(() => Engines.Open(network, device, options)).Message;
        Refused(new EngineOptions { CacheType = CacheType.Int8 }).ShouldContain("--cache-type q8_0");
        Refused(new EngineOptions { Repack = RepackMode.Off }).ShouldContain("--repack off");
        Refused(new EngineOptions { ContextLength = 65 }).ShouldContain("1 to 64 positions");
        foreach (var type in Enum.GetValues<CacheType>()) CacheTypes.ByName(CacheTypes.NameOf(type).ToUpperInvariant()).ShouldBe(type);
        Should.Throw<InvalidDataException>(() => CacheTypes.ByName("q4")).Message.ShouldBe("--cache-type q4: use f32, f16, bf16, q8_0");
    }
}
