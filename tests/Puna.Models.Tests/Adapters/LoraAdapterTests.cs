using Puna.Tensors;
using Puna.Tests;

namespace Puna.Models.Tests;

public class LoraAdapterTests
{
    [SkippableTheory]
    [InlineData("b_r8_alpha16")]
    [InlineData("b_r8_alpha16_rslora")]
    public void Merged_weights_and_their_logits_are_those_of_the_golden_adapter(string name)
    {
        var folder = SharedData.Shared($"golden/lora/{name}");
        using var expected = new SafetensorsFile(Path.Combine(folder, "expected.safetensors"));
        var network = ModelFolder.Load(GoldenModel.FolderOf("b_llama3_gqa"), requireTokenizer: false).Network;
        LoraAdapter.Load(folder).MergeInto(network);
        var merged = expected.Tensors.Keys.Where(key => key.StartsWith("merged.", StringComparison.Ordinal)).ToArray();
        merged.Length.ShouldBe(14);
        foreach (var key in merged)
        {
            var weight = network.Parameters.Single(parameter => parameter.Name == key["merged.".Length..]).Tensor;
            GoldenModel.LargestDifference(GoldenModel.ToDouble(weight), expected.Read(key, DType.Float64).ToArray<double>()).ShouldBeLessThan(1e-6, key);
        }
        var ids = expected.Read("input_ids", DType.Int32);
        using var forwarder = new Forwarder();
        var logits = forwarder.Logits(network, ids.ToArray<int>(), batch: (int)ids.Shape[0]).SelectMany(row => row).Select(value => (double)value).ToArray();
        GoldenModel.RelativeL2(logits, expected.Read("logits", DType.Float64).ToArray<double>()).ShouldBeLessThan(1e-5);
    }

    [SkippableFact]
    public void An_adapter_is_saved_as_it_was_read()
    {
        using var copy = new TemporaryFolder();
        var folder = SharedData.Shared("golden/lora/b_r8_alpha16_rslora");
        var adapter = LoraAdapter.Load(folder);
        adapter.Save(copy.Root);
        var again = LoraAdapter.Load(copy.Root);
        (again.Config with { TargetModules = [], AlphaPattern = adapter.Config.AlphaPattern, RankPattern = adapter.Config.RankPattern }).ShouldBe(adapter.Config with { TargetModules = [] });
        again.Config.TargetModules.ShouldBe(adapter.Config.TargetModules);
        using var one = new SafetensorsFile(Path.Combine(folder, LoraAdapter.WeightsFile));
        using var other = new SafetensorsFile(copy[LoraAdapter.WeightsFile]);
        other.Tensors.Keys.Order().ShouldBe(one.Tensors.Keys.Order());
        foreach (var name in one.Tensors.Keys) other.Bytes(name).ToArray().ShouldBe(one.Bytes(name).ToArray(), name);
    }

    [SkippableTheory]
    [InlineData("b_r8_alpha16")]
    [InlineData("b_r8_alpha16_rslora")]
    public void Weights_read_with_an_adapter_are_the_merged_ones(string name)
    {
        using var target = new TemporaryFolder();
        using var pool = new WorkerPool(1);
        var (model, folder) = (GoldenModel.FolderOf("b_llama3_gqa"), SharedData.Shared($"golden/lora/{name}"));
        var network = ModelFolder.Load(model, requireTokenizer: false).Network;
        LoraAdapter.Load(folder).MergeInto(network);
        TinyLlama.Weights(ModelPath.Load(model, requireTokenizer: false, adapter: folder).Network).ShouldBe(TinyLlama.Weights(network));
        using (var source = ModelSource.Open(model, requireTokenizer: false, adapter: folder)) ModelConverter.Convert(source, target["merged.gguf"], ModelFormat.Gguf, null, pool);
        TinyLlama.Weights(ModelPath.Load(target["merged.gguf"], requireTokenizer: false).Network).ShouldBe(TinyLlama.Weights(network));
        Should.Throw<InvalidDataException>(() => ModelSource.Open(GoldenModel.FolderOf("c_mqa_tied"), requireTokenizer: false, adapter: folder)).Message.ShouldContain("was made for");
    }

    [Fact]
    public void Patterns_are_regular_expressions_of_the_end_of_a_name()
    {
        var config = new LoraConfig { Rank = 8, Alpha = 16, RankPattern = new Dictionary<string, int> { ["model.layers.[01].self_attn.q_proj"] = 4, ["k_proj|v_proj"] = 2 }, AlphaPattern = new Dictionary<string, double> { ["mlp\\..*_proj"] = 32 } };
        config.RankOf("model.layers.0.self_attn.q_proj").ShouldBe(4);
        config.RankOf("model.layers.2.self_attn.q_proj").ShouldBe(8);
        config.RankOf("model.layers.2.self_attn.v_proj").ShouldBe(2);
        config.RankOf("model.layers.2.self_attn.xv_proj").ShouldBe(8);
        config.Scale("model.layers.0.mlp.up_proj", 8).ShouldBe(4);
        config.Scale("model.layers.0.self_attn.o_proj", 8).ShouldBe(2);
        using var folder = new TemporaryFolder();
        foreach (var pattern in (string[])["(", "(a)\\\\1"])
        {
            File.WriteAllText(folder["adapter_config.json"], $"{{\"peft_type\": \"LORA\", \"r\": 8, \"rank_pattern\": {{\"{pattern}\": 4}}}}");
            Should.Throw<InvalidDataException>(() => LoraConfig.Read(folder["adapter_config.json"])).Message.ShouldContain("adapter_config.json");
        }
    }

    [Fact]
    public void An_adapter_that_changes_nothing_is_refused()
    {
        var network = TinyLlama.Network();
        var module = new LoraModule("model.layers.0.self_attn.q_proj", new Tensor(DType.Float32, new Shape(4, 32)), new Tensor(DType.Float32, new Shape(32, 4)));
        module.A.Span<float>().Fill(1);
        var adapter = new LoraAdapter(new LoraConfig { Rank = 4, Alpha = 8 }, [module]);
        Should.Throw<InvalidDataException>(() => adapter.MergeInto(network)).Message.ShouldContain("changes nothing");
        Should.Throw<InvalidDataException>(() => new AdaptedWeights(new NetworkWeights(network), adapter)).Message.ShouldContain("changes nothing");
        module.B.Span<float>()[5] = 1;
        var before = TinyLlama.Weights(network);
        adapter.MergeInto(network);
        TinyLlama.Weights(network).Zip(before).Count(pair => pair.First != pair.Second).ShouldBe(32);
    }

    [SkippableFact]
    public void An_adapter_of_another_model_is_refused_and_changes_nothing()
    {
        var adapter = LoraAdapter.Load(SharedData.Shared("golden/lora/b_r8_alpha16"));
        var network = LanguageNetwork.Create(LlamaConfig.Create(64, 100, 2, 8, 2, 130, 32));
        network.Initialize(1);
        var before = network.Parameters.Select(parameter => parameter.Tensor.ToArray<float>()).ToArray();
        Should.Throw<InvalidDataException>(() => adapter.MergeInto(network)).Message.ShouldContain("was made for");
        foreach (var (parameter, values) in network.Parameters.Zip(before)) parameter.Tensor.ToArray<float>().ShouldBe(values);
    }

    [Fact]
    public void Patterns_have_an_end()
    {
        using var folder = new TemporaryFolder();
        File.WriteAllText(folder[LoraConfig.FileName], $"{{\"r\": 8, \"alpha_pattern\": {{{string.Join(",", Enumerable.Range(0, 4097).Select(i => $"\"m{i}\": 1"))}}}}}");
        Should.Throw<InvalidDataException>(() => LoraConfig.Read(folder[LoraConfig.FileName])).Message.ShouldContain("alpha_pattern has 4097 entries; at most 4096 are read");
    }

    [Theory]
    [InlineData("\"use_dora\": true", "use_dora")]
    [InlineData("\"bias\": \"all\"", "bias is all")]
    [InlineData("\"peft_type\": \"IA3\"", "peft_type is IA3")]
    [InlineData("\"modules_to_save\": [\"lm_head\"]", "modules_to_save")]
    [InlineData("\"r\": 0", "must be positive")]
    public void What_this_build_does_not_know_is_refused(string field, string part)
    {
        using var folder = new TemporaryFolder();
        File.WriteAllText(folder[LoraConfig.FileName], $"{{ {(field.StartsWith("\"r\"") ? "" : "\"r\": 8, ")}{field} }}");
        Should.Throw<InvalidDataException>(() => LoraConfig.Read(folder[LoraConfig.FileName])).Message.ShouldContain(part);
    }
}
