using System.Text.Json.Nodes;
using Puna.Tensors;

namespace Puna.Models.Tests;

/// <summary>GPT-2 folders as Hugging Face has them, in all their spellings.</summary>
public class Gpt2FolderTests
{
    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void Saving_and_loading_is_the_identity(bool tied)
    {
        using var folder = new TemporaryFolder();
        using var forward = new Forwarder();
        var network = TinyGpt2.Network(TinyGpt2.Config(tied) with { BosTokenId = 1, EosTokenIds = [2] });
        ModelFolder.Save(folder.Root, TinyLlama.Model(network));
        var loaded = ModelFolder.Load(folder.Root, requireTokenizer: false).Network.ShouldBeOfType<Gpt2Transformer>();
        TinyLlama.Weights(loaded).ShouldBe(TinyLlama.Weights(network));
        (loaded.Config with { EosTokenIds = network.Config.EosTokenIds }).ShouldBe(network.Config);
        forward.Logits(loaded, TinyLlama.Ids(9)).ShouldBe(forward.Logits(network, TinyLlama.Ids(9)));
    }

    [Fact]
    public void Names_without_the_prefix_stored_masks_and_a_second_copy_of_the_output_are_understood()
    {
        using var folder = new TemporaryFolder();
        var network = TinyGpt2.Network();
        ModelFolder.Save(folder.Root, TinyLlama.Model(network));
        var stored = new List<(string, Tensor)>();
        using (var file = new SafetensorsFile(folder["model.safetensors"])) stored.AddRange(file.Entries.Keys.Select(name => (name["transformer.".Length..], file.Read(name))));
        stored.Add(("h.0.attn.bias", new Tensor(DType.Float32, new Shape(1, 1, 8, 8))));
        stored.Add(("h.1.attn.masked_bias", new Tensor(DType.Float32, new Shape(1))));
        stored.Add(("lm_head.weight", network.Output));
        SafetensorsWriter.Write(folder["model.safetensors"], stored);
        TinyLlama.Weights(ModelFolder.Load(folder.Root, requireTokenizer: false).Network).ShouldBe(TinyLlama.Weights(network));
    }

    [Fact]
    public void Matrices_of_its_layers_lie_in_the_file_as_inputs_by_outputs()
    {
        using var folder = new TemporaryFolder();
        ModelFolder.Save(folder.Root, TinyLlama.Model(TinyGpt2.Network()));
        using var file = new SafetensorsFile(folder["model.safetensors"]);
        file.Entries["transformer.h.0.attn.c_attn.weight"].Shape.ShouldBe([24, 72]);
        file.Entries["transformer.h.1.mlp.c_proj.weight"].Shape.ShouldBe([40, 24]);
        file.Entries["transformer.wpe.weight"].Shape.ShouldBe([48, 24]);
        file.Entries.Keys.ShouldNotContain("lm_head.weight");
    }

    [Fact]
    public void What_a_config_may_leave_out_is_as_in_the_released_models()
    {
        using var folder = new TemporaryFolder();
        File.WriteAllText(folder["config.json"], """{"model_type":"gpt2","n_embd":768,"n_layer":12,"n_head":12,"n_positions":1024,"n_ctx":1024,"vocab_size":50257,"n_inner":null,"bos_token_id":50256,"eos_token_id":50256,"attn_pdrop":0.1}""");
        var config = ConfigFile.Read(folder["config.json"]).ShouldBeOfType<Gpt2Config>();
        (config.IntermediateSize, config.LayerNormEpsilon, config.TieWordEmbeddings, config.ContextLength, config.HeadSize).ShouldBe((3072, 1e-5, true, 1024, 64));
        config.EosTokenIds.ShouldBe([50256]);
    }

    [Theory]
    [InlineData("model_type", "\"gptj\"", "model_type is gptj; this build runs llama and gpt2 only")]
    [InlineData("activation_function", "\"gelu\"", "activation_function is gelu")]
    [InlineData("scale_attn_weights", "false", "scale_attn_weights is false")]
    [InlineData("scale_attn_by_inverse_layer_idx", "true", "scale_attn_by_inverse_layer_idx is true")]
    [InlineData("add_cross_attention", "true", "add_cross_attention is true")]
    [InlineData("n_head", "5", "n_head 5 must divide n_embd 24")]
    [InlineData("n_embd", null, "n_embd is missing")]
    [InlineData("n_positions", "0", "n_positions 0 must be positive")]
    [InlineData("layer_norm_epsilon", "0", "layer_norm_epsilon 0 must be positive")]
    public void What_is_wrong_is_named(string field, string? value, string sentence)
    {
        using var folder = new TemporaryFolder();
        ConfigFile.Write(folder["config.json"], TinyGpt2.Config());
        var json = JsonNode.Parse(File.ReadAllText(folder["config.json"]))!.AsObject();
        json.Remove(field);
        if (value is not null) json[field] = JsonNode.Parse(value);
        File.WriteAllText(folder["config.json"], json.ToJsonString());
        Should.Throw<InvalidDataException>(() => ConfigFile.Read(folder["config.json"])).Message.ShouldContain(sentence);
    }

    [Fact]
    public void Weights_that_do_not_fit_the_config_are_refused_before_memory_is_taken()
    {
        using var folder = new TemporaryFolder();
        ModelFolder.Save(folder.Root, TinyLlama.Model(TinyGpt2.Network()));
        ConfigFile.Write(folder["config.json"], TinyGpt2.Config() with { ContextLength = 1_000_000_000 });
        Should.Throw<InvalidDataException>(() => ModelFolder.Load(folder.Root, requireTokenizer: false)).Message.ShouldContain("'transformer.wpe.weight' has shape [48, 24]");
    }
}
