using System.Text.Json.Nodes;
using Puna.Tensors;
using Puna.Text;

namespace Puna.Models.Tests;

/// <summary>A folder that cannot be run gets one sentence that says what is wrong with it.</summary>
public class ModelFolderTests
{
    [Fact]
    public void A_folder_that_is_not_there_or_holds_no_model_says_so()
    {
        using var folder = new TemporaryFolder();
        Should.Throw<DirectoryNotFoundException>(() => ModelFolder.Load(folder["none"])).Message.ShouldContain(folder["none"]);
        Should.Throw<InvalidDataException>(() => ModelFolder.Load(folder.Root)).Message.ShouldContain("has no config.json");
    }

    [Fact]
    public void A_folder_without_weights_says_which_files_are_read()
    {
        using var folder = new TemporaryFolder();
        ConfigFile.Write(folder["config.json"], TinyLlama.Config());
        Should.Throw<FileNotFoundException>(() => ModelFolder.Load(folder.Root, requireTokenizer: false)).Message.ShouldContain("neither model.safetensors nor model.safetensors.index.json");
    }

    [Fact]
    public void A_missing_an_extra_and_a_misshapen_tensor_are_named()
    {
        using var folder = new TemporaryFolder();
        var all = Saved(folder);
        Refusal(folder, [.. all.Where(tensor => tensor.Name != "model.layers.1.mlp.up_proj.weight")]).ShouldContain("tensor 'model.layers.1.mlp.up_proj.weight' [48, 32] is missing");
        Refusal(folder, [.. all, ("model.layers.0.self_attn.q_proj.bias", new Tensor(DType.Float32, new Shape(32)))]).ShouldContain("'model.layers.0.self_attn.q_proj.bias' belongs to no part of a llama");
        Refusal(folder, [.. all.Select(tensor => tensor.Name == "model.norm.weight" ? (tensor.Name, new Tensor(DType.Float32, new Shape(31))) : tensor)]).ShouldContain("'model.norm.weight' has shape [31], by the configuration it should have [32]");
        Refusal(folder, [.. all.Where(tensor => tensor.Name != "lm_head.weight")]).ShouldContain("'lm_head.weight'");
    }

    [Fact]
    public void The_last_layer_alone_does_not_stand_for_a_million()
    {
        using var folder = new TemporaryFolder();
        var all = Saved(folder);
        ConfigFile.Write(folder["config.json"], TinyLlama.Config() with { LayerCount = 1_000_000 });
        Refusal(folder, [.. all.Select(tensor => (tensor.Name.Replace("layers.1.", "layers.999999.", StringComparison.Ordinal), tensor.Item2))]).ShouldContain("'model.layers.1.input_layernorm.weight' [32] is missing");
    }

    [Theory]
    [InlineData("vocab_size", 2_000_000_000)]
    [InlineData("hidden_size", 1_000_000_000)]
    [InlineData("intermediate_size", 2_000_000_000)]
    [InlineData("num_hidden_layers", 2_000_000_000)]
    [InlineData("head_dim", 100_000_000)]
    public void Sizes_that_the_weights_do_not_have_are_refused_before_memory_is_taken_for_them(string field, int value)
    {
        using var folder = new TemporaryFolder();
        Saved(folder);
        var json = JsonNode.Parse(File.ReadAllText(folder["config.json"]))!.AsObject();
        json[field] = value;
        File.WriteAllText(folder["config.json"], json.ToJsonString());
        Should.Throw<InvalidDataException>(() => ModelFolder.Load(folder.Root, requireTokenizer: false)).Message.ShouldContain("tensor '");
    }

    [Fact]
    public void A_folder_without_a_tokenizer_is_refused_unless_none_is_needed()
    {
        using var folder = new TemporaryFolder();
        Saved(folder);
        Should.Throw<InvalidDataException>(() => ModelFolder.Load(folder.Root)).Message.ShouldContain("no tokenizer");
        ModelFolder.Load(folder.Root, requireTokenizer: false).Tokenizer.ShouldBeNull();
    }

    [Fact]
    public void A_tokenizer_larger_than_the_vocabulary_is_refused_with_both_counts()
    {
        using var folder = new TemporaryFolder();
        Saved(folder);
        var tokenizer = CharacterTokenizerTrainer.Train(string.Concat(Enumerable.Range(0x4E00, 100).Select(code => (char)code)));
        tokenizer.Save(folder.Root);
        Should.Throw<InvalidDataException>(() => ModelFolder.Load(folder.Root)).Message.ShouldContain($"tokenizer has {tokenizer.VocabularySize} pieces, the model's vocabulary only {TinyLlama.Vocabulary}");
    }

    [Fact]
    public void A_shard_that_is_missing_or_outside_the_folder_is_refused()
    {
        using var folder = new TemporaryFolder();
        Saved(folder);
        File.Move(folder["model.safetensors"], folder["one.safetensors"]);
        Index(folder, "two.safetensors");
        Should.Throw<FileNotFoundException>(() => ModelFolder.Load(folder.Root, requireTokenizer: false)).Message.ShouldContain("two.safetensors");
        Index(folder, "../one.safetensors");
        Should.Throw<InvalidDataException>(() => ModelFolder.Load(folder.Root, requireTokenizer: false)).Message.ShouldContain("no plain file name");
        Index(folder, "one.safetensors", "model.norm.weights");
        Should.Throw<InvalidDataException>(() => ModelFolder.Load(folder.Root, requireTokenizer: false)).Message.ShouldContain("'model.norm.weights' is not in one.safetensors");
        Index(folder, "one.safetensors");
        TinyLlama.Weights(ModelFolder.Load(folder.Root, requireTokenizer: false).Network).ShouldBe(TinyLlama.Weights(TinyLlama.Network()));
    }

    private static void Index(TemporaryFolder folder, string shard, string tensor = "model.norm.weight") =>
        File.WriteAllText(folder["model.safetensors.index.json"], $"{{\"weight_map\":{{\"{tensor}\":\"{shard}\"}}}}");

    private static (string Name, Tensor Tensor)[] Saved(TemporaryFolder folder)
    {
        var network = TinyLlama.Network();
        ModelFolder.Save(folder.Root, TinyLlama.Model(network));
        return [.. network.Parameters.Select(parameter => (parameter.Name, parameter.Tensor))];
    }

    private static string Refusal(TemporaryFolder folder, (string, Tensor)[] tensors)
    {
        SafetensorsWriter.Write(folder["model.safetensors"], tensors);
        return Should.Throw<InvalidDataException>(() => ModelFolder.Load(folder.Root, requireTokenizer: false)).Message;
    }
}
