using Puna.Tensors;
using Puna.Text;

namespace Puna.Models.Tests;

/// <summary>What is saved is what is loaded, to the last bit.</summary>
public class SaveLoadTests
{
    [Theory]
    [InlineData(false, 4)]
    [InlineData(true, 2)]
    [InlineData(true, 1)]
    public void Saving_and_loading_is_the_identity(bool tied, int keyValueHeads)
    {
        using var folder = new TemporaryFolder();
        using var forward = new Forwarder();
        var network = TinyLlama.Network(TinyLlama.Config(4, keyValueHeads, tied) with { RopeScaling = new LinearRopeScaling(2), BosTokenId = 1, EosTokenIds = [2, 3] });
        ModelFolder.Save(folder.Root, TinyLlama.Model(network));
        var loaded = ModelFolder.Load(folder.Root, requireTokenizer: false);
        loaded.Tokenizer.ShouldBeNull();
        loaded.Network.Parameters.Select(parameter => parameter.Name).ShouldBe(network.Parameters.Select(parameter => parameter.Name));
        TinyLlama.Weights(loaded.Network).ShouldBe(TinyLlama.Weights(network));
        loaded.Network.Config.EosTokenIds.ShouldBe([2, 3]);
        ((LlamaConfig)loaded.Network.Config with { EosTokenIds = network.Config.EosTokenIds }).ShouldBe(network.Config);
        var ids = TinyLlama.Ids(16);
        forward.Logits(loaded.Network, ids).ShouldBe(forward.Logits(network, ids));
        folder.Entries.ShouldBe(["config.json", "model.safetensors"]);
    }

    [Fact]
    public void A_tied_network_stores_its_table_once_and_an_untied_one_both()
    {
        using var folder = new TemporaryFolder();
        ModelFolder.Save(folder["tied"], TinyLlama.Model(TinyLlama.Network(TinyLlama.Config(tied: true))));
        ModelFolder.Save(folder["untied"], TinyLlama.Model(TinyLlama.Network()));
        Names(folder["tied"]).ShouldNotContain("lm_head.weight");
        Names(folder["untied"]).ShouldContain("lm_head.weight");
    }

    [Fact]
    public void A_tied_network_may_find_its_output_projection_stored_once_more()
    {
        using var folder = new TemporaryFolder();
        var network = TinyLlama.Network(TinyLlama.Config(tied: true));
        ModelFolder.Save(folder.Root, TinyLlama.Model(network));
        SafetensorsWriter.Write(folder["model.safetensors"],
        [
            .. network.Parameters.Select(parameter => (parameter.Name, parameter.Tensor)), ("lm_head.weight", network.Output),
            ("model.layers.0.self_attn.rotary_emb.inv_freq", new Tensor(DType.Float32, new Shape(4))),
        ]);
        TinyLlama.Weights(ModelFolder.Load(folder.Root, requireTokenizer: false).Network).ShouldBe(TinyLlama.Weights(network));
    }

    [Fact]
    public void The_tokenizer_travels_with_the_model()
    {
        using var folder = new TemporaryFolder();
        var tokenizer = CharacterTokenizerTrainer.Train("the quick brown fox jumps over the lazy dog");
        var network = TinyLlama.Network(TinyLlama.Config(vocabulary: tokenizer.VocabularySize));
        ModelFolder.Save(folder.Root, new LanguageModel(network, tokenizer, null));
        ModelFolder.Load(folder.Root).Tokenizer!.Encode("lazy fox").ShouldBe(tokenizer.Encode("lazy fox"));
    }

    [Fact]
    public void A_model_saved_over_another_replaces_it()
    {
        using var folder = new TemporaryFolder();
        ModelFolder.Save(folder.Root, TinyLlama.Model(TinyLlama.Network(seed: 1)));
        ModelFolder.Save(folder.Root, TinyLlama.Model(TinyLlama.Network(seed: 2)));
        TinyLlama.Weights(ModelFolder.Load(folder.Root, requireTokenizer: false).Network).ShouldBe(TinyLlama.Weights(TinyLlama.Network(seed: 2)));
    }

    private static IEnumerable<string> Names(string folder)
    {
        using var weights = new HuggingFaceWeights(folder);
        return [.. weights.Tensors.Keys];
    }
}
