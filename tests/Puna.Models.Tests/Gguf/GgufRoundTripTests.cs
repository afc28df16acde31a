using FsCheck;
using FsCheck.Fluent;
using Puna.Tensors;
using Puna.Tests;
using Puna.Text;

namespace Puna.Models.Tests;

/// <summary>What is written comes back: metadata of every type, tensors, whole models.</summary>
public class GgufRoundTripTests
{
    public static TheoryData<string> Models =>
        ["a_llama2_mha", "b_llama3_gqa", "c_mqa_tied", "d_llama31_rope_scaling", "e_linear_rope_scaling", "f_code_llama_theta_1e6", "g_head_dim", "i_bf16", "l_transformers_v5_config_f16"];

    [SkippableTheory, MemberData(nameof(Models))]
    public void Golden_models_as_F32_give_the_same_logits_to_the_bit(string name)
    {
        using var folder = new TemporaryFolder();
        using var pool = new WorkerPool(2);
        var model = ModelFolder.Load(GoldenModel.FolderOf(name), requireTokenizer: false);
        GgufModel.Save(folder["m.gguf"], model, GgufMix.ByName("F32"), pool).Fallbacks.ShouldBeEmpty();
        var read = ModelPath.Load(folder["m.gguf"], requireTokenizer: false);
        TinyLlama.Weights(read.Network).ShouldBe(TinyLlama.Weights(model.Network));
        Equivalent((LlamaConfig)read.Network.Config, (LlamaConfig)model.Network.Config);
        using var forwarder = new Forwarder();
        var ids = Enumerable.Range(0, 40).Select(i => i * 7 % model.Network.Config.VocabularySize).ToArray();
        forwarder.Logits(read.Network, ids).ShouldBe(forwarder.Logits(model.Network, ids));
        TinyLlama.Weights(ModelPath.Load(folder["m.gguf"], requireTokenizer: false).Network).Length.ShouldBe((int)model.Network.Config.ParameterCount);
    }

    /// <summary>Query and key rows in the file stand as in Meta's own files.</summary>
    [SkippableTheory]
    [InlineData("a_llama2_mha", "k_meta_layout_of_a")]
    [InlineData("b_llama3_gqa", "k_meta_layout_of_b")]
    public void Rotary_rows_stand_as_in_Metas_files(string name, string metas)
    {
        using var folder = new TemporaryFolder();
        using var pool = new WorkerPool(1);
        var model = ModelFolder.Load(GoldenModel.FolderOf(name), requireTokenizer: false);
        GgufModel.Save(folder["m.gguf"], model, GgufMix.ByName("F32"), pool);
        using var ours = new GgufFile(folder["m.gguf"]);
        using var meta = new SafetensorsFile(Path.Combine(GoldenModel.FolderOf(metas), "consolidated.00.safetensors"));
        for (var layer = 0; layer < model.Network.Config.LayerCount; layer++)
            foreach (var (mine, other) in new[] { ("attn_q", "wq"), ("attn_k", "wk"), ("attn_v", "wv") })
            {
                var tensor = ours.Find($"blk.{layer}.{mine}.weight")!;
                var expected = meta.Read($"layers.{layer}.attention.{other}.weight", DType.Float32).ToArray<float>();
                var row = new float[tensor.Columns];
                for (var r = 0; r < tensor.Rows; r++)
                {
                    ours.ReadRow(tensor, r, row);
                    row.ShouldBe(expected.AsSpan(r * row.Length, row.Length).ToArray());
                }
            }
    }

    [Fact]
    public void Ids_that_end_a_text_get_the_keys_of_their_names()
    {
        Ends([128001, 128008, 128009], 128009, 128008).ShouldBe((128001, 128009, 128008));
        Ends([128001, 128008, 128009], null, null).ShouldBe((128001, 128008, 128009));
        Ends([1, 2, 3], null, 2).ShouldBe((1, 3, 2));
        Ends([7], 9, 8).ShouldBe((7, null, null));
        Ends([], 9, 8).ShouldBe((null, null, null));

        static (int?, int?, int?) Ends(int[] ids, int? turn, int? message)
        {
            var pairs = GgufConfig.Write(TinyLlama.Config() with { EosTokenIds = ids }, turn, message).ToDictionary(pair => pair.Key, pair => pair.Value);
            int? Of(string name) => pairs.GetValueOrDefault($"tokenizer.ggml.{name}_token_id") is uint id ? (int)id : null;
            return (Of("eos"), Of("eot"), Of("eom"));
        }
    }

    [Theory]
    [InlineData("linear", 4.0)]
    [InlineData(null, 4.0)]
    [InlineData("none", null)]
    public void A_factor_counts_unless_the_type_says_none(string? type, double? expected)
    {
        using var folder = new TemporaryFolder();
        using var pool = new WorkerPool(1);
        var config = TinyLlama.Config() with { RopeScaling = new LinearRopeScaling(4) };
        using var weights = new NetworkWeights(TinyLlama.Network());
        const string Key = "llama.rope.scaling.type";
        List<KeyValuePair<string, object>> pairs = [new("general.architecture", "llama"), .. GgufConfig.Write(config).Where(pair => pair.Key != Key)];
        if (type is not null) pairs.Add(new(Key, type));
        GgufWriter.Write(folder["m.gguf"], pairs, [.. GgufWeights.Sources(weights, config, (_, _) => GgmlType.ByName("F32"))], pool);
        var read = (LlamaConfig)ModelSource.ReadConfig(folder["m.gguf"]);
        (read.RopeScaling as LinearRopeScaling)?.Factor.ShouldBe(expected!.Value);
        (read.RopeScaling is null).ShouldBe(expected is null);
    }

    [Fact]
    public void Rows_are_moved_and_moved_back_for_any_head()
    {
        for (var head = 2; head <= 20; head += 2)
        {
            var matrix = new Tensor(DType.Float32, new Shape(3 * head, 2));
            float[] halves = [.. Enumerable.Range(0, 6 * head).Select(i => (float)i)];
            halves.CopyTo(matrix.Span<float>());
            RotaryLayout.ToNeighbours(matrix, heads: 3);
            for (var row = 0; row < 3 * head; row++)
            {
                var (i, j) = (row % head / 2, row % 2);
                matrix.Span<float>()[2 * row].ShouldBe(2 * ((row / head * head) + i + (j * head / 2)));
            }
            RotaryLayout.ToHalves(matrix, heads: 3);
            matrix.ToArray<float>().ShouldBe(halves);
        }
    }

    [Fact]
    public void Names_go_both_ways()
    {
        foreach (var parameter in TinyLlama.Network().Parameters) GgufNames.ToHuggingFace(GgufNames.ToGguf(parameter.Name).ShouldNotBeNull()).ShouldBe(parameter.Name);
        GgufNames.ToGguf("model.layers.12.self_attn.q_proj.weight").ShouldBe("blk.12.attn_q.weight");
        GgufNames.ToGguf("model.layers.x.self_attn.q_proj.weight").ShouldBeNull();
        GgufNames.ToHuggingFace("blk.1.attn_q.bias").ShouldBeNull();
    }

    [Fact]
    public void Metadata_of_every_type_comes_back()
    {
        using var folder = new TemporaryFolder();
        using var pool = new WorkerPool(1);
        KeyValuePair<string, object>[] pairs =
        [
            new("u8", (byte)200), new("i8", (sbyte)-100), new("u16", (ushort)60000), new("i16", (short)-30000), new("u32", 4_000_000_000u), new("i32", -2_000_000_000), new("f32", 0.1f),
            new("yes", true), new("no", false), new("text", "grüße\n\u2581\0"), new("u64", ulong.MaxValue), new("i64", long.MinValue), new("f64", Math.PI), new("empty", ""),
            new("bytes", new byte[] { 1, 2 }), new("singles", new[] { 1.5f, -2 }), new("flags", new[] { true, false, true }), new("texts", new[] { "a", "", "ü" }), new("none", Array.Empty<int>()),
            new("nested", new object[] { new[] { 1, 2 }, new[] { "x" }, new object[] { new[] { 1L } } }),
        ];
        GgufWriter.Write(folder["m.gguf"], pairs, [], pool);
        using var file = new GgufFile(folder["m.gguf"]);
        file.Metadata.Keys.ShouldBe(pairs.Select(pair => pair.Key));
        foreach (var (key, value) in pairs) file.Metadata.Find(key).ShouldBeEquivalentTo(value, key);
        file.Metadata.Number("f32").ShouldBe(0.1);
        file.Metadata.Whole("u32").ShouldBe(4_000_000_000);
        file.Metadata.TypeOf("texts").ShouldBe("string array");
        Should.Throw<InvalidDataException>(() => file.Metadata.Whole("u64")).Message.ShouldContain("a whole number was expected");
        Should.Throw<InvalidDataException>(() => file.Metadata.Text("i8")).Message.ShouldContain("i8 = -100 (int8); a text was expected");
    }

    [Fact]
    public void Tensors_of_any_type_and_shape_come_back_as_their_blocks_say()
    {
        using var folder = new TemporaryFolder();
        using var pool = new WorkerPool(2);
        var types = GgmlType.All.Where(type => type.Format is { CanQuantize: true }).ToArray();
        var cases = Gen.Choose(0, types.Length - 1).Zip(Gen.Choose(0, 5)).Zip(Gen.Choose(0, 3)).NonEmptyListOf().ToArbitrary();
        Check.One(FsCheck.Config.QuickThrowOnFailure.WithMaxTest(30), Prop.ForAll(cases, list =>
        {
            var sources = list.Select((item, i) =>
            {
                var type = types[item.Item1.Item1];
                var tensor = Random(new Shape(item.Item1.Item2, item.Item2 * type.ElementsPerBlock), (ulong)i);
                return (Source: new GgufTensorSource($"t{i}", type, tensor.Shape, () => tensor), Tensor: tensor);
            }).ToArray();
            GgufWriter.Write(folder["m.gguf"], [], [.. sources.Select(pair => pair.Source)], pool);
            using var file = new GgufFile(folder["m.gguf"]);
            foreach (var (source, tensor) in sources)
            {
                var found = file.Find(source.Name)!;
                found.Shape.ShouldBe([tensor.Shape[0], tensor.Shape[1]]);
                (found.Offset % 32).ShouldBe(0);
                for (var row = 0L; row < found.Rows; row++)
                {
                    var (values, blocks, expected) = (tensor.Rows(row, 1).ToArray<float>(), new byte[found.RowBytes], new float[found.Columns]);
                    source.Type.Format!.Quantize(values, blocks);
                    source.Type.Format.Dequantize(blocks, expected);
                    var read = new float[found.Columns];
                    file.ReadRow(found, row, read);
                    read.ShouldBe(expected);
                }
            }
        }));
    }

    [Fact]
    public void A_model_with_tokenizer_and_template_comes_back_whole()
    {
        using var folder = new TemporaryFolder();
        using var pool = new WorkerPool(2);
        var tokenizer = (SentencePieceTokenizer)Tokenizers.Load(SharedData.Golden("sentencepiece/bpe_512_llama.model"));
        var config = TinyLlama.Config(vocabulary: 515) with { BosTokenId = 1, EosTokenIds = [2, 7] };
        var model = new LanguageModel(TinyLlama.Network(config), tokenizer, ChatTemplates.Llama2);
        var report = GgufModel.Save(folder["m.gguf"], model, GgufMix.ByName("F32"), pool);
        report.Notes.ShouldBeEmpty();
        report.Bytes.ShouldBe(new FileInfo(folder["m.gguf"]).Length);
        var read = ModelPath.Load(folder["m.gguf"]);
        TinyLlama.Weights(read.Network).ShouldBe(TinyLlama.Weights(model.Network));
        Equivalent((LlamaConfig)read.Network.Config, config);
        read.ChatTemplate.ShouldBeOfType<JinjaChatTemplate>();
        var back = read.Tokenizer.ShouldBeAssignableTo<SentencePieceTokenizer>()!;
        back.Model.Pieces.Take(512).ShouldBe(tokenizer.Model.Pieces);
        back.VocabularySize.ShouldBe(515);
        (back.BosId, back.EosId, back.UnknownId, back.PadId).ShouldBe((tokenizer.BosId, tokenizer.EosId, tokenizer.UnknownId, tokenizer.PadId));
        Check.One(FsCheck.Config.QuickThrowOnFailure.WithMaxTest(100), Prop.ForAll<string>(text => back.Encode(text ?? "").ShouldBe(tokenizer.Encode(text ?? ""))));
        folder.Entries.ShouldBe(["m.gguf"]);
    }

    [Fact]
    public void What_a_file_cannot_say_as_the_model_did_is_noted()
    {
        using var folder = new TemporaryFolder();
        using var pool = new WorkerPool(1);
        var tokenizer = Tokenizers.Load(SharedData.Golden("sentencepiece/bpe_512_ascii_symbols.model"));
        var model = new LanguageModel(TinyLlama.Network(TinyLlama.Config(vocabulary: 512) with { EosTokenIds = [1, 2, 3, 4] }), tokenizer, null);
        var notes = GgufModel.Save(folder["m.gguf"], model, GgufMix.ByName("Q8_0"), pool).Notes;
        notes.ShouldContain(note => note.Contains("of the 4 ids"));
        notes.ShouldContain(note => note.Contains("no byte pieces"));
        var unigram = Tokenizers.Load(SharedData.Golden("sentencepiece/unigram_1000_identity_no_dummy_prefix.model"));
        Should.Throw<InvalidDataException>(() => GgufModel.Save(folder["u.gguf"], model with { Tokenizer = unigram }, GgufMix.ByName("F32"), pool)).Message.ShouldContain("unigram");
        var gpt2 = ModelFolder.Load(SharedData.Golden("gpt2"), requireTokenizer: false);
        Should.Throw<InvalidDataException>(() => GgufModel.Save(folder["g.gguf"], gpt2, GgufMix.ByName("F32"), pool)).Message.ShouldContain("gpt2");
        folder.Entries.ShouldBe(["m.gguf"]);
    }

    [Fact]
    public void Numbers_that_a_type_cannot_hold_are_refused_and_nothing_is_left()
    {
        using var folder = new TemporaryFolder();
        using var pool = new WorkerPool(1);
        var model = TinyLlama.Model(TinyLlama.Network());
        var matrix = model.Network.Parameters.Single(parameter => parameter.Name == "model.layers.1.mlp.up_proj.weight").Tensor;
        matrix.Span<float>()[32 * 3 + 5] = float.NaN;
        Should.Throw<InvalidDataException>(() => GgufModel.Save(folder["m.gguf"], model, GgufMix.ByName("Q8_0"), pool)).Message.ShouldContain("'blk.1.ffn_up.weight' holds NaN at row 3, column 5");
        matrix.Span<float>()[32 * 3 + 5] = 1e9f;
        Should.Throw<InvalidDataException>(() => GgufModel.Save(folder["m.gguf"], model, GgufMix.ByName("Q4_0"), pool)).Message.ShouldContain("row 3 of tensor 'blk.1.ffn_up.weight' holds numbers too large for Q4_0");
        folder.Entries.ShouldBeEmpty();
    }

    [SkippableFact]
    public void Divisors_that_no_formula_gives_are_kept_as_they_are()
    {
        using var folder = new TemporaryFolder();
        using var pool = new WorkerPool(1);
        var config = TinyLlama.Config() with { RopeScaling = new FactorRopeScaling([1, 3, 2.5f, 7]) };
        var model = TinyLlama.Model(TinyLlama.Network(config));
        GgufModel.Save(folder["m.gguf"], model, GgufMix.ByName("F32"), pool);
        var read = ModelPath.Load(folder["m.gguf"], requireTokenizer: false);
        ((LlamaConfig)read.Network.Config).RopeScaling.ShouldBeOfType<FactorRopeScaling>().Factors.ShouldBe([1, 3, 2.5f, 7]);
        using var forwarder = new Forwarder();
        forwarder.Logits(read.Network, [1, 2, 3, 4]).ShouldBe(forwarder.Logits(model.Network, [1, 2, 3, 4]));
        Should.Throw<InvalidDataException>(() => ModelFolder.Save(folder["hf"], read)).Message.ShouldContain("config.json cannot say");
    }

    private static void Equivalent(LlamaConfig read, LlamaConfig expected) =>
        (read with { EosTokenIds = [], InitializerRange = 0 }).ShouldBe(expected with { EosTokenIds = [], InitializerRange = 0 });

    private static Tensor Random(Shape shape, ulong seed)
    {
        var random = new CounterRandom(seed);
        var tensor = new Tensor(DType.Float32, shape);
        tensor.Fill(random.NextNormal);
        return tensor;
    }
}
