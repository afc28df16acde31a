using Puna.Tensors;

namespace Puna.Inference.Tests;

public sealed class BeamSearchTests : IDisposable
{
    private static readonly GenerationOptions Endless = new() { StopIds = [-1] };
    private readonly CpuDevice _device = new(1);

    public void Dispose() => _device.Dispose();

    [Fact]
    public void One_beam_is_greedy_and_its_sum_is_the_networks()
    {
        using var engine = Engine();
        using var generator = new Generator(engine);
        var (prompt, limits) = (TinyLlama.Ids(8), Endless with { MaxOutputTokens = 12 });
        var found = new BeamSearch(engine, new BeamSearchOptions { BeamCount = 1 }).Run(prompt, limits).ShouldHaveSingleItem();
        found.Ids.ShouldBe(generator.Generate(prompt, new SamplerChain(SamplingOptions.Greedy), limits));
        (found.TokenCount, found.FinishReason).ShouldBe((12, FinishReason.Length));
        found.LogProbability.ShouldBe(Sum(prompt, found.Ids), 1e-4);
        found.Score.ShouldBe(found.MeanLogProbability, 1e-12);
    }

    [Fact]
    public void As_many_beams_as_tokens_find_the_best_of_all_pairs()
    {
        using var engine = Engine();
        var prompt = TinyLlama.Ids(6);
        var found = new BeamSearch(engine, new BeamSearchOptions { BeamCount = TinyLlama.Vocabulary, LengthPenalty = 0 }).Run(prompt, Endless with { MaxOutputTokens = 2 });
        using var forward = new Forwarder();
        var all = from first in Enumerable.Range(0, TinyLlama.Vocabulary)
                  let rows = forward.Logits(TinyLlama.Network(), [.. prompt, first])
                  from second in Enumerable.Range(0, TinyLlama.Vocabulary)
                  select (first, second, sum: LogProbability(rows[^2], first) + LogProbability(rows[^1], second));
        var best = all.OrderByDescending(pair => pair.sum).Take(TinyLlama.Vocabulary).ToArray();
        found.Count.ShouldBe(TinyLlama.Vocabulary);
        for (var i = 0; i < best.Length; i++) found[i].LogProbability.ShouldBe(best[i].sum, 1e-4);
        found[0].Ids.ShouldBe([best[0].first, best[0].second]);
    }

    [Fact]
    public void Every_beam_has_the_log_probability_of_its_own_text_and_sequences_are_given_back()
    {
        using var engine = Engine();
        var prompt = TinyLlama.Ids(8, 3);
        var stop = 17;
        var found = new BeamSearch(engine, new BeamSearchOptions { BeamCount = 5 }).Run(prompt, new GenerationOptions { StopIds = [stop], MaxOutputTokens = 9 });
        found.Count.ShouldBe(5);
        found.Select(completion => string.Join(",", completion.Ids)).Distinct().Count().ShouldBe(5);
        foreach (var completion in found)
            completion.LogProbability.ShouldBe(Sum(prompt, completion.FinishReason == FinishReason.Stop ? [.. completion.Ids, stop] : completion.Ids), 1e-4);
        found.Select(completion => completion.Score).ShouldBeInOrder(SortDirection.Descending);
        engine.Memory.Cache.ShouldBe(0);
    }

    [Fact]
    public void Groups_with_a_large_penalty_begin_with_tokens_of_their_own_and_scores_are_the_models()
    {
        using var engine = Engine();
        var prompt = TinyLlama.Ids(8);
        var limits = Endless with { MaxOutputTokens = 6 };
        var diverse = new BeamSearch(engine, new BeamSearchOptions { BeamCount = 4, GroupCount = 4, DiversityPenalty = 1000 }).Run(prompt, limits);
        diverse.Select(completion => completion.Ids[0]).Distinct().Count().ShouldBe(4);
        for (var place = 0; place < 6; place++) diverse.Select(completion => completion.Ids[place]).Distinct().Count().ShouldBe(4);
        foreach (var completion in diverse) completion.LogProbability.ShouldBe(Sum(prompt, completion.Ids), 1e-4);

        var one = new BeamSearch(engine, new BeamSearchOptions { BeamCount = 2 }).Run(prompt, limits);
        var alike = new BeamSearch(engine, new BeamSearchOptions { BeamCount = 4, GroupCount = 2 }).Run(prompt, limits);
        foreach (var completion in one) alike.Count(other => other.Ids.SequenceEqual(completion.Ids)).ShouldBe(2, "groups that do not avoid each other find the same");
    }

    [Fact]
    public void A_small_penalty_moves_a_group_only_where_the_price_is_lower()
    {
        // two tokens 0.5 nats apart: the second group takes the best one too until the penalty is larger than that
        float[][] table = [[0, 2, 1.5f, -3], [0, 0, 0, 0], [0, 0, 0, 0], [0, 0, 0, 0]];
        using var engine = new TableEngine(table);
        int[] First(double penalty) => [.. new BeamSearch(engine, new BeamSearchOptions { BeamCount = 2, GroupCount = 2, DiversityPenalty = penalty }).Run([0], Endless with { MaxOutputTokens = 1 }).Select(completion => completion.Ids[0])];
        First(0.4).ShouldBe([1, 1]);
        First(0.6).ShouldBe([1, 2]);
        engine.Alive.ShouldBe(0);
    }

    [Fact]
    public void It_ends_at_the_end_of_the_context_and_where_the_caller_says()
    {
        using var engine = Engine();
        new BeamSearch(engine, new BeamSearchOptions { BeamCount = 3 }).Run(TinyLlama.Ids(60), Endless).ShouldAllBe(completion => completion.Ids.Count == 4);
        var found = new BeamSearch(engine, new BeamSearchOptions { BeamCount = 3 }).Run(TinyLlama.Ids(8), Endless with { MaxOutputTokens = 20 }, ids => ids.Count == 5);
        found.ShouldAllBe(completion => completion.Ids.Count == 5 && completion.FinishReason == FinishReason.Stop);
        new BeamSearch(engine, new BeamSearchOptions()).Run(TinyLlama.Ids(8), Endless with { MaxOutputTokens = 0 }).ShouldBeEmpty();
    }

    [Fact]
    public void It_stops_early_only_where_nothing_better_can_come()
    {
        // the end is nearly certain from token 1 on, so two finished beams are never beaten
        float[][] table = [[0, 5, 4, -9], [0, 0, 0, 9], [0, 0, 0, 9], [0, 0, 0, 0]];
        using var engine = new TableEngine(table);
        var found = new BeamSearch(engine, new BeamSearchOptions { BeamCount = 2, LengthPenalty = 0 }).Run([0], new GenerationOptions { StopIds = [3], MaxOutputTokens = 50 });
        found.Select(completion => completion.Ids).ShouldBe([[1], [2]]);
        engine.TokensRun.ShouldBeLessThan(10);
    }

    [Fact]
    public void What_cannot_be_is_refused()
    {
        using var engine = Engine();
        void Refused(BeamSearchOptions options, string words) => Should.Throw<InvalidDataException>(() => new BeamSearch(engine, options).Run([1, 2], Endless)).Message.ShouldContain(words);
        Refused(new BeamSearchOptions { BeamCount = 0 }, "at least 1 beam");
        Refused(new BeamSearchOptions { BeamCount = 4, GroupCount = 3 }, "4 beams cannot be divided into 3");
        Refused(new BeamSearchOptions { LengthPenalty = double.NaN }, "length penalty");
        Refused(new BeamSearchOptions { GroupCount = 2, DiversityPenalty = -1 }, "at least 0");
        Refused(new BeamSearchOptions { DiversityPenalty = 1 }, "one group");
        Should.Throw<InvalidDataException>(() => new BeamSearch(engine, new BeamSearchOptions()).Run([], Endless)).Message.ShouldContain("empty");
        Should.Throw<InvalidDataException>(() => new BeamSearch(engine, new BeamSearchOptions()).Run(TinyLlama.Ids(64), Endless)).Message.ShouldContain("64 tokens, the context 64");
        Should.Throw<OperationCanceledException>(() => new BeamSearch(engine, new BeamSearchOptions()).Run([1, 2], Endless, null, new CancellationToken(true)));
        engine.Memory.Cache.ShouldBe(0);
        var table = Tables.Random(1);
        table[2][4] = float.NaN;
        using var sick = new TableEngine(table);
        Should.Throw<InvalidDataException>(() => new BeamSearch(sick, new BeamSearchOptions()).Run([1], Endless)).Message.ShouldContain("logit of token 4");
        sick.Alive.ShouldBe(0);
    }

    private NetworkEngine Engine() => new(TinyLlama.Network(), _device);

    private static double Sum(int[] prompt, IReadOnlyList<int> ids)
    {
        using var forward = new Forwarder();
        var rows = forward.Logits(TinyLlama.Network(), [.. prompt, .. ids]);
        return ids.Select((id, i) => LogProbability(rows[prompt.Length - 1 + i], id)).Sum();
    }

    private static double LogProbability(float[] logits, int id) => logits[id] - Math.Log(logits.Sum(logit => Math.Exp(logit)));
}
