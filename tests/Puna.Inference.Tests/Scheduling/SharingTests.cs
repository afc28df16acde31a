namespace Puna.Inference.Tests;

/// <summary>What another sequence has computed is not computed again, and what memory there is decides how many run.</summary>
public class SharingTests
{
    private static readonly SchedulerOptions Options = new() { MaxSequences = 4, StepTokens = 64, ChunkTokens = 16, SharedTokens = 8 };

    [Fact]
    public void The_next_turn_of_a_conversation_computes_only_what_is_new()
    {
        var engine = new FakeEngine(200);
        using var steps = new Steps(engine, Options);
        var prompt = Plain.Prompt(1, 40);
        var first = steps.Submit(Plain.Request(prompt, 10));
        steps.ToTheEnd();
        int[] answer = Steps.Tokens(first), next = [.. prompt, .. answer, 7, 8, 9];
        engine.Runs.Clear();
        var second = steps.Submit(Plain.Request(next, 5));
        steps.ToTheEnd();
        Steps.Tokens(second).ShouldBe(Plain.Tokens(second.Request, SamplingOptions.Greedy, 200));
        (Steps.Figures(first).CachedTokens, Steps.Figures(second).CachedTokens).ShouldBe((0, 49), "the last token of the answer was never computed");
        engine.Runs[0].ShouldBe([(1, 4)]);
        (engine.Forks, engine.Live).ShouldBe((0, 1), "a sequence that is continued as it is needs no fork");

        var other = steps.Submit(Plain.Request([.. prompt, (answer[0] + 1) % FakeEngine.Vocabulary, 31], 5));
        steps.ToTheEnd();
        Steps.Tokens(other).ShouldBe(Plain.Tokens(other.Request, SamplingOptions.Greedy, 200));
        (Steps.Figures(other).CachedTokens, engine.Forks, engine.Live).ShouldBe((40, 1, 2));
    }

    [Fact]
    public void Several_answers_to_one_prompt_compute_it_once()
    {
        var engine = new FakeEngine(300);
        using var steps = new Steps(engine, Options);
        var prompt = Plain.Prompt(1, 100);
        var handles = Enumerable.Range(0, 4).Select(i => steps.Submit(Plain.Request(prompt, 10, Plain.Sampled with { Seed = i }))).ToArray();
        steps.ToTheEnd();
        handles.Select(handle => Steps.Figures(handle).CachedTokens).ShouldBe([0, 99, 99, 99]);
        engine.Runs.SelectMany(run => run).Sum(part => part.Count).ShouldBe(100 + 3 + (4 * 9));
        for (var i = 0; i < 4; i++) Steps.Tokens(handles[i]).ShouldBe(Plain.Tokens(handles[i].Request, Plain.Sampled with { Seed = i }, 300));
    }

    [Fact]
    public void So_many_are_kept_and_the_one_of_least_use_goes_first()
    {
        var engine = new FakeEngine();
        using var steps = new Steps(engine, Options with { PooledSequences = 2 });
        int Cached(int first)
        {
            var handle = steps.Submit(Plain.Request(Plain.Prompt(first, 20), 2));
            steps.ToTheEnd();
            return Steps.Figures(handle).CachedTokens;
        }

        new[] { Cached(1), Cached(2), Cached(1), Cached(3), Cached(2), Cached(3) }.ShouldBe([0, 0, 19, 0, 0, 19]);
        (steps.Schedule.Figures.Pooled, engine.Live).ShouldBe((2, 2));
    }

    [Fact]
    public void Who_shares_nothing_neither_takes_nor_leaves_a_beginning()
    {
        var engine = new FakeEngine();
        using var steps = new Steps(engine, Options);
        foreach (var shares in (bool[])[true, false, false, true])
        {
            var handle = steps.Submit(Plain.Request(Plain.Prompt(1, 20), 2) with { SharesPrefix = shares });
            steps.ToTheEnd();
            Steps.Figures(handle).CachedTokens.ShouldBe(engine.Runs.Count > 6 ? 19 : 0);
        }
        engine.Live.ShouldBe(1);
    }

    [Fact]
    public void With_little_memory_sequences_make_way_and_come_back_and_all_are_right()
    {
        var engine = new FakeEngine(64, capacity: 100);
        using var steps = new Steps(engine, Options);
        var handles = Enumerable.Range(1, 7).Select(first => steps.Submit(Plain.Request(Plain.Prompt(first, 10), 40, Plain.Sampled with { Seed = first }))).ToArray();
        steps.ToTheEnd();
        foreach (var (handle, seed) in handles.Zip(Enumerable.Range(1, 7)))
        {
            Steps.Tokens(handle).ShouldBe(Plain.Tokens(handle.Request, Plain.Sampled with { Seed = seed }));
            Steps.Figures(handle).Finish.ShouldBe(RequestFinish.Length);
        }
        handles.Sum(handle => Steps.Figures(handle).Preemptions).ShouldBeGreaterThan(0);
        Steps.Figures(handles[0]).Preemptions.ShouldBe(0, "who came first makes way last");
        steps.Schedule.Figures.Preemptions.ShouldBe(handles.Sum(handle => Steps.Figures(handle).Preemptions));
        engine.Runs.Max(run => run.Length).ShouldBeGreaterThan(1, "two fit at once");
    }

    [Fact]
    public void A_higher_priority_keeps_its_memory_though_it_came_last()
    {
        var engine = new FakeEngine(64, capacity: 70);
        using var steps = new Steps(engine, Options);
        var low = steps.Submit(Plain.Request(Plain.Prompt(1, 10), 40));
        steps.Step(5);
        var high = steps.Submit(Plain.Request(Plain.Prompt(2, 10), 40) with { Priority = 1 });
        steps.ToTheEnd();
        (Steps.Figures(low).Preemptions > 0, Steps.Figures(high).Preemptions).ShouldBe((true, 0));
        foreach (var handle in (ScheduledRequest[])[low, high]) Steps.Tokens(handle).ShouldBe(Plain.Tokens(handle.Request, SamplingOptions.Greedy));
    }

    [Fact]
    public void What_does_not_fit_even_alone_fails_with_the_engines_numbers_and_alone()
    {
        var engine = new FakeEngine(64, capacity: 30);
        using var steps = new Steps(engine, Options);
        var large = steps.Submit(Plain.Request(Plain.Prompt(1, 20), 30));
        var small = steps.Submit(Plain.Request(Plain.Prompt(2, 5), 10));
        steps.ToTheEnd();
        var figures = Steps.Figures(large);
        (figures.Finish, figures.Error is InsufficientMemoryException, figures.GeneratedTokens).ShouldBe((RequestFinish.Failed, true, 11));
        figures.Message!.ShouldContain("the cache has 30 positions");
        Steps.Tokens(small).ShouldBe(Plain.Tokens(small.Request, SamplingOptions.Greedy));
        engine.Live.ShouldBe(1, "what the small one left behind");
    }
}
