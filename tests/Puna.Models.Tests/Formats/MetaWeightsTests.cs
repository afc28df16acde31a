using Puna.Tensors;
using Puna.Tests;

namespace Puna.Models.Tests;

public class MetaWeightsTests
{
    [SkippableTheory]
    [InlineData("k_meta_layout_of_a", "a_llama2_mha")]
    [InlineData("k_meta_layout_of_b", "b_llama3_gqa")]
    public void Metas_layout_gives_the_weights_of_the_Hugging_Face_folder_bit_for_bit(string meta, string folder)
    {
        using var one = new MetaWeights(GoldenModel.FolderOf(meta));
        using var other = new HuggingFaceWeights(GoldenModel.FolderOf(folder));
        one.Tensors.Keys.Order().ShouldBe(other.Tensors.Keys.Order());
        foreach (var name in one.Tensors.Keys) one.Read(name, DType.Float32).ToArray<float>().ShouldBe(other.Read(name, DType.Float32).ToArray<float>(), name);
        var config = (LlamaConfig)ModelFolder.ReadConfig(GoldenModel.FolderOf(folder));
        one.Config.ShouldBe(config with { BosTokenId = null, EosTokenIds = one.Config.EosTokenIds, InitializerRange = one.Config.InitializerRange });
    }

    [SkippableTheory]
    [InlineData(0, "safetensors")]
    [InlineData(1, "safetensors")]
    public void Shards_of_model_parallel_training_are_joined(int embeddingAxis, string ending)
    {
        const int Shards = 2;
        using var folder = new TemporaryFolder();
        var source = GoldenModel.FolderOf("k_meta_layout_of_b");
        using var whole = new SafetensorsFile(Path.Combine(source, "consolidated.00.safetensors"));
        for (var shard = 0; shard < Shards; shard++)
        {
            var parts = whole.Tensors.Keys.Select(name => (name, Part(whole.Read(name), Axis(name, embeddingAxis), shard, Shards))).ToArray();
            SafetensorsWriter.Write(folder[$"consolidated.{shard:00}.{ending}"], parts);
        }
        File.Copy(Path.Combine(source, "params.json"), folder["params.json"]);
        using var joined = new MetaWeights(folder.Root);
        using var expected = new MetaWeights(source);
        joined.Config.ShouldBe(expected.Config);
        foreach (var name in expected.Tensors.Keys) joined.Read(name, DType.Float32).ToArray<float>().ShouldBe(expected.Read(name, DType.Float32).ToArray<float>(), name);
    }

    [SkippableFact]
    public void What_params_json_does_not_say_of_symbols_the_tokenizer_does()
    {
        using var folder = new TemporaryFolder();
        var network = LanguageNetwork.Create(LlamaConfig.Create(32, 32, 1, 2, 1, 512, 16) with { BosTokenId = 1, EosTokenIds = [2] });
        network.Initialize(1);
        var tokenizer = Puna.Text.Tokenizers.Load(SharedData.Golden("sentencepiece/bpe_512_llama.model"));
        ModelFolder.Save(folder["hf"], new LanguageModel(network, tokenizer, null));
        using var pool = new WorkerPool(1);
        using (var source = ModelSource.Open(folder["hf"])) ModelConverter.Convert(source, folder["meta"], ModelFormat.Meta, null, pool);
        using var meta = ModelSource.Open(folder["meta"]);
        meta.Format.ShouldBe(ModelFormat.Meta);
        (meta.Config.BosTokenId, meta.Config.EosTokenIds.Single()).ShouldBe((1, 2));
    }

    [SkippableFact]
    public void A_shard_that_lacks_is_named()
    {
        using var folder = new TemporaryFolder();
        var source = GoldenModel.FolderOf("k_meta_layout_of_b");
        File.Copy(Path.Combine(source, "consolidated.00.safetensors"), folder["consolidated.01.safetensors"]);
        File.Copy(Path.Combine(source, "params.json"), folder["params.json"]);
        Should.Throw<InvalidDataException>(() => new MetaWeights(folder.Root)).Message.ShouldContain("consolidated.00 is missing");
    }

    private static int Axis(string name, int embeddings) => name switch
    {
        "tok_embeddings.weight" => embeddings,
        _ when name.Contains("norm") => -1,
        _ when name.Contains(".wo.") || name.Contains(".w2.") => 1,
        _ => 0,
    };

    private static Tensor Part(Tensor whole, int axis, int shard, int shards)
    {
        if (axis < 0) return whole;
        var (rows, columns) = ((int)whole.Shape[0], (int)whole.Shape[1]);
        var values = whole.ToArray<float>();
        var part = new Tensor(DType.Float32, axis == 0 ? new Shape(rows / shards, columns) : new Shape(rows, columns / shards));
        var (height, width) = ((int)part.Shape[0], (int)part.Shape[1]);
        for (var r = 0; r < height; r++)
        {
            for (var c = 0; c < width; c++) part.Span<float>()[(r * width) + c] = axis == 0 ? values[((r + (shard * height)) * columns) + c] : values[(r * columns) + c + (shard * width)];
        }
        return part;
    }

    [Theory]
    [InlineData("layers.0.attention.wq.weight\n")]
    [InlineData("layers.\u0661.attention.wq.weight")]
    [InlineData("layers.1234567.attention.wq.weight")]
    public void A_name_that_only_looks_like_one_is_none(string name) => MetaNames.ToHuggingFace(name).ShouldBeNull();
}
