using Puna.Tensors;
using Puna.Tests;

namespace Puna.Models.Tests;

public sealed class ModelConverterTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();
    private readonly WorkerPool _pool = new(2);

    public void Dispose()
    {
        _pool.Dispose();
        _folder.Dispose();
    }

    [Theory]
    [InlineData(ModelFormat.HuggingFace)]
    [InlineData(ModelFormat.Gguf)]
    [InlineData(ModelFormat.Llama2c)]
    [InlineData(ModelFormat.Meta)]
    public void There_and_back_is_the_same_to_the_bit(ModelFormat format)
    {
        var source = Saved(tied: format == ModelFormat.Gguf);
        Convert(source, "there.bin", format, null);
        Convert(_folder["there.bin"], "back", ModelFormat.HuggingFace, null);
        ShouldBeSame(source, _folder["back"]);
    }

    [SkippableFact]
    public void Stories260K_is_the_same_model_in_every_kind_of_file()
    {
        var folder = SharedData.Shared("data/models/stories260K");
        var bin = Path.Combine(folder, "stories260K.bin");
        ShouldBeSame(bin, Path.Combine(folder, "hf"));
        ShouldBeSame(bin, Path.Combine(folder, "gguf", "stories260K-F32.gguf"));
        Convert(bin, "own.gguf", ModelFormat.Gguf, "f32");
        ShouldBeSame(_folder["own.gguf"], Path.Combine(folder, "gguf", "stories260K-F32.gguf"));
        Convert(Path.Combine(folder, "gguf", "stories260K-F32.gguf"), "own.bin", ModelFormat.Llama2c, null);
        ShouldBeSame(_folder["own.bin"], bin);
    }

    [Theory]
    [InlineData("BF16")]
    [InlineData("f16")]
    public void Narrow_types_survive_a_way_through_every_format_that_has_them(string type)
    {
        var source = Saved(tied: false);
        Convert(source, "narrow", ModelFormat.HuggingFace, type);
        var at = _folder["narrow"];
        foreach (var (name, format) in new[] { ("n.gguf", ModelFormat.Gguf), ("n-meta", ModelFormat.Meta), ("n-hf", ModelFormat.HuggingFace) })
        {
            Convert(at, name, format, null);
            at = _folder[name];
        }
        ShouldBeSame(_folder["narrow"], at);
        using var end = ModelSource.Open(at, requireTokenizer: false);
        end.Weights.Tensors.Values.Where(tensor => tensor.Shape.Count == 2).ShouldAllBe(tensor => tensor.Type.Equals(type, StringComparison.OrdinalIgnoreCase));
    }

    [Fact]
    public void A_large_model_is_cut_into_shards_with_an_index()
    {
        var source = Saved(tied: false);
        using (var opened = ModelSource.Open(source, requireTokenizer: false)) ModelConverter.Convert(opened, _folder["shards"], ModelFormat.HuggingFace, null, _pool, shardBytes: 20_000);
        Directory.GetFiles(_folder["shards"], "model-*-of-*.safetensors").Length.ShouldBeGreaterThan(2);
        File.Exists(Path.Combine(_folder["shards"], HuggingFaceWeights.IndexFile)).ShouldBeTrue();
        ShouldBeSame(source, _folder["shards"]);
    }

    [Fact]
    public void What_a_format_cannot_say_is_refused_and_leaves_nothing_behind()
    {
        var source = Saved(tied: false, config => config with { RopeScaling = new LinearRopeScaling(4) });
        Should.Throw<InvalidDataException>(() => Convert(source, "out.bin", ModelFormat.Llama2c, null)).Message.ShouldContain("rope scaling is linear");
        Should.Throw<InvalidDataException>(() => Convert(source, "out", ModelFormat.Meta, null)).Message.ShouldContain("rope scaling is linear");
        Should.Throw<InvalidDataException>(() => Convert(source, "out", ModelFormat.HuggingFace, "q4_0")).Message.ShouldContain("write a GGUF file");
        Should.Throw<InvalidDataException>(() => Convert(source, "out.gguf", ModelFormat.Gguf, "q9")).Message.ShouldContain("'q9'");
        _folder.Entries.ShouldBe(["source"]);
    }

    [Fact]
    public void Every_tensor_of_a_network_is_known_by_name_and_shape()
    {
        foreach (var network in (LanguageNetwork[])[TinyLlama.Network(), TinyLlama.Network(TinyLlama.Config(tied: true)), TinyGpt2.Network(), TinyGpt2.Network(TinyGpt2.Config() with { TieWordEmbeddings = false })])
        {
            Architecture.Of(network.Config).Required(network.Config).ShouldBe(network.Parameters.Select(parameter => (parameter.Name, parameter.StoredShape)));
        }
    }

    [Fact]
    public void Weights_drawn_when_they_are_read_are_those_that_training_begins_with()
    {
        var config = TinyLlama.Config();
        using var source = ModelSource.Untrained(config, 5);
        TinyLlama.Weights(source.Load().Network).ShouldBe(TinyLlama.Weights(TinyLlama.Network(config, 5)));
        var drawn = TinyLlama.Weights(TinyLlama.Network(LlamaConfig.Create(256, 300, 1, 4, 4, 400, 32), 5)); // of several pieces a matrix
        var whole = new Transformer(LlamaConfig.Create(256, 300, 1, 4, 4, 400, 32), DType.Float64);
        whole.Initialize(5); // one number after the other
        drawn.ShouldBe(whole.Parameters.SelectMany(parameter => parameter.Tensor.ToArray<double>()).Select(value => (float)value));
    }

    [Fact]
    public void A_model_that_is_not_whole_is_refused_before_anything_is_written()
    {
        var network = TinyLlama.Network();
        foreach (var missing in network.Parameters)
        {
            Save(network.Parameters.Where(parameter => parameter != missing).Select(parameter => (parameter.Name, parameter.Tensor)));
            Should.Throw<InvalidDataException>(() => Convert(_folder["broken"], "out.gguf", ModelFormat.Gguf, null)).Message.ShouldContain($"'{missing.Name}'");
            Should.Throw<InvalidDataException>(() => ModelSource.Open(_folder["broken"], requireTokenizer: false).Load());
        }
        Save(network.Parameters.Select(parameter => (parameter.Name, parameter.Tensor)).Append(("model.layers.0.self_attn.q_proj.bias", new Tensor(DType.Float32, new Shape(32)))));
        Should.Throw<InvalidDataException>(() => Convert(_folder["broken"], "out", ModelFormat.HuggingFace, null)).Message.ShouldContain("q_proj.bias' belongs to no part");
        _folder.Entries.ShouldBe(["broken"]);

        void Save(IEnumerable<(string, Tensor)> tensors)
        {
            Directory.CreateDirectory(_folder["broken"]);
            ConfigFile.Write(Path.Combine(_folder["broken"], ConfigFile.Name), network.Config);
            SafetensorsWriter.Write(Path.Combine(_folder["broken"], HuggingFaceWeights.SingleFile), [.. tensors]);
        }
    }

    [Fact]
    public void Numbers_too_large_for_a_type_are_refused_and_the_type_is_said_in_the_configuration()
    {
        var network = TinyLlama.Network();
        network.Parameters[3].Tensor.Span<float>()[5] = 70_000;
        ModelFolder.Save(_folder["large"], TinyLlama.Model(network));
        Should.Throw<InvalidDataException>(() => Convert(_folder["large"], "out", ModelFormat.HuggingFace, "f16")).Message.ShouldContain($"'{network.Parameters[3].Name}' of type F32 holds numbers too large for F16");
        Should.Throw<InvalidDataException>(() => Convert(_folder["large"], "out", ModelFormat.Meta, "f16")).Message.ShouldContain("too large");
        _folder.Entries.ShouldBe(["large"]);
        Convert(_folder["large"], "out", ModelFormat.HuggingFace, "bf16");
        File.ReadAllText(Path.Combine(_folder["out"], ConfigFile.Name)).ShouldContain("\"torch_dtype\": \"bfloat16\"");
        File.ReadAllText(Path.Combine(_folder["large"], ConfigFile.Name)).ShouldContain("\"torch_dtype\": \"float32\"");
    }

    [Fact]
    public void Models_that_differ_are_told_apart_tensor_by_tensor()
    {
        var (one, other) = (Saved(tied: false), Saved(tied: false, name: "other", seed: 9));
        using var a = ModelSource.Open(one, requireTokenizer: false);
        using var b = ModelSource.Open(other, requireTokenizer: false);
        ModelComparison.Compare(a.Weights, a.Weights).ShouldAllBe(tensor => tensor.IsSame);
        var differences = ModelComparison.Compare(a.Weights, b.Weights).ToArray();
        differences.Count(tensor => !tensor.IsSame).ShouldBe(a.Weights.Tensors.Values.Count(tensor => tensor.Shape.Count == 2));
        differences.Where(tensor => !tensor.IsSame).ShouldAllBe(tensor => tensor.Largest > 0 && tensor.Relative > 0.5 && tensor.Relative < 3);
    }

    [SkippableFact]
    public void An_adapter_folder_is_told_from_a_model()
    {
        var adapter = SharedData.Shared("golden/lora/b_r8_alpha16");
        Should.Throw<InvalidDataException>(() => ModelSource.Open(adapter)).Message.ShouldContain("an adapter");
    }

    private void Convert(string source, string target, ModelFormat format, string? type)
    {
        using var opened = ModelSource.Open(source, requireTokenizer: false);
        var shares = new List<double>();
        ModelConverter.Convert(opened, _folder[target], format, type, _pool, shares.Add);
        shares[^1].ShouldBe(1, 1e-9);
        shares.ShouldBe(shares.Order());
    }

    private string Saved(bool tied, Func<LlamaConfig, LlamaConfig>? change = null, string name = "source", ulong seed = 3)
    {
        var config = LlamaConfig.Create(64, 96, 2, 4, 2, 100, 64) with { TieWordEmbeddings = tied, BosTokenId = 1, EosTokenIds = [2] };
        var network = LanguageNetwork.Create(change?.Invoke(config) ?? config);
        network.Initialize(seed);
        ModelFolder.Save(_folder[name], new LanguageModel(network, null, null));
        return _folder[name];
    }

    private static void ShouldBeSame(string one, string other)
    {
        using var a = ModelSource.Open(one, requireTokenizer: false);
        using var b = ModelSource.Open(other, requireTokenizer: false);
        var differences = ModelComparison.Compare(a.Weights, b.Weights).Where(tensor => !tensor.IsSame && tensor.Name != "lm_head.weight").ToArray();
        differences.ShouldBeEmpty();
        (b.Config as LlamaConfig)!.RopeTheta.ShouldBe(((LlamaConfig)a.Config).RopeTheta);
    }
}
