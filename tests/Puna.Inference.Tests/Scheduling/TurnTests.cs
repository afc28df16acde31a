namespace Puna.Inference.Tests;

/// <summary>Who is computed when: nobody starves, and who is cancelled is gone.</summary>
public class TurnTests
{
    private static readonly SchedulerOptions Options = new() { MaxSequences = 4, StepTokens = 64, ChunkTokens = 16 };

    [Fact]
    public void A_long_prompt_holds_up_nobody_and_goes_on_itself()
    {
        var engine = new FakeEngine(2000);
        using var steps = new Steps(engine, Options);
        var talking = steps.Submit(Plain.Request(Plain.Prompt(1, 4), 500));
        steps.Step(3);
        Steps.Tokens(talking).Length.ShouldBe(3);
        engine.Runs.Clear();
        var reading = steps.Submit(Plain.Request(Plain.Prompt(2, 1000), 5));
        while (Steps.Tokens(reading).Length == 0) steps.Step();
        engine.Runs.Count.ShouldBe(63, "1000 tokens in pieces of 16");
        engine.Runs.ShouldAllBe(run => run[0].First == 1 && run[0].Count == 1 && run[1].First == 2 && run[1].Count <= 16 && run.Length == 2);
        Steps.Tokens(talking).Length.ShouldBe(63);
    }

    [Fact]
    public void Where_nobody_waits_for_a_token_prompts_take_the_whole_step_in_turn_and_short_ones_are_through_at_once()
    {
        var engine = new FakeEngine(2000);
        using var steps = new Steps(engine, Options);
        foreach (var first in (int[])[2, 3]) steps.Submit(Plain.Request(Plain.Prompt(first, 320), 1));
        steps.Step(4);
        engine.Runs.ShouldBe([[(2, 64)], [(3, 64)], [(2, 64)], [(3, 64)]]);
        var late = steps.Submit(Plain.Request(Plain.Prompt(4, 10), 1));
        steps.Step();
        engine.Runs[^1].ShouldBe([(4, 10), (2, 54)]);
        Steps.Figures(late).Finish.ShouldBe(RequestFinish.Length);
        steps.ToTheEnd();
        foreach (var first in (int[])[2, 3]) engine.Runs.SelectMany(run => run).Where(part => part.First == first).Sum(part => part.Count).ShouldBe(320);
    }

    [Fact]
    public void Higher_priority_goes_first_and_takes_a_place_and_the_other_comes_back_to_what_it_had()
    {
        var engine = new FakeEngine();
        using var steps = new Steps(engine, Options with { MaxSequences = 1, SharedTokens = 4 });
        SchedulerRequest slow = Plain.Request(Plain.Prompt(1, 6), 30), fast = Plain.Request(Plain.Prompt(2, 6), 5) with { Priority = 1 };
        var low = steps.Submit(slow);
        steps.Step(10);
        var high = steps.Submit(fast);
        steps.Step(5);
        Steps.Figures(high).GeneratedTokens.ShouldBe(5);
        low.Completion.IsCompleted.ShouldBeFalse();
        steps.ToTheEnd();
        Steps.Tokens(low).ShouldBe(Plain.Tokens(slow, SamplingOptions.Greedy));
        Steps.Tokens(high).ShouldBe(Plain.Tokens(fast, SamplingOptions.Greedy));
        (Steps.Figures(low).Preemptions, Steps.Figures(low).ComputedTokens).ShouldBe((1, 6 + 30 - 1), "what it had computed was kept for it");
    }

    [Fact]
    public void Those_who_wait_come_in_by_priority_and_then_in_their_order()
    {
        var engine = new FakeEngine();
        using var steps = new Steps(engine, Options with { MaxSequences = 1 });
        foreach (var (first, priority) in ((int, int)[])[(1, 9), (2, 0), (3, 5), (4, 0), (5, 5), (6, 9)]) steps.Submit(Plain.Request(Plain.Prompt(first, 3), 4) with { Priority = priority });
        steps.ToTheEnd();
        engine.Runs.Select(run => run.ShouldHaveSingleItem().First).Distinct().ShouldBe([1, 6, 3, 5, 2, 4]);
        steps.Left.ShouldBe(6);
    }

    [Fact]
    public void Who_is_cancelled_is_gone_with_the_next_step_in_the_queue_in_a_prompt_and_in_an_answer()
    {
        var engine = new FakeEngine(500);
        using var steps = new Steps(engine, Options with { MaxSequences = 3 });
        var handles = Enumerable.Range(1, 5).Select(first => steps.Submit(Plain.Request(Plain.Prompt(first, first == 2 ? 300 : 5), 100))).ToArray();
        steps.Step(3);
        foreach (var cancelled in (int[])[0, 1, 3]) handles[cancelled].Cancel();
        handles[0].IsCancelled.ShouldBeTrue();
        var before = Steps.Tokens(handles[0]).Length;
        engine.Runs.Clear();
        steps.ToTheEnd();
        engine.Runs.SelectMany(run => run).Select(part => part.First).Distinct().Order().ShouldBe([3, 5]);
        foreach (var cancelled in (int[])[0, 1, 3]) Steps.Figures(handles[cancelled]).Finish.ShouldBe(RequestFinish.Cancelled);
        (before, Steps.Figures(handles[0]).GeneratedTokens, Steps.Tokens(handles[0]).Length).ShouldBe((3, 3, 0));
        foreach (var whole in (int[])[2, 4]) Steps.Figures(handles[whole]).GeneratedTokens.ShouldBe(100);
    }

    [Fact]
    public void A_stop_id_the_limit_and_no_token_at_all_end_a_request()
    {
        using var steps = new Steps(new FakeEngine());
        var request = Plain.Request(Plain.Prompt(1, 5), 20);
        var whole = Plain.Tokens(request, SamplingOptions.Greedy);
        var at = Array.FindIndex(whole, token => token != whole[0]);
        var stopped = steps.Submit(Plain.Request(Plain.Prompt(1, 5), 20) with { StopIds = [whole[at], 99] });
        var nothing = steps.Submit(Plain.Request(Plain.Prompt(1, 5), 0));
        steps.ToTheEnd();
        Steps.Tokens(stopped).ShouldBe(whole[..Array.IndexOf(whole, whole[at])]);
        Steps.Figures(stopped).Finish.ShouldBe(RequestFinish.Stop);
        (Steps.Figures(nothing).Finish, Steps.Figures(nothing).GeneratedTokens, Steps.Figures(nothing).ComputedTokens).ShouldBe((RequestFinish.Length, 0, 0));
    }
}
