using Puna.Tensors;

namespace Puna.Inference.Tests;

public sealed class SpeculativeDecodingTests : IDisposable
{
    private static readonly GenerationOptions Endless = new() { StopIds = [-1] };
    private readonly CpuDevice _device = new(1);

    public static TheoryData<string> Kinds => ["model", "itself", "look-up"];

    public void Dispose() => _device.Dispose();

    [Theory, MemberData(nameof(Kinds))]
    public void Greedy_text_is_the_same_with_any_draft(string kind)
    {
        var accepted = 0;
        for (var seed = 1ul; seed <= 12; seed++)
        {
            var network = TinyLlama.Network(seed: seed);
            using var plain = new Generator(network, _device);
            using var drafter = Drafter(kind, seed);
            using var drafted = new Generator(network, _device) { Decoding = new SpeculativeDecoding(drafter, 1 + (int)(seed % 7)) };
            foreach (var (length, limit) in new[] { (3, 40), (20, 44), (20, 7), (50, 100), (63, 5) })
            {
                var prompt = TinyLlama.Ids(length, seed);
                foreach (var options in (SamplingOptions[])[SamplingOptions.Greedy, SamplingOptions.Greedy with { RepetitionPenalty = 1.3, FrequencyPenalty = 0.2 }])
                {
                    var expected = Run(plain, prompt, options, limit);
                    Run(drafted, prompt, options, limit).ShouldBe(expected);
                    var figures = drafted.Statistics;
                    (figures.GeneratedTokens, figures.FinishReason).ShouldBe((expected.Length, FinishReason.Length));
                    figures.AcceptedTokens.ShouldBeLessThanOrEqualTo(figures.DraftedTokens);
                    (1 + figures.Passes + figures.AcceptedTokens).ShouldBe(expected.Length);
                    accepted += figures.AcceptedTokens;
                    if (kind == "itself") figures.AcceptanceRate.ShouldBe(figures.DraftedTokens == 0 ? 0 : 1);
                }
            }
        }
        accepted.ShouldBeGreaterThan(20, "or nothing is tested");
    }

    [Fact]
    public void A_draft_that_is_right_gives_its_length_and_one_a_pass()
    {
        using var drafter = Drafter("itself", 1);
        using var generator = new Generator(TinyLlama.Network(), _device) { Decoding = new SpeculativeDecoding(drafter, 4) };
        Run(generator, TinyLlama.Ids(5), SamplingOptions.Greedy, 41).Length.ShouldBe(41);
        (generator.Statistics.Passes, generator.Statistics.TokensPerPass).ShouldBe((8, 5));
    }

    [Theory]
    [InlineData(0, 0)]
    [InlineData(1, 1)]
    [InlineData(7, 7)]
    [InlineData(1000, 54)]
    public void It_ends_at_the_limit_or_at_the_end_of_the_context(int limit, int expected)
    {
        using var drafter = Drafter("itself", 1);
        using var generator = new Generator(TinyLlama.Network(), _device) { Decoding = new SpeculativeDecoding(drafter, 6) };
        Run(generator, TinyLlama.Ids(10), SamplingOptions.Greedy, limit).Length.ShouldBe(expected);
        generator.Statistics.GeneratedTokens.ShouldBe(expected);
    }

    [Theory, MemberData(nameof(Kinds))]
    public void A_stop_id_ends_it_also_in_the_middle_of_a_draft(string kind)
    {
        using var plain = new Generator(TinyLlama.Network(), _device);
        var whole = Run(plain, TinyLlama.Ids(10), SamplingOptions.Greedy, 30);
        using var drafter = Drafter(kind, 1);
        using var generator = new Generator(TinyLlama.Network(), _device) { Decoding = new SpeculativeDecoding(drafter, 6) };
        foreach (var stop in whole.Distinct())
        {
            var first = Array.IndexOf(whole, stop);
            generator.Generate(TinyLlama.Ids(10), new SamplerChain(SamplingOptions.Greedy), new GenerationOptions { StopIds = [60000, stop], MaxOutputTokens = 30 }).ShouldBe(whole[..first]);
            (generator.Statistics.GeneratedTokens, generator.Statistics.FinishReason).ShouldBe((first, FinishReason.Stop));
        }
    }

    [Fact]
    public void A_cancellation_ends_it_after_the_present_token_and_the_next_prompt_is_not_disturbed()
    {
        using var drafter = Drafter("itself", 1);
        using var generator = new Generator(TinyLlama.Network(), _device) { Decoding = new SpeculativeDecoding(drafter, 6) };
        generator.Generate(TinyLlama.Ids(10), new SamplerChain(SamplingOptions.Greedy), Endless, new CancellationToken(true)).Count().ShouldBe(1);
        generator.Generate(TinyLlama.Ids(10), new SamplerChain(SamplingOptions.Greedy), Endless).Take(4).Count().ShouldBe(4);
        using var plain = new Generator(TinyLlama.Network(), _device);
        int[] prompt = [.. TinyLlama.Ids(10), .. Run(plain, TinyLlama.Ids(10), SamplingOptions.Greedy, 3), 5, 6];
        Run(generator, prompt, SamplingOptions.Greedy, 20).ShouldBe(Run(plain, prompt, SamplingOptions.Greedy, 20));
        generator.Statistics.CachedTokens.ShouldBe(13);
    }

    [Fact]
    public void A_draft_model_with_a_shorter_context_drafts_as_long_as_it_can()
    {
        using var drafter = new ModelDrafter(new NetworkEngine(TinyLlama.Network(), _device, 20), ownsEngine: true);
        using var generator = new Generator(TinyLlama.Network(), _device) { Decoding = new SpeculativeDecoding(drafter, 4) };
        using var plain = new Generator(TinyLlama.Network(), _device);
        Run(generator, TinyLlama.Ids(10), SamplingOptions.Greedy, 40).ShouldBe(Run(plain, TinyLlama.Ids(10), SamplingOptions.Greedy, 40));
        generator.Statistics.DraftedTokens.ShouldBeInRange(8, 12);
    }

    [Fact]
    public void A_draft_model_with_more_ids_proposes_none_that_the_model_lacks()
    {
        var favourite = Enumerable.Range(0, 8).Select(_ => (float[])[0, 0, 0, 0, 0, 0, 0, 9]).ToArray();
        using var drafter = new ModelDrafter(new TableEngine(favourite), ownsEngine: true);
        using var generator = new Generator(new TableEngine(Tables.Random(1)), ownsEngine: true) { Decoding = new SpeculativeDecoding(drafter, 4) };
        Run(generator, [1], new SamplingOptions { Temperature = 1, TopK = 0 }, 40).ShouldAllBe(id => id < 6);
    }

    [Fact]
    public void A_least_probability_ends_drafts()
    {
        var engine = new TableEngine(Tables.Random(3));
        using var drafter = new ModelDrafter(engine, leastProbability: 1, ownsEngine: true);
        using var generator = new Generator(new TableEngine(Tables.Random(1)), ownsEngine: true) { Decoding = new SpeculativeDecoding(drafter, 4) };
        Run(generator, [1], SamplingOptions.Greedy, 20).Length.ShouldBe(20);
        generator.Statistics.DraftedTokens.ShouldBe(0);
        Should.Throw<ArgumentOutOfRangeException>(() => new ModelDrafter(engine, 1.5));
    }

    [Fact]
    public void A_logit_that_is_no_number_is_reported()
    {
        var table = Tables.Random(1);
        (table[1], table[3][2]) = ([0, 0, 0, 50, 0, 0], float.NaN); // 3 follows 1, and what follows it is asked for behind a draft
        using var drafter = new LookupDrafter(1);
        using var generator = new Generator(new TableEngine(table), ownsEngine: true) { Decoding = new SpeculativeDecoding(drafter, 4) };
        foreach (var options in (SamplingOptions[])[SamplingOptions.Greedy, new SamplingOptions { LogitBias = new Dictionary<int, double> { [3] = 100 } }])
            Should.Throw<InvalidDataException>(() => Run(generator, [1, 3, 1], options, 20)).Message.ShouldContain("logit of token 2");
    }

    [Fact]
    public void A_look_up_copies_what_followed_the_longest_agreement_and_may_run_into_itself()
    {
        Draft([1, 2, 3, 9, 8, 7, 6, 2, 3, 5, 0, 1, 2, 3], 4).ShouldBe([9, 8, 7, 6]);
        Draft([1, 2, 3, 9, 1, 2, 3, 5, 0, 1, 2, 3], 3).ShouldBe([5, 0, 1], "the later of equals");
        Draft([4, 1, 2, 1, 2], 10).ShouldBe([1, 2, 1, 2], "two that agree are worth four");
        Draft([1, 2, 3, 4, 1], 4).ShouldBe([]);
        Draft([1], 4).ShouldBe([]);
        Draft([.. Enumerable.Repeat(5, 100)], 7).ShouldBe([5, 5, 5, 5, 5, 5, 5]);

        static int[] Draft(int[] ids, int most)
        {
            using var drafter = new LookupDrafter();
            var draft = new DraftTokens();
            drafter.Draft(ids, most, draft);
            return draft.Tokens.ToArray();
        }
    }

    [Fact]
    public void Drafting_allocates_nothing_once_warm()
    {
        using var drafter = new ModelDrafter(new TableEngine(Tables.Random(2), 100_000), ownsEngine: true);
        using var generator = new Generator(new TableEngine(Tables.Random(1), 100_000), ownsEngine: true) { Decoding = new SpeculativeDecoding(drafter, 4) };
        var chain = new SamplerChain(new SamplingOptions { Temperature = 1 });
        chain.History.EnsureCapacity(40_000);
        using var tokens = generator.Generate([1], chain, Endless).GetEnumerator();
        for (var i = 0; i < 20_000; i++) tokens.MoveNext();
        var before = GC.GetAllocatedBytesForCurrentThread();
        for (var i = 0; i < 5_000; i++) tokens.MoveNext();
        (GC.GetAllocatedBytesForCurrentThread() - before).ShouldBeLessThan(1000);
    }

    private IDrafter Drafter(string kind, ulong seed) => kind switch
    {
        "model" => new ModelDrafter(new NetworkEngine(TinyLlama.Network(TinyLlama.Config(2, 1), seed + 100), _device), ownsEngine: true),
        "itself" => new ModelDrafter(new NetworkEngine(TinyLlama.Network(seed: seed), _device), ownsEngine: true),
        _ => new LookupDrafter(1),
    };

    private static int[] Run(Generator generator, int[] prompt, SamplingOptions options, int limit) =>
        [.. generator.Generate(prompt, new SamplerChain(options), Endless with { MaxOutputTokens = limit })];
}
