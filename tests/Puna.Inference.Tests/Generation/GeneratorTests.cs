using Puna.Tensors;

namespace Puna.Inference.Tests;

public class GeneratorTests
{
    private static readonly GenerationOptions Endless = new() { StopIds = [-1] };

    public static TheoryData<string> Names => ["a_llama2_mha", "b_llama3_gqa", "c_mqa_tied", "g_head_dim", "d_llama31_rope_scaling", "f_code_llama_theta_1e6"];

    [SkippableTheory, MemberData(nameof(Names))]
    public void Greedy_generation_gives_the_golden_ids(string name)
    {
        using var golden = new GoldenModel(name);
        using var device = new CpuDevice(2);
        using var generator = new Generator(golden.Network, device, 30);
        foreach (var row in golden.Expected.Read("greedy_ids", DType.Int32).ToArray<int>().Chunk(24))
            generator.Generate(row[..8], new SamplerChain(SamplingOptions.Greedy), Endless with { MaxOutputTokens = 16 }).ShouldBe(row[8..]);
    }

    [Fact]
    public void What_a_prompt_shares_with_the_last_is_not_computed_again_and_changes_nothing()
    {
        using var device = new CpuDevice(2);
        var network = TinyLlama.Network();
        using var used = new Generator(network, device);
        var prompt = TinyLlama.Ids(20);
        foreach (var (kept, added) in new[] { (20, 0), (20, 5), (12, 6), (0, 9), (9, 0), (3, 30) })
        {
            prompt = [.. prompt[..Math.Min(kept, prompt.Length)], .. TinyLlama.Ids(added, (ulong)added)];
            using var fresh = new Generator(network, device);
            var expected = Greedy(fresh, prompt, 12);
            Greedy(used, prompt, 12).ShouldBe(expected);
            used.Statistics.PromptTokens.ShouldBe(prompt.Length);
        }
    }

    [Fact]
    public void The_next_turn_of_a_chat_computes_only_what_is_new_and_says_so()
    {
        using var device = new CpuDevice(1);
        using var generator = new Generator(TinyLlama.Network(), device);
        int[] first = TinyLlama.Ids(10), answer = Greedy(generator, first, 6);
        generator.Statistics.CachedTokens.ShouldBe(0);
        Greedy(generator, [.. first, .. answer, 1, 2, 3], 4);
        generator.Statistics.CachedTokens.ShouldBe(15, "the last token of the answer was never fed");
        Greedy(generator, [.. first, 60, 60], 1);
        generator.Statistics.CachedTokens.ShouldBe(10);
        Greedy(generator, [.. first, 60, 60], 1);
        generator.Statistics.CachedTokens.ShouldBe(11, "the last token of a prompt is computed for its logits");
    }

    [Fact]
    public void Logits_are_the_same_for_whatever_was_asked_before()
    {
        using var device = new CpuDevice(1);
        using var forward = new Forwarder();
        var network = TinyLlama.Network();
        using var generator = new Generator(network, device);
        var ids = TinyLlama.Ids(30);
        foreach (var count in (int[])[30, 5, 6, 7, 30, 1, 30])
            Forwarder.Largest(generator.Logits(ids.AsSpan(0, count)).ToArray(), forward.Logits(network, ids[..count])[^1]).ShouldBeLessThan(2e-5);
    }

    [Fact]
    public void An_empty_prompt_and_one_that_fills_the_context_are_refused_at_once()
    {
        using var device = new CpuDevice(1);
        using var generator = new Generator(TinyLlama.Network(), device, 16);
        Should.Throw<InvalidDataException>(() => generator.Generate([], new SamplerChain(SamplingOptions.Greedy), Endless)).Message.ShouldContain("the prompt is empty");
        var message = Should.Throw<InvalidDataException>(() => generator.Generate(TinyLlama.Ids(16), new SamplerChain(SamplingOptions.Greedy), Endless)).Message;
        message.ShouldContain("16 tokens, the context 16");
        Greedy(generator, TinyLlama.Ids(15), 10).Length.ShouldBe(1);
        Should.Throw<InvalidDataException>(() => generator.Logits(TinyLlama.Ids(17))).Message.ShouldContain("17 tokens, the context 16");
        Should.Throw<InvalidDataException>(() => generator.Logits([])).Message.ShouldContain("empty");
    }

    [Theory]
    [InlineData(0, 0)]
    [InlineData(1, 1)]
    [InlineData(7, 7)]
    [InlineData(1000, 54)]
    public void It_ends_at_the_limit_or_at_the_end_of_the_context(int limit, int expected)
    {
        using var device = new CpuDevice(1);
        using var generator = new Generator(TinyLlama.Network(), device);
        Greedy(generator, TinyLlama.Ids(10), limit).Length.ShouldBe(expected);
        generator.Statistics.GeneratedTokens.ShouldBe(expected);
        generator.Statistics.FinishReason.ShouldBe(FinishReason.Length);
    }

    [Fact]
    public void A_stop_id_ends_it_and_is_not_part_of_it()
    {
        using var device = new CpuDevice(1);
        using var generator = new Generator(TinyLlama.Network(), device);
        var whole = Greedy(generator, TinyLlama.Ids(10), 30);
        var stop = whole[Array.FindIndex(whole, id => id != whole[0])];
        var first = Array.IndexOf(whole, stop);
        generator.Generate(TinyLlama.Ids(10), new SamplerChain(SamplingOptions.Greedy), new GenerationOptions { StopIds = [60000, stop] }).ShouldBe(whole[..first]);
        (generator.Statistics.GeneratedTokens, generator.Statistics.FinishReason).ShouldBe((first, FinishReason.Stop));
    }

    [Fact]
    public void The_same_seed_gives_the_same_ids_and_another_does_not()
    {
        using var device = new CpuDevice(2);
        int[] Run(long seed)
        {
            using var generator = new Generator(TinyLlama.Network(), device);
            return [.. generator.Generate(TinyLlama.Ids(5), new SamplerChain(new SamplingOptions { Temperature = 1, Seed = seed }), Endless with { MaxOutputTokens = 40 })];
        }

        Run(3).ShouldBe(Run(3));
        Run(3).ShouldNotBe(Run(4));
    }

    [Fact]
    public void A_generation_given_up_half_way_leaves_the_generator_fit_for_the_next()
    {
        using var device = new CpuDevice(1);
        using var generator = new Generator(TinyLlama.Network(), device);
        var expected = Greedy(generator, TinyLlama.Ids(10), 20);
        generator.Generate(TinyLlama.Ids(9, 55), new SamplerChain(SamplingOptions.Greedy), Endless).Take(3).Count().ShouldBe(3);
        Should.Throw<ArgumentException>(() => Greedy(generator, [5, TinyLlama.Vocabulary + 1], 3));
        Greedy(generator, TinyLlama.Ids(10), 20).ShouldBe(expected);
    }

    [Fact]
    public void A_cancellation_ends_it_after_the_present_token()
    {
        using var device = new CpuDevice(1);
        using var generator = new Generator(TinyLlama.Network(), device);
        generator.Generate(TinyLlama.Ids(10), new SamplerChain(SamplingOptions.Greedy), Endless, new CancellationToken(true)).Count().ShouldBe(1);
    }

    [Fact]
    public void A_long_prompt_is_given_up_between_its_pieces_and_is_no_other_for_them()
    {
        using var stop = new CancellationTokenSource();
        var runs = 0;
        var engine = new FakeEngine(2000, batchSize: 512) { BeforeRun = () => { if (++runs == 3) stop.Cancel(); } };
        using var generator = new Generator(engine, ownsEngine: true);
        var prompt = TinyLlama.Ids(1900, vocabulary: FakeEngine.Vocabulary);
        generator.Generate(prompt, new SamplerChain(SamplingOptions.Greedy), Endless, stop.Token).ShouldBeEmpty();
        engine.Runs.Count.ShouldBe(3, "it ends with the piece in which it was cancelled");
        generator.CachedPositions.ShouldBeLessThan(1000);
        using var never = new CancellationTokenSource();
        generator.Generate(prompt, new SamplerChain(SamplingOptions.Greedy), Endless with { MaxOutputTokens = 10 }, never.Token).ShouldBe(Plain.Tokens(Plain.Request(prompt, 10), SamplingOptions.Greedy, 2000));
    }

    [Fact]
    public void A_token_allocates_nothing_of_the_generator_or_the_chain_once_warm()
    {
        foreach (var options in (SamplingOptions[])[SamplingOptions.Greedy, new SamplingOptions { Temperature = 1 }])
        {
            using var generator = new Generator(new TableEngine(Tables.Random(1), 100_000), ownsEngine: true);
            var chain = new SamplerChain(options);
            chain.History.EnsureCapacity(40_000);
            using var tokens = generator.Generate([1], chain, Endless).GetEnumerator();
            for (var i = 0; i < 20_000; i++) tokens.MoveNext();
            var before = GC.GetAllocatedBytesForCurrentThread();
            for (var i = 0; i < 5_000; i++) tokens.MoveNext();
            (GC.GetAllocatedBytesForCurrentThread() - before).ShouldBe(0);
        }
    }

    [Theory]
    [InlineData(-1)]
    [InlineData(65)]
    public void A_context_the_model_does_not_have_is_refused(int length)
    {
        using var device = new CpuDevice(1);
        Should.Throw<InvalidDataException>(() => new Generator(TinyLlama.Network(), device, length)).Message.ShouldContain($"{length}: this model has 1 to 64 positions");
    }

    private static int[] Greedy(Generator generator, int[] prompt, int count) =>
        [.. generator.Generate(prompt, new SamplerChain(SamplingOptions.Greedy), Endless with { MaxOutputTokens = count })];
}
