using Puna.Inference;
using Puna.Tensors;

namespace Puna.Tests.Inference;

public class SamplerChainTests
{
    private static readonly SamplingOptions EveryStep = new()
    {
        RepetitionPenalty = 1.1,
        TypicalP = 0.9,
        DryMultiplier = 0.8,
        DrySequenceBreakers = [],
        TopNSigma = 3,
        XtcProbability = 0.5,
        DynamicTemperatureRange = 0.3,
        LogitBias = new Dictionary<int, double> { [3] = 1, [7] = double.NegativeInfinity },
    };

    private static readonly SamplingOptions Plain = new() { Temperature = 1, TopK = 0, TopP = 1, MinP = 0 };

    [Fact]
    public void The_draw_follows_the_probabilities()
    {
        const int Draws = 40_000;
        float[] logits = [0.3f, -1.2f, 2.1f, 0, 1.4f, -0.5f, 0.9f, -2];
        var chain = new SamplerChain(Plain with { Seed = 17 });
        var seen = new int[logits.Length];
        for (var i = 0; i < Draws; i++) seen[chain.Sample(logits)]++;
        var sum = logits.Sum(l => Math.Exp(l));
        var chiSquare = logits.Select((l, id) => Math.Pow(seen[id] - Draws * Math.Exp(l) / sum, 2) / (Draws * Math.Exp(l) / sum)).Sum();
        chiSquare.ShouldBeLessThan(29.88); // 7 degrees of freedom: a true draw passes in 99.99 % of seeds
        chiSquare.ShouldBeGreaterThan(0.3); // and is not evenly spread either (0.01 %)
    }

    [Fact]
    public void The_default_chain_draws_only_what_it_keeps_and_as_often_as_it_says()
    {
        const int Draws = 20_000;
        var logits = Row(300, 3);
        var chain = new SamplerChain(new SamplingOptions { Seed = 5 });
        var expected = chain.Distribution(logits).Kept.ToArray().ToDictionary(c => c.Id, c => c.Probability);
        expected.Count.ShouldBeInRange(2, 40);
        var seen = Enumerable.Range(0, Draws).CountBy(_ => chain.Sample(logits)).ToDictionary();
        seen.Keys.ShouldBeSubsetOf(expected.Keys);
        foreach (var (id, p) in expected)
            Math.Abs(seen.GetValueOrDefault(id) - Draws * p).ShouldBeLessThan(5 * Math.Sqrt(Draws * p * (1 - p)) + 1);
    }

    [Fact]
    public void The_same_seed_gives_the_same_tokens_and_a_saved_position_goes_on()
    {
        var (first, second, other) = (Chain(9), Chain(9), Chain(10));
        var tokens = Draw(first, 0, 60);
        Draw(second, 0, 30).ShouldBe(tokens[..30]);
        Draw(other, 0, 60).ShouldNotBe(tokens);

        var resumed = Chain(9);
        resumed.History.Add(second.History.Tokens);
        resumed.Position = second.Position;
        resumed.Position.ShouldBe(60ul);
        Draw(resumed, 30, 60).ShouldBe(tokens[30..]);

        static SamplerChain Chain(long seed) => new(new SamplingOptions { Seed = seed, RepetitionPenalty = 1.2, TypicalP = 0.98 });
        static int[] Draw(SamplerChain chain, int from, int to) => [.. Enumerable.Range(from, to - from).Select(i => chain.Sample(Row(500, (ulong)i)))];
    }

    [Fact]
    public void Greedy_takes_the_best_with_ties_to_the_lower_id_and_no_random_numbers()
    {
        var chain = new SamplerChain(SamplingOptions.Greedy);
        chain.Sample([1, 3, 3, 2]).ShouldBe(1);
        chain.Sample([-5, -7, -4]).ShouldBe(2);
        chain.Position.ShouldBe(0ul);
        chain.History.Tokens.ToArray().ShouldBe([1, 2]);
        chain.Distribution([1, 3, 3, 2]).Kept.ToArray().ShouldBe([new Candidate(1, 3, 1)]);
    }

    [Fact]
    public void Greedy_still_applies_penalties()
    {
        var chain = new SamplerChain(SamplingOptions.Greedy with { RepetitionPenalty = 2 });
        float[] logits = [3, 2, 1];
        new[] { chain.Sample(logits), chain.Sample(logits), chain.Sample(logits) }.ShouldBe([0, 1, 0]);
    }

    [Fact]
    public void The_order_is_the_callers()
    {
        float[] logits = [2, 1, 0, -1, -2];
        var options = Plain with { Temperature = 4, MinP = 0.2 };
        new SamplerChain(options).Distribution(logits).Count.ShouldBe(2);
        new SamplerChain(options with { Samplers = "temperature; min_p" }).Distribution(logits).Count.ShouldBe(5);
        new SamplerChain(options with { Samplers = "" }).Distribution(logits).Count.ShouldBe(5);
    }

    [Fact]
    public void The_default_order_is_that_of_llama_cpp()
    {
        SamplerStepFactory.Build(EveryStep).Select(step => step.GetType().Name)
            .ShouldBe(["LogitBias", "Penalties", "Dry", "TopNSigma", "TopK", "Typical", "TopP", "MinP", "Xtc", "DynamicTemperature"]);
        SamplerStepFactory.Names.ShouldBe(SamplingOptions.DefaultSamplers.Split(';'));
    }

    [Fact]
    public void Mirostat_takes_the_place_of_the_steps_that_drop_tokens() =>
        SamplerStepFactory.Build(EveryStep with { Mirostat = 2 }).Select(step => step.GetType().Name).ShouldBe(["LogitBias", "Penalties", "Dry", "DynamicTemperature", "Mirostat"]);

    [Fact]
    public void The_names_of_the_steps_may_be_spelt_as_llama_cpp_spells_them() =>
        SamplerStepFactory.Build(EveryStep with { Samplers = "temp; typical; top-k; nucleus" }).Select(step => step.GetType().Name).ShouldBe(["LogitBias", "DynamicTemperature", "Typical", "TopK", "TopP"]);

    [Fact]
    public void At_temperature_0_a_step_that_may_drop_the_best_token_still_sees_what_the_others_leave()
    {
        SamplerStepFactory.Build(SamplingOptions.Greedy with { DynamicTemperatureRange = 0.5, TopNSigma = 1 }).Select(step => step.GetType().Name).ShouldBe(["Temperature"]);
        SamplerStepFactory.Build(SamplingOptions.Greedy with { XtcProbability = 1 }).Select(step => step.GetType().Name).ShouldBe(["TopK", "TopP", "MinP", "Xtc", "Temperature"]);
        new SamplerChain(SamplingOptions.Greedy with { XtcProbability = 1 }).Sample([2, 1.9f, 1.8f, 1.7f]).ShouldBe(3);
    }

    [Fact]
    public void Sampling_allocates_nothing_once_warm()
    {
        var logits = Row(32_000, 1);
        SamplingOptions[] settings =
        [
            new(), SamplingOptions.Greedy, Plain, Plain with { TopP = 0.9 }, Plain with { TopK = 500, TypicalP = 0.9 },
            new() { RepetitionPenalty = 1.1, FrequencyPenalty = 0.1, PenaltyWindow = -1 }, EveryStep, EveryStep with { Mirostat = 2, MirostatTau = 2, DryWindow = -1 },
            Plain with { TopNSigma = 1, XtcProbability = 1, XtcThreshold = 0.0001, DynamicTemperatureRange = 0.5 },
        ];
        foreach (var options in settings)
        {
            var chain = new SamplerChain(options);
            chain.History.EnsureCapacity(1000);
            for (var i = 0; i < 40; i++) chain.Sample(logits);
            var before = GC.GetAllocatedBytesForCurrentThread();
            for (var i = 0; i < 40; i++) chain.Sample(logits);
            (GC.GetAllocatedBytesForCurrentThread() - before).ShouldBe(0, options.ToString());
        }
    }

    [Theory]
    [InlineData(float.NaN)]
    [InlineData(float.PositiveInfinity)]
    [InlineData(float.NegativeInfinity)]
    public void Logits_that_are_not_finite_are_refused_by_name(float bad)
    {
        foreach (var options in new[] { SamplingOptions.Greedy, new SamplingOptions() })
        {
            var chain = new SamplerChain(options);
            Should.Throw<InvalidDataException>(() => chain.Sample([1, 2, bad, 0, bad])).Message.ShouldStartWith("The logit of token 2 is ");
            Should.Throw<InvalidDataException>(() => chain.Sample([])).Message.ShouldBe("There are no logits to sample from.");
            chain.History.Count.ShouldBe(0);
        }
    }

    [Fact]
    public void Settings_out_of_range_are_refused_when_the_chain_is_built()
    {
        SamplingOptions[] wrong =
        [
            Plain with { Temperature = -1 }, Plain with { Temperature = double.NaN }, Plain with { Temperature = double.PositiveInfinity },
            Plain with { TopK = -1 }, Plain with { TopP = 1.1 }, Plain with { MinP = -0.1 }, Plain with { TypicalP = double.NaN },
            Plain with { MinimumKept = 0 }, Plain with { RepetitionPenalty = 0 }, Plain with { FrequencyPenalty = double.NaN },
            Plain with { PenaltyWindow = -2 }, Plain with { Samplers = "top_k;top_k" }, Plain with { Samplers = "top_k;top-k" }, Plain with { Mirostat = 1 },
            Plain with { DynamicTemperatureRange = -1 }, Plain with { DynamicTemperatureRange = 1, DynamicTemperatureExponent = double.NaN }, Plain with { TopNSigma = double.NaN },
            Plain with { XtcProbability = 1.1 }, Plain with { XtcThreshold = -0.1 }, Plain with { DryMultiplier = -1 }, Plain with { DryBase = 0.9 }, Plain with { DryAllowedLength = 0 },
            Plain with { DryWindow = -2 }, Plain with { Mirostat = 2, MirostatTau = -1 }, Plain with { Mirostat = 2, MirostatEta = double.NaN },
            Plain with { LogitBias = new Dictionary<int, double> { [-1] = 0 } }, Plain with { LogitBias = new Dictionary<int, double> { [1] = double.PositiveInfinity } },
        ];
        foreach (var options in wrong) Should.Throw<ArgumentOutOfRangeException>(() => new SamplerChain(options), options.ToString());
        Should.Throw<ArgumentOutOfRangeException>(() => new SamplerChain(Plain with { TopP = 2 })).Message.ShouldStartWith("TopP is 2; it must be between 0 and 1.");
        Should.Throw<ArgumentOutOfRangeException>(() => new SamplerChain(Plain with { Samplers = "top_x" })).Message.ShouldContain("'top_x'; known steps are penalties, dry, top_n_sigma, top_k");
    }

    [Fact]
    public void Breakers_of_dry_need_a_tokenizer()
    {
        Should.Throw<ArgumentException>(() => new SamplerChain(Plain with { DryMultiplier = 1 })).Message.ShouldContain("give the tokenizer");
        new SamplerChain(Plain with { DryMultiplier = 1, DrySequenceBreakers = [] }).Sample([1, 2]).ShouldBeInRange(0, 1);
    }

    [Fact]
    public void A_chain_for_a_draft_has_the_steps_and_other_draws()
    {
        var logits = Row(300, 3);
        var chain = new SamplerChain(new SamplingOptions { Seed = 5, XtcProbability = 0.5, Mirostat = 2 });
        var draft = chain.ForDraft();
        draft.Distribution(logits).Kept.ToArray().ShouldBe(new SamplerChain(new SamplingOptions { Seed = 5, XtcProbability = 0.5 }).Distribution(logits).Kept.ToArray());
        draft.NextUniform().ShouldNotBe(chain.NextUniform());
        new SamplerChain([new TopK(3)], new CounterRandom(1)).ForDraft().Distribution(logits).Count.ShouldBe(300);
        new SamplerChain(SamplingOptions.Greedy).ForDraft().TakesBest.ShouldBeTrue();
    }

    [Fact]
    public void History_can_be_taken_back()
    {
        var history = new SamplingHistory();
        history.Add(Enumerable.Range(0, 1000).ToArray());
        history.Truncate(3);
        history.Add(7);
        history.Tokens.ToArray().ShouldBe([0, 1, 2, 7]);
        history.Last(2).ToArray().ShouldBe([2, 7]);
        history.Last(0).ToArray().ShouldBe([]);
        history.Last(-1).Length.ShouldBe(4);
        Should.Throw<ArgumentOutOfRangeException>(() => history.Truncate(5));
        Should.Throw<ArgumentOutOfRangeException>(() => history.Add(-1));
    }

    private static float[] Row(int size, ulong seed)
    {
        var random = new CounterRandom(seed);
        return [.. Enumerable.Range(0, size).Select(_ => (float)(2 * random.NextNormal()))];
    }
}
