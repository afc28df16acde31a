using Puna.Tensors;
using Puna.Tests;

namespace Puna.Models.Tests;

public class Llama2cTests
{
    private static string Stories => SharedData.Shared("data/models/stories260K");

    [SkippableFact]
    public void Weights_of_stories260K_are_those_of_its_Hugging_Face_folder()
    {
        using var bin = new Llama2cWeights(Path.Combine(Stories, "stories260K.bin"));
        using var folder = new HuggingFaceWeights(Path.Combine(Stories, "hf"));
        bin.Version.ShouldBe(0);
        bin.Config.TieWordEmbeddings.ShouldBeTrue();
        folder.Tensors.Keys.Where(name => name != "lm_head.weight").Order().ShouldBe(bin.Tensors.Keys.Order());
        foreach (var name in bin.Tensors.Keys) bin.Read(name, DType.Float32).ToArray<float>().ShouldBe(folder.Read(name, DType.Float32).ToArray<float>(), name);
    }

    [SkippableFact]
    public void Writing_stories260K_again_gives_the_bytes_of_the_file()
    {
        using var folder = new TemporaryFolder();
        var path = Path.Combine(Stories, "stories260K.bin");
        using var bin = new Llama2cWeights(path);
        Llama2cWriter.Write(folder["copy.bin"], bin.Config, bin, quantized: false);
        var (expected, found) = (File.ReadAllBytes(path), File.ReadAllBytes(folder["copy.bin"]));
        found.Length.ShouldBe(expected.Length);
        var tables = 2 * 4 * bin.Config.ContextLength * bin.Config.HeadSize / 2; // rotary tables at the end, which nobody reads: within rounding
        found.AsSpan(0, found.Length - tables).SequenceEqual(expected.AsSpan(0, expected.Length - tables)).ShouldBeTrue();
        for (var at = found.Length - tables; at < found.Length; at += 4) BitConverter.ToSingle(found, at).ShouldBe(BitConverter.ToSingle(expected, at), 1e-4f);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void Int8_files_are_within_half_a_step_of_the_weights(bool tied)
    {
        using var folder = new TemporaryFolder();
        var network = (Transformer)LanguageNetwork.Create(LlamaConfig.Create(48, 96, 2, 4, 2, 50, 32) with { TieWordEmbeddings = tied });
        network.Initialize(5);
        ModelFolder.Save(folder["hf"], new LanguageModel(network, null, null));
        using (var source = new HuggingFaceWeights(folder["hf"])) Llama2cWriter.Write(folder["q.bin"], network.Config, source, quantized: true);
        using var file = new Llama2cWeights(folder["q.bin"]);
        file.Version.ShouldBe(2);
        (file.Config with { EosTokenIds = network.Config.EosTokenIds, BosTokenId = null }).ShouldBe(network.Config);
        var read = LanguageNetwork.Create(file.Config);
        file.CopyTo(read);
        foreach (var (one, other) in network.Parameters.Zip(read.Parameters))
        {
            var (exact, near) = (one.Tensor.ToArray<float>(), other.Tensor.ToArray<float>());
            var step = one.Tensor.Shape.Rank == 1 ? 0 : exact.Max(Math.Abs) / 127;
            for (var i = 0; i < exact.Length; i++) Math.Abs(near[i] - exact[i]).ShouldBeLessThanOrEqualTo((step * 0.5001f) + 1e-9f, one.Name);
        }
    }

    [Fact]
    public void What_the_format_cannot_say_is_refused_and_nothing_written()
    {
        using var folder = new TemporaryFolder();
        var network = (Transformer)LanguageNetwork.Create(TinyLlama.Config() with { RopeTheta = 500_000 });
        ModelFolder.Save(folder["hf"], new LanguageModel(network, null, null));
        using var source = new HuggingFaceWeights(folder["hf"]);
        Should.Throw<InvalidDataException>(() => Llama2cWriter.Write(folder["out.bin"], network.Config, source, quantized: false)).Message.ShouldContain("rope_theta is 500000");
        File.Exists(folder["out.bin"]).ShouldBeFalse();
    }

    [Theory]
    [InlineData(int.MaxValue)]
    [InlineData(-1)]
    [InlineData(0)]
    public void A_head_that_claims_impossible_layers_is_refused_at_once(int layers)
    {
        using var folder = new TemporaryFolder();
        var bytes = new byte[256];
        int[] head = [0x616B3432, 1, 64, 172, layers, 8, 4, 512, 512];
        Buffer.BlockCopy(head, 0, bytes, 0, 36);
        File.WriteAllBytes(folder["bad.bin"], bytes);
        Should.Throw<InvalidDataException>(() => new Llama2cWeights(folder["bad.bin"])).Message.ShouldContain("bad.bin");
    }

    [SkippableFact]
    public void A_file_cut_short_or_too_long_is_refused_with_both_lengths()
    {
        using var folder = new TemporaryFolder();
        var bytes = File.ReadAllBytes(Path.Combine(Stories, "stories260K.bin"));
        foreach (var length in new[] { 0, 1, 27, 28, 1000, bytes.Length - 4, bytes.Length + 4 })
        {
            File.WriteAllBytes(folder["cut.bin"], [.. bytes.Take(length), .. new byte[Math.Max(0, length - bytes.Length)]]);
            Should.Throw<InvalidDataException>(() => new Llama2cWeights(folder["cut.bin"])).Message.ShouldContain("cut.bin");
        }
    }

    [Fact]
    public void Layers_that_a_small_file_only_claims_are_refused_before_a_list_is_made()
    {
        using var folder = new TemporaryFolder();
        var file = new byte[100_000];
        int[] head = [2, 1, 20_000, 1, 1, 3, 8]; // dim, hidden_dim, n_layers, n_heads, n_kv_heads, vocab_size, seq_len
        Buffer.BlockCopy(head, 0, file, 0, 28);
        File.WriteAllBytes(folder["m.bin"], file);
        var before = GC.GetAllocatedBytesForCurrentThread();
        Should.Throw<InvalidDataException>(() => new Llama2cWeights(folder["m.bin"])).Message.ShouldContain("claims 20000 layers of width 2, more than its 100000 bytes hold");
        (GC.GetAllocatedBytesForCurrentThread() - before).ShouldBeLessThan(16 * file.Length);
    }

    [Fact]
    public void A_scale_that_is_no_number_is_refused_with_its_tensor()
    {
        using var folder = new TemporaryFolder();
        var network = TinyLlama.Network();
        using (var weights = new NetworkWeights(network)) Llama2cWriter.Write(folder["m.bin"], network.Config, weights, quantized: true);
        var bytes = File.ReadAllBytes(folder["m.bin"]);
        var config = network.Config;
        // behind the head the norms in fp32, then the embeddings: a byte a number, then their scales
        var scales = 256 + (4 * ((2 * config.LayerCount * config.HiddenSize) + config.HiddenSize)) + (config.VocabularySize * config.HiddenSize);
        BitConverter.GetBytes(float.NaN).CopyTo(bytes, scales);
        File.WriteAllBytes(folder["m.bin"], bytes);
        using var damaged = new Llama2cWeights(folder["m.bin"]);
        Should.Throw<InvalidDataException>(() => damaged.Read("model.embed_tokens.weight", DType.Float32)).Message.ShouldContain("the scale of group 0 of tensor 'model.embed_tokens.weight' is NaN");
    }
}
