using Puna.Models;
using Puna.Tensors;

namespace Puna.Inference.Tests;

/// <summary>The engine computes what the network computes: in one piece and in many, alone and among others, from memory, from folders and from GGUF files.</summary>
public class LlamaEngineTests
{
    public static TheoryData<string> Goldens => ["a_llama2_mha", "b_llama3_gqa", "c_mqa_tied", "d_llama31_rope_scaling", "e_linear_rope_scaling", "f_code_llama_theta_1e6", "g_head_dim", "i_bf16", "j_sharded", "l_transformers_v5_config_f16"];

    [SkippableTheory, MemberData(nameof(Goldens))]
    public void Golden_checkpoints_have_the_golden_logits(string name)
    {
        using var golden = new GoldenModel(name);
        var expected = golden.Expected.Read("logits", DType.Float32).ToArray<float>().Chunk(golden.Network.Config.VocabularySize).ToArray();
        using var runner = new EngineRunner(golden.Network);
        foreach (var (ids, row) in golden.Ids.ToArray<int>().Chunk(golden.Length).Select((ids, row) => (ids, row)))
            EngineRunner.Largest(runner.Logits(ids), expected[(row * golden.Length)..((row + 1) * golden.Length)]).ShouldBeLessThan(2e-4);
    }

    [Fact]
    public void Long_stretched_contexts_agree_with_the_network()
    {
        foreach (var scaling in new RopeScaling[] { new LinearRopeScaling(2), new YarnRopeScaling(4, 32), new Llama3RopeScaling(8, 1, 4, 32) })
        {
            var network = TinyLlama.Network(TinyLlama.Config(context: 160) with { RopeScaling = scaling });
            using var runner = new EngineRunner(network);
            var ids = TinyLlama.Ids(150);
            EngineRunner.Largest(runner.Logits(ids), EngineRunner.Reference(network, ids)).ShouldBeLessThan(1e-4, scaling.Type);
        }
    }

    [Theory]
    [InlineData(4, 4, 61, 1)]
    [InlineData(4, 2, 64, 3)]
    [InlineData(8, 1, 80, 70)]
    [InlineData(2, 1, 61, 150)]
    [InlineData(1, 1, 48, 65)]
    public void Any_shape_agrees_with_the_network(int heads, int keyValueHeads, int vocabulary, int tokens)
    {
        var network = TinyLlama.Network(TinyLlama.Config(heads, keyValueHeads, vocabulary: vocabulary, context: 256));
        using var runner = new EngineRunner(network);
        var ids = TinyLlama.Ids(tokens, vocabulary: vocabulary);
        EngineRunner.Largest(runner.Logits(ids), EngineRunner.Reference(network, ids)).ShouldBeLessThan(1e-4);
    }

    [Fact]
    public void Cut_into_any_pieces_a_sequence_has_the_same_bits()
    {
        var network = TinyLlama.Network(TinyLlama.Config(context: 1200));
        using var runner = new EngineRunner(network);
        using var other = new EngineRunner(network, new EngineOptions { Repack = RepackMode.Off }, threads: 3);
        var ids = TinyLlama.Ids(1100);
        var whole = runner.Logits(ids);
        foreach (var sizes in new int[][] { [1], [64], [63, 65], [512], [7, 1, 1, 200] })
        {
            using var sequence = other.Engine.CreateSequence();
            var limit = sizes[0] == 1 ? 140 : ids.Length;
            for (var (at, i) = (0, 0); at < limit; i++)
            {
                var count = Math.Min(sizes[i % sizes.Length], limit - at);
                var rows = other.Logits(sequence, ids[at..(at + count)]);
                for (var r = 0; r < count; r++) Bits(rows[r]).ShouldBe(Bits(whole[at + r]), $"pieces of {sizes[0]}, position {at + r}");
                at += count;
            }
        }
    }

    [Fact]
    public void What_was_reserved_for_a_failed_batch_is_given_back()
    {
        using var runner = new EngineRunner(TinyLlama.Network(TinyLlama.Config(context: 300)));
        var (ids, other) = (TinyLlama.Ids(80), TinyLlama.Ids(80, seed: 9));
        using var sequence = runner.Engine.CreateSequence();
        runner.Logits(sequence, ids[..60]);
        Should.Throw<InvalidDataException>(() => runner.Logits(sequence, [.. ids[60..], .. ids, 100_000]));
        sequence.Length.ShouldBe(60);
        using var fork = sequence.Fork();
        using var saved = new MemoryStream();
        fork.Save(saved);
        saved.Length.ShouldBe(runner.Engine.SavedBytes(60));
        // both go on over the end of the page, and neither sees the other
        var rest = runner.Logits(sequence, ids[60..]);
        Bits(runner.Logits(fork, other[60..])[^1]).ShouldBe(Bits(runner.Logits([.. ids[..60], .. other[60..]])[^1]));
        Bits(rest[^1]).ShouldBe(Bits(runner.Logits(ids)[^1]));
        Bits(runner.Logits(sequence, [1])[^1]).ShouldBe(Bits(runner.Logits([.. ids, 1])[^1]));
    }

    [Theory, InlineData(CacheType.Float32), InlineData(CacheType.Float16), InlineData(CacheType.BFloat16), InlineData(CacheType.Int8)]
    public void What_is_saved_depends_on_the_positions_alone(CacheType type)
    {
        using var runner = new EngineRunner(TinyLlama.Network(TinyLlama.Config(context: 300)), new EngineOptions { CacheType = type });
        var ids = TinyLlama.Ids(150);
        foreach (var length in new[] { 1, 15, 16, 17, 64, 85 })
        {
            using var sequence = runner.Engine.CreateSequence();
            runner.Logits(sequence, ids);
            sequence.Truncate(length);
            using var other = new EngineRunner(TinyLlama.Network(TinyLlama.Config(context: 300)), new EngineOptions { CacheType = type });
            using var never = other.Engine.CreateSequence();
            other.Logits(never, ids[..length]);
            Saved(sequence).ShouldBe(Saved(never), $"{length} positions");
        }

        static byte[] Saved(EngineSequence sequence)
        {
            using var stream = new MemoryStream();
            sequence.Save(stream);
            return stream.ToArray();
        }
    }

    [Fact]
    public void A_disposed_engine_says_so()
    {
        var runner = new EngineRunner(TinyLlama.Network(TinyLlama.Config()));
        var sequence = runner.Engine.CreateSequence();
        runner.Logits(sequence, TinyLlama.Ids(5));
        runner.Engine.Dispose();
        Should.Throw<ObjectDisposedException>(() => runner.Logits(sequence, [1]));
        Should.Throw<ObjectDisposedException>(() => sequence.Save(Stream.Null));
        Should.Throw<ObjectDisposedException>(() => runner.Engine.CreateSequence());
        Should.Throw<ObjectDisposedException>(() => runner.Engine.TryProject(new float[runner.Engine.Config.HiddenSize], new float[runner.Engine.VocabularySize]));
        sequence.Dispose();
        runner.Dispose();
    }

    [Fact]
    public void A_sequence_does_not_see_its_neighbours()
    {
        var network = TinyLlama.Network(TinyLlama.Config(context: 300));
        using var runner = new EngineRunner(network);
        var prompts = Enumerable.Range(0, 9).Select(i => TinyLlama.Ids(1 + (i * 29), seed: (ulong)i + 1)).ToArray();
        var alone = prompts.Select(prompt => runner.Logits(prompt)[^1]).ToArray();
        using var batch = new InferenceBatch();
        var sequences = prompts.Select(_ => runner.Engine.CreateSequence()).ToArray();
        var rows = prompts.Select((prompt, i) => batch.Add(sequences[i], prompt)).ToArray();
        runner.Engine.Run(batch);
        for (var i = 0; i < prompts.Length; i++) Bits(batch.Row(rows[i]).ToArray()).ShouldBe(Bits(alone[i]));
        // and goes on by itself, in another order
        batch.Clear();
        for (var i = prompts.Length - 1; i >= 0; i--) rows[i] = batch.Add(sequences[i], [3]);
        runner.Engine.Run(batch);
        for (var i = 0; i < prompts.Length; i++) Bits(batch.Row(rows[i]).ToArray()).ShouldBe(Bits(runner.Logits([.. prompts[i], 3])[^1]));
        foreach (var sequence in sequences) sequence.Dispose();
    }

    [Fact]
    public void Forks_share_pages_until_they_are_written()
    {
        var network = TinyLlama.Network(TinyLlama.Config(context: 300));
        using var runner = new EngineRunner(network);
        var prompt = TinyLlama.Ids(100);
        using var first = runner.Engine.CreateSequence();
        runner.Logits(first, prompt);
        var before = runner.Engine.Memory.Cache;
        using var second = first.Fork();
        runner.Engine.Memory.Cache.ShouldBe(before);
        Bits(runner.Logits(second, 5, 6, 7)[^1]).ShouldBe(Bits(runner.Logits([.. prompt, 5, 6, 7])[^1]));
        Bits(runner.Logits(first, 8)[^1]).ShouldBe(Bits(runner.Logits([.. prompt, 8])[^1]));
        second.Truncate(70);
        using var third = second.Fork();
        second.Dispose();
        Bits(runner.Logits(third, 9, 9)[^1]).ShouldBe(Bits(runner.Logits([.. prompt[..70], 9, 9])[^1]));
        first.Length.ShouldBe(101);
        Bits(runner.Logits(first, 4)[^1]).ShouldBe(Bits(runner.Logits([.. prompt, 8, 4])[^1]));
    }

    [Theory]
    [InlineData(CacheType.Float16, 2e-2)]
    [InlineData(CacheType.BFloat16, 0.15)]
    [InlineData(CacheType.Int8, 0.2)]
    public void Smaller_caches_cost_little(CacheType type, double largest)
    {
        var network = TinyLlama.Network(TinyLlama.Config(context: 200));
        var ids = TinyLlama.Ids(150);
        using var runner = new EngineRunner(network, new EngineOptions { CacheType = type });
        using var single = new EngineRunner(network);
        single.Engine.CacheType.ShouldBe(CacheType.Float32);
        var difference = EngineRunner.Largest(runner.Logits(ids), single.Logits(ids));
        difference.ShouldBeLessThan(largest);
        difference.ShouldBeGreaterThan(0);
        runner.Engine.Memory.Cache.ShouldBeLessThan(single.Engine.Memory.Cache);
    }

    [Theory, InlineData("Q8_0"), InlineData("Q4_0"), InlineData("Q4_K_M"), InlineData("Q6_K"), InlineData("Q2_K"), InlineData("BF16"), InlineData("F16")]
    public void A_quantised_file_agrees_with_the_network_of_its_numbers(string type)
    {
        using var folder = new TemporaryFolder();
        using var pool = new WorkerPool(2);
        var config = LlamaConfig.Create(256, 512, 2, 8, 4, 320, 128) with { InitializerRange = 0.08 };
        GgufModel.Save(folder["m.gguf"], TinyLlama.Model(TinyLlama.Network(config)), GgufMix.ByName(type), pool);
        using var source = ModelSource.Open(folder["m.gguf"], requireTokenizer: false);
        var network = source.Load().Network;
        var ids = TinyLlama.Ids(90, vocabulary: 320);
        var reference = EngineRunner.Reference(network, ids);
        var bits = new List<int[][]>();
        foreach (var repack in new[] { RepackMode.Auto, RepackMode.Off })
        {
            using var again = ModelSource.Open(folder["m.gguf"], requireTokenizer: false);
            using var runner = new EngineRunner((LlamaConfig)again.Config, again.Weights, new EngineOptions { Repack = repack, CacheType = CacheType.Float32 });
            var logits = runner.Logits(ids);
            Divergence(reference, logits).ShouldBeLessThan(1e-3);
            bits.Add([.. logits.Select(Bits)]);
            (runner.Engine.Memory.CopiedWeights > 0).ShouldBe(repack == RepackMode.Auto);
        }
        bits[0].ShouldBe(bits[1]);
    }

    [Theory, InlineData(RepackMode.Auto), InlineData(RepackMode.Off)]
    public void A_thousand_tokens_allocate_next_to_nothing(RepackMode repack)
    {
        // the runner's threads allocate now and then, a new engine each time; the thread that asks is counted alone, too
        Enumerable.Range(0, 3).Min(_ => Allocated()).ShouldBeLessThan(64 << 10);

        long Allocated()
        {
            using var runner = new EngineRunner(TinyLlama.Network(TinyLlama.Config(context: 1200)), new EngineOptions { Repack = repack });
            using var sequence = runner.Engine.CreateSequence();
            using var batch = new InferenceBatch();
            Run(100);
            var (before, own) = (GC.GetTotalAllocatedBytes(true), GC.GetAllocatedBytesForCurrentThread());
            Run(1000);
            (GC.GetAllocatedBytesForCurrentThread() - own).ShouldBeLessThan(64 << 10);
            return GC.GetTotalAllocatedBytes(true) - before;

            void Run(int steps)
            {
                int[] one = [3];
                for (var i = 0; i < steps; i++)
                {
                    batch.Clear();
                    batch.Add(sequence, one);
                    runner.Engine.Run(batch);
                }
            }
        }
    }

    [Fact]
    public void A_full_cache_says_so_and_changes_nothing()
    {
        var network = TinyLlama.Network(TinyLlama.Config(context: 600));
        var page = new CacheLayout(CacheType.Float32, 2, 2, 8).PageBytes;
        using var runner = new EngineRunner(network, new EngineOptions { CacheBytes = 4 * page });
        using var first = runner.Engine.CreateSequence();
        using var second = runner.Engine.CreateSequence();
        runner.Logits(first, TinyLlama.Ids(190));
        var error = Should.Throw<InsufficientMemoryException>(() => runner.Logits(second, TinyLlama.Ids(100)));
        error.Message.ShouldContain("1 free pages");
        second.Length.ShouldBe(0);
        first.Truncate(60);
        runner.Logits(second, TinyLlama.Ids(100)).Length.ShouldBe(100);
    }

    [Fact]
    public void Contexts_that_cannot_be_are_refused_with_the_numbers()
    {
        var network = TinyLlama.Network(TinyLlama.Config(context: 64));
        Should.Throw<InvalidDataException>(() => new EngineRunner(network, new EngineOptions { ContextLength = 65 })).Message.ShouldContain("1 to 64 positions");
        using var runner = new EngineRunner(network);
        using var sequence = runner.Engine.CreateSequence();
        runner.Logits(sequence, TinyLlama.Ids(60));
        Should.Throw<InvalidDataException>(() => runner.Logits(sequence, TinyLlama.Ids(5))).Message.ShouldBe("a sequence of 60 tokens and 5 more outgrow the context of 64 positions");
        var wide = TinyLlama.Network(LlamaConfig.Create(32, 48, 2, 1, 1, 61, int.MaxValue - 8));
        Should.Throw<InvalidDataException>(() => new EngineRunner(wide, new EngineOptions { ContextLength = int.MaxValue - 8 })).Message.ShouldContain("the largest that fits has");
    }

    [Fact]
    public void Hidden_states_are_those_of_the_network()
    {
        var network = TinyLlama.Network();
        using var runner = new EngineRunner(network);
        using var device = new CpuDevice(1);
        using var reference = new NetworkEngine(network, device);
        using var batch = new InferenceBatch();
        var results = new List<float[]>();
        foreach (var engine in new InferenceEngine[] { runner.Engine, reference })
        {
            batch.Clear();
            using var sequence = engine.CreateSequence();
            batch.Add(sequence, TinyLlama.Ids(12), BatchOutput.Hidden);
            engine.Run(batch);
            results.Add([.. Enumerable.Range(0, 12).SelectMany(row => batch.Row(row).ToArray())]);
        }
        Forwarder.Largest(results[0], results[1]).ShouldBeLessThan(1e-4);
    }

    private static int[] Bits(float[] values) => [.. values.Select(BitConverter.SingleToInt32Bits)];

    private static double Divergence(float[][] reference, float[][] other) => reference.Zip(other, (a, b) =>
    {
        var (p, q) = (LogSoftmax(a), LogSoftmax(b));
        return p.Zip(q, (x, y) => Math.Exp(x) * (x - y)).Sum();
    }).Average();

    private static double[] LogSoftmax(float[] logits)
    {
        var top = (double)logits.Max();
        var total = top + Math.Log(logits.Sum(logit => Math.Exp(logit - top)));
        return [.. logits.Select(logit => logit - total)];
    }
}
