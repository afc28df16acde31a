using Puna.Tensors;

namespace Puna.Inference.Tests;

/// <summary>The scheduler over pages: they are shared until one writes, run short, and come back whatever ends a request.</summary>
public class LlamaMemoryTests
{
    private static readonly long PageBytes = new CacheLayout(CacheType.Float32, 2, 2, 8).PageBytes;
    private static readonly SchedulerOptions Options = new() { MaxSequences = 4, ChunkTokens = 64, PooledSequences = 0 };

    [Fact]
    public void Two_answers_to_one_prompt_share_its_pages_but_the_one_that_both_write()
    {
        using var runner = Runner();
        var prompt = TinyLlama.Ids(150);
        using var steps = new Steps(runner.Engine, Options with { PooledSequences = 4 }, ownsEngine: false);
        var handles = Enumerable.Range(1, 2).Select(seed => steps.Submit(Plain.Request(prompt, 10, Plain.Sampled with { Seed = seed }))).ToArray();
        steps.ToTheEnd();
        handles.Select(handle => Steps.Figures(handle).CachedTokens).ShouldBe([0, 149]);
        runner.Engine.Memory.Cache.ShouldBe(4 * PageBytes, "two full pages of both, and a third of each");
        ShouldBeAlone(handles[0], prompt, 10, Plain.Sampled with { Seed = 1 });
        ShouldBeAlone(handles[1], prompt, 10, Plain.Sampled with { Seed = 2 });
        int[] next = [.. prompt, .. Plain.Alone(runner.Engine, prompt, 10, Plain.Sampled with { Seed = 2 }).Tokens, 3, 4];
        var turn = steps.Submit(Plain.Request(next, 5));
        steps.ToTheEnd();
        Steps.Figures(turn).CachedTokens.ShouldBe(159, "the next turn goes on where the answer ended");
        ShouldBeAlone(turn, next, 5, SamplingOptions.Greedy);
    }

    [Fact]
    public void Where_pages_run_short_the_newest_makes_way_and_comes_back()
    {
        using var runner = Runner(4);
        using var steps = new Steps(runner.Engine, Options, ownsEngine: false);
        int[][] prompts = [TinyLlama.Ids(60, 1), TinyLlama.Ids(60, 2), TinyLlama.Ids(10, 3)];
        var handles = prompts.Select((prompt, i) => steps.Submit(Plain.Request(prompt, 80, Plain.Sampled with { Seed = i }))).ToArray();
        steps.ToTheEnd();
        for (var i = 0; i < 3; i++) ShouldBeAlone(handles[i], prompts[i], 80, Plain.Sampled with { Seed = i });
        (Steps.Figures(handles[0]).Preemptions, Steps.Figures(handles[2]).Preemptions > 0).ShouldBe((0, true));
        var large = steps.Submit(Plain.Request(prompts[0], 300));
        steps.ToTheEnd();
        var figures = Steps.Figures(large);
        (figures.Finish, figures.GeneratedTokens).ShouldBe((RequestFinish.Failed, (4 * 64) - 60 + 1), "it does not fit even alone");
        figures.Message!.ShouldContain("the cache has 0 free pages of 64 positions");
        runner.Engine.ShouldBeWhole(4);
    }

    [Fact]
    public void A_long_prompt_goes_on_beside_those_who_talk_and_ends_with_the_step_in_which_it_is_cancelled()
    {
        using var runner = Runner();
        using var steps = new Steps(runner.Engine, Options, ownsEngine: false);
        var (few, many) = (TinyLlama.Ids(4, 1), TinyLlama.Ids(600, 2));
        var talking = steps.Submit(Plain.Request(few, 40));
        steps.Step(3);
        var reading = steps.Submit(Plain.Request(many, 5));
        var count = 0;
        for (; reading.Tokens.Count == 0; count++) steps.Step();
        (count, talking.Tokens.Count).ShouldBe((10, 13), "600 tokens in pieces of 64, and a token of the other with each");
        var given = steps.Submit(Plain.Request(TinyLlama.Ids(600, 3), 5));
        steps.Step(3);
        given.Cancel();
        steps.Step();
        (Steps.Figures(given).Finish, Steps.Figures(given).ComputedTokens, Steps.Figures(given).GeneratedTokens).ShouldBe((RequestFinish.Cancelled, 3 * 64, 0));
        talking.Tokens.Count.ShouldBe(17);
        talking.Cancel();
        steps.Step();
        (Steps.Figures(talking).Finish, Steps.Figures(talking).GeneratedTokens).ShouldBe((RequestFinish.Cancelled, 17));
        Steps.Tokens(talking).ShouldBe(Plain.Alone(runner.Engine, few, 17, SamplingOptions.Greedy).Tokens);
        steps.ToTheEnd();
        ShouldBeAlone(reading, many, 5, SamplingOptions.Greedy);
    }

    [Fact]
    public void Numbers_that_are_none_end_their_own_request_and_leave_nothing_in_the_pages()
    {
        const int Bad = 7, Pages = 8;
        var damaged = TinyLlama.Network(TinyLlama.Config(context: 1200));
        damaged.Parameters.Single(parameter => parameter.Name == "model.embed_tokens.weight").Tensor.Span<float>()[(Bad * 32) + 3] = float.NaN;
        using var sound = Runner();
        using var runner = new EngineRunner(damaged, new EngineOptions { CacheBytes = Pages * PageBytes });
        using var steps = new Steps(runner.Engine, Options with { PooledSequences = 2 }, ownsEngine: false);
        for (var round = 0; round < 2; round++)
        {
            var prompts = Enumerable.Range(1, 5).Select(i => TinyLlama.Ids(30 + (i * 5), (ulong)((10 * round) + i)).Select(id => id == Bad ? 0 : id).ToArray()).ToArray();
            prompts[2][20] = Bad;
            var handles = prompts.Select(prompt => steps.Submit(Plain.Request(prompt, 50) with { StopIds = [Bad] })).ToArray();
            steps.ToTheEnd();
            for (var i = 0; i < 5; i++)
            {
                var figures = Steps.Figures(handles[i]);
                if (i == 2)
                {
                    (figures.Finish, figures.Error is InvalidDataException).ShouldBe((RequestFinish.Failed, true));
                    figures.Message!.ShouldContain("the model computed NaN");
                    continue;
                }
                figures.Finish.ShouldBeOneOf(RequestFinish.Length, RequestFinish.Stop);
                var tokens = Plain.Alone(sound.Engine, prompts[i], 50, SamplingOptions.Greedy).Tokens;
                Steps.Tokens(handles[i]).ShouldBe(tokens.TakeWhile(token => token != Bad));
            }
        }
    }

    [Fact]
    public void Hidden_states_come_once_each_and_in_order_beside_others_and_after_making_way()
    {
        using var runner = Runner(5);
        using var steps = new Steps(runner.Engine, Options with { ChunkTokens = 16 }, ownsEngine: false);
        var (prompt, text) = (TinyLlama.Ids(120, 1), TinyLlama.Ids(150, 2));
        var talking = steps.Submit(Plain.Request(prompt, 60));
        steps.Step();
        var (positions, states) = (new List<int>(), new List<float>());
        var reading = steps.Submit(SchedulerRequest.ForStates(text, (position, state) =>
        {
            positions.Add(position);
            states.AddRange(state.ToArray());
        }));
        steps.ToTheEnd();
        positions.ShouldBe(Enumerable.Range(0, 150));
        var figures = Steps.Figures(reading);
        (figures.Finish, figures.PromptTokens, figures.GeneratedTokens, figures.Preemptions).ShouldBe((RequestFinish.Length, 150, 0, 1));
        figures.ComputedTokens.ShouldBeGreaterThan(150);
        ShouldBeAlone(talking, prompt, 60, SamplingOptions.Greedy);
        states.ShouldBe(LlamaIsolationTests.States(runner.Engine, text));
        var faulty = steps.Submit(SchedulerRequest.ForStates(text, (_, _) => throw new InvalidOperationException("the reader's own fault")));
        var whole = steps.Submit(Plain.Request(prompt, 5));
        steps.ToTheEnd();
        (Steps.Figures(faulty).Finish, Steps.Figures(faulty).Message, Steps.Figures(whole).Finish).ShouldBe((RequestFinish.Failed, "the reader's own fault", RequestFinish.Length));
        runner.Engine.ShouldBeWhole(5);
        using var short64 = new EngineRunner(TinyLlama.Network());
        using var refused = new Steps(short64.Engine, ownsEngine: false);
        Should.Throw<InvalidDataException>(() => refused.Submit(SchedulerRequest.ForStates(TinyLlama.Ids(65), (_, _) => { }))).Message.ShouldContain("65 tokens, the context 64");
        var full = refused.Submit(SchedulerRequest.ForStates(TinyLlama.Ids(64), (_, _) => { }));
        refused.ToTheEnd();
        Steps.Figures(full).Finish.ShouldBe(RequestFinish.Length);
    }

    private static EngineRunner Runner(int pages = 0) => new(TinyLlama.Network(TinyLlama.Config(context: 1200)), new EngineOptions { CacheBytes = pages * PageBytes });

    private static void ShouldBeAlone(ScheduledRequest handle, int[] prompt, int most, SamplingOptions sampling)
    {
        using var runner = Runner();
        Steps.Tokens(handle).ShouldBe(Plain.Alone(runner.Engine, prompt, most, sampling).Tokens);
    }
}
