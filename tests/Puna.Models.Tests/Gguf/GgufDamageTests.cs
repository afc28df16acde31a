using Puna.Tensors;
using Puna.Tests;
using Puna.Text;

namespace Puna.Models.Tests;

/// <summary>Each kind of damage has its sentence. Damage by chance, and the memory that it takes: tests/Puna.Fuzz.</summary>
public class GgufDamageTests
{
    [Fact]
    public void A_file_cut_short_anywhere_is_refused()
    {
        using var folder = new TemporaryFolder();
        var whole = SmallModel(folder);
        for (var length = 0; length < whole.Length - 32; length += length < 3000 ? 7 : 101) // the last 32 may be padding
        {
            File.WriteAllBytes(folder["cut.gguf"], whole[..length]);
            Should.Throw<InvalidDataException>(() => new GgufFile(folder["cut.gguf"]).Dispose()).Message.ShouldContain("cut.gguf");
        }
    }

    [Theory]
    [InlineData("", "has 0 bytes, less than the 24 of a header")]
    [InlineData("47475546 04000000 0000000000000000 0000000000000000", "is of version 4; this build reads versions 2 and 3")]
    [InlineData("47475546 01000000 0000000000000000 0000000000000000", "is of version 1; this build reads versions 2 and 3")]
    [InlineData("47475546 00000003 0000000000000000 0000000000000000", "is big-endian")]
    [InlineData("47474D4C 03000000 0000000000000000 0000000000000000", "does not begin with GGUF but with the bytes 47474D4C")]
    [InlineData("47475546 03000000 FFFFFFFFFFFFFFFF 0000000000000000", "claims 18446744073709551615 for the number of tensors")]
    [InlineData("47475546 03000000 0000000000000000 0100000000000000", "claims 1 for the number of metadata pairs")]
    [InlineData("47475546 03000000 0000000000000000 0100000000000000 0100000000000000 61 0D000000 00", "gives the value of 'a' at byte 37 the type 13")]
    [InlineData("47475546 03000000 0000000000000000 0100000000000000 0100000000000000 FF 00000000 00", "holds text that is not UTF-8: metadata key 0")]
    [InlineData("47475546 03000000 0000000000000000 0100000000000000 0100000000000000 61 07000000 02", "has the byte 2 for true or false in the value of 'a'")]
    [InlineData("47475546 03000000 0000000000000000 0100000000000000 0100000000000000 61 09000000 04000000 0000000000000010", "claims 1152921504606846976 for the elements of the value of 'a'")]
    [InlineData("47475546 03000000 0000000000000000 0200000000000000 0100000000000000 61 00000000 01 0100000000000000 61 00000000 01", "has the metadata key 'a' twice")]
    [InlineData("47475546 03000000 0100000000000000 0000000000000000 0100000000000000 61 05000000 0000000000000000 0000000000000000", "gives tensor 'a' 5 dimensions")]
    [InlineData("47475546 03000000 0100000000000000 0000000000000000 0100000000000000 61 01000000 2000000000000000 C8000000 0000000000000000", "gives tensor 'a' the type 200")]
    [InlineData("47475546 03000000 0100000000000000 0000000000000000 0100000000000000 61 01000000 2100000000000000 02000000 0000000000000000", "gives tensor 'a' of type Q4_0 rows of 33 elements; a multiple of 32 was expected")]
    [InlineData("47475546 03000000 0100000000000000 0000000000000000 0100000000000000 61 01000000 2000000000000000 00000000 0100000000000000", "puts tensor 'a' at offset 1; a multiple of 32 was expected")]
    [InlineData("47475546 03000000 0100000000000000 0000000000000000 0100000000000000 61 01000000 2000000000000000 00000000 0000000000000000", "tensor 'a' needs 128 bytes at offset 0, the file has 0 left there")]
    [InlineData("47475546 03000000 0100000000000000 0000000000000000 0100000000000000 61 02000000 FFFFFFFFFFFFFF7F FFFFFFFFFFFFFF7F 00000000 0000000000000000", "no file holds so many elements")]
    public void Each_kind_of_damage_has_its_sentence(string hexadecimal, string sentence)
    {
        using var folder = new TemporaryFolder();
        File.WriteAllBytes(folder["m.gguf"], Convert.FromHexString(hexadecimal.Replace(" ", "", StringComparison.Ordinal)));
        var message = Should.Throw<InvalidDataException>(() => new GgufFile(folder["m.gguf"]).Dispose()).Message;
        message.ShouldContain(sentence);
        message.ShouldContain(folder["m.gguf"]);
    }

    [Fact]
    public void Arrays_that_nest_without_end_are_refused_before_the_stack_is_full()
    {
        using var folder = new TemporaryFolder();
        using var bytes = new MemoryStream();
        bytes.Write("GGUF"u8);
        bytes.Write([3, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0, (byte)'a', 9, 0, 0, 0]);
        for (var i = 0; i < 200_000; i++) bytes.Write([9, 0, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0]);
        File.WriteAllBytes(folder["m.gguf"], bytes.ToArray());
        Should.Throw<InvalidDataException>(() => new GgufFile(folder["m.gguf"]).Dispose()).Message.ShouldContain("deeper than 8 arrays");
    }

    [Fact]
    public void Tensors_over_each_other_are_refused()
    {
        using var folder = new TemporaryFolder();
        using var pool = new WorkerPool(1);
        var tensor = new Tensor(DType.Float32, new Shape(64));
        GgufWriter.Write(folder["m.gguf"], [], [Source("one"), Source("two")], pool);
        var bytes = File.ReadAllBytes(folder["m.gguf"]);
        var offset = bytes.AsSpan().IndexOf("two"u8) + 3 + 4 + 8 + 4;
        bytes[offset] = 32;
        bytes[offset + 1] = 0;
        File.WriteAllBytes(folder["m.gguf"], bytes);
        Should.Throw<InvalidDataException>(() => new GgufFile(folder["m.gguf"]).Dispose()).Message.ShouldContain("puts tensor 'two' at offset 32, within tensor 'one', which ends at 256");

        GgufTensorSource Source(string name) => new(name, GgmlType.ByName("F32"), tensor.Shape, () => tensor);
    }

    [Fact]
    public void A_missing_tensor_a_wrong_shape_and_an_unread_type_are_named_with_what_was_expected()
    {
        using var folder = new TemporaryFolder();
        using var pool = new WorkerPool(1);
        var network = TinyLlama.Network();
        var f32 = GgmlType.ByName("F32");
        var pairs = GgufConfig.Write(network.Config).Prepend(new("general.architecture", "llama")).ToArray();
        var sources = GgufWeights.Sources(new NetworkWeights(network), network.Config, (_, _) => f32).ToArray();

        Load(pairs, [.. sources.Where(source => source.Name != "blk.0.ffn_norm.weight")]).ShouldContain("tensor 'blk.0.ffn_norm.weight' [32] is missing from the weights");
        Load(pairs, [.. sources.Where(source => source.Name != "blk.1.attn_q.weight")]).ShouldContain("tensor 'blk.1.attn_q.weight' [32, 32] is missing from the weights");
        var wrong = new Tensor(DType.Float32, new Shape(48, 31));
        Load(pairs, [.. sources.Select(source => source.Name == "blk.1.ffn_gate.weight" ? source with { Shape = wrong.Shape, Read = () => wrong } : source)])
            .ShouldContain("tensor 'blk.1.ffn_gate.weight' has shape [48, 31], by the configuration it should have [48, 32]");
        Load(pairs, [.. sources, new GgufTensorSource("blk.0.attn_q.bias", f32, new Shape(32), () => new Tensor(DType.Float32, new Shape(32)))]).ShouldContain("'blk.0.attn_q.bias' belongs to no part");
        Load([.. pairs.Where(pair => pair.Key != "llama.block_count")], sources).ShouldContain("has no llama.block_count");
        Load([.. pairs.Select(pair => pair.Key == "general.architecture" ? new(pair.Key, "qwen2") : pair)], sources).ShouldContain("general.architecture qwen2; this build runs llama only");
        Load([.. pairs, new("llama.expert_count", 8u)], sources).ShouldContain("mixture of 8 experts");
        Load([.. pairs, new("llama.rope.scaling.type", "longrope")], sources).ShouldContain("llama.rope.scaling.type longrope");
        Load([.. pairs.Select(pair => pair.Key == "llama.rope.dimension_count" ? new(pair.Key, 4u) : pair)], sources).ShouldContain("llama.rope.dimension_count 4 with heads of 8");
        Load([.. pairs.Select(pair => pair.Key == "llama.attention.head_count_kv" ? new(pair.Key, 3u) : pair)], sources).ShouldContain("must be a multiple");
        Load([.. pairs.Select(pair => pair.Key == "llama.block_count" ? new(pair.Key, 2_000_000_000u) : pair)], sources).ShouldContain("'blk.2.attn_norm.weight' [32] is missing");
        Load([.. pairs, new("tokenizer.ggml.model", "llama")], sources).ShouldContain("no tokenizer.ggml.tokens");
        Load([.. pairs, new("tokenizer.ggml.model", "llama"), new("tokenizer.ggml.tokens", new[] { "a", "b" }), new("tokenizer.ggml.scores", new[] { 1f })], sources).ShouldContain("has 1 tokenizer.ggml.scores for 2 tokens");
        Load([.. pairs, new("tokenizer.ggml.model", "llama"), new("tokenizer.ggml.tokens", new[] { "a" }), new("tokenizer.ggml.eos_token_id", 7u)], sources).ShouldContain("tokenizer.ggml.eos_token_id 7, but ids are 0 to 0");

        GgufWriter.Write(folder["m.gguf"], pairs, sources, pool);
        var bytes = File.ReadAllBytes(folder["m.gguf"]);
        bytes[bytes.AsSpan().IndexOf("token_embd.weight"u8) + 17 + 4 + 16] = 26; // I32: of the same size
        File.WriteAllBytes(folder["i.gguf"], bytes);
        Should.Throw<InvalidDataException>(() => ModelPath.Load(folder["i.gguf"], requireTokenizer: false)).Message.ShouldContain("in I32, which this build does not read");

        string Load(KeyValuePair<string, object>[] metadata, GgufTensorSource[] tensors)
        {
            GgufWriter.Write(folder["m.gguf"], metadata, tensors, pool);
            var message = Should.Throw<InvalidDataException>(() => ModelPath.Load(folder["m.gguf"], requireTokenizer: false)).Message;
            message.ShouldContain(folder["m.gguf"]);
            return message;
        }
    }

    [SkippableFact]
    public void Fixtures_of_others_are_read_or_refused_with_the_reason()
    {
        using (var empty = new GgufFile(SharedData.Shared("data/models/fixtures/empty.gguf"))) empty.Metadata.Text("general.architecture").ShouldBe("llama");
        // 122 bytes that announce a tensor of 32,768
        Should.Throw<InvalidDataException>(() => new GgufFile(SharedData.Shared("data/models/fixtures/tiny.gguf")).Dispose()).Message.ShouldContain("tensor 'test.weight.0' needs 32768 bytes");
    }

    [Fact]
    public void Opening_a_large_file_reads_its_header_only()
    {
        using var folder = new TemporaryFolder();
        using var pool = new WorkerPool(1);
        var tensor = new Tensor(DType.Float32, new Shape(1, 1));
        GgufWriter.Write(folder["m.gguf"], [], [new GgufTensorSource("big", GgmlType.ByName("F32"), tensor.Shape, () => tensor)], pool);
        var bytes = File.ReadAllBytes(folder["m.gguf"]);
        foreach (var dimension in (int[])[0, 1]) BitConverter.GetBytes(1L << 15).CopyTo(bytes, bytes.AsSpan().IndexOf("big"u8) + 3 + 4 + (8 * dimension));
        File.WriteAllBytes(folder["m.gguf"], bytes);
        using (var stream = new FileStream(folder["m.gguf"], FileMode.Open)) stream.SetLength((4L << 30) + 1024); // a hole: nothing on the disk
        var before = GC.GetTotalAllocatedBytes(true);
        using (var file = new GgufFile(folder["m.gguf"])) file.Tensors.Single().Bytes.ShouldBe(4L << 30);
        (GC.GetTotalAllocatedBytes(true) - before).ShouldBeLessThan(1 << 20);
    }

    private static byte[] SmallModel(TemporaryFolder folder)
    {
        using var pool = new WorkerPool(1);
        var tokenizer = CharacterTokenizerTrainer.Train("abc def", new CharacterTrainerOptions());
        var network = new Transformer(LlamaConfig.Create(32, 32, 1, 2, 1, tokenizer.VocabularySize, 16) with { BosTokenId = tokenizer.BosId });
        network.Initialize(1);
        GgufModel.Save(folder["whole.gguf"], new LanguageModel(network, tokenizer, ChatTemplates.Llama2), GgufMix.ByName("Q8_0"), pool);
        return File.ReadAllBytes(folder["whole.gguf"]);
    }
}
