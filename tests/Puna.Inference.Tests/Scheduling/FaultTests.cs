namespace Puna.Inference.Tests;

/// <summary>What goes wrong with one request ends that one, and leaves nothing behind.</summary>
public class FaultTests
{
    private const int Bad = 49;

    [Theory]
    [InlineData("not a number", "The logit of token 0 is NaN")]
    [InlineData("refused", "a logit is no finite number")]
    [InlineData("breaking", "broken off")]
    public void A_fault_ends_the_request_concerned_and_no_other(string kind, string words)
    {
        var engine = new FakeEngine { NotANumber = kind == "not a number" ? Bad : -1, Refused = kind == "refused" ? Bad : -1, Breaking = kind == "breaking" ? Bad : -1 };
        using var steps = new Steps(engine, new SchedulerOptions { MaxSequences = 4, StepTokens = 32, ChunkTokens = 8, SharedTokens = 4 });
        // the token that breaks is no one's but the third's, neither in a prompt nor in an answer
        int[] Sound(int first) => [.. Plain.Prompt(first, 12).Select(id => id == Bad ? 0 : id)];
        var handles = Enumerable.Range(1, 5).Select(first => steps.Submit(Plain.Request(first == 3 ? [3, 4, 5, Bad, 6, 7] : Sound(first), 20) with { StopIds = [Bad] })).ToArray();
        steps.ToTheEnd();
        for (var i = 0; i < handles.Length; i++)
        {
            var figures = Steps.Figures(handles[i]);
            if (i == 2)
            {
                figures.Finish.ShouldBe(RequestFinish.Failed);
                figures.Message!.ShouldContain(words);
                handles[i].Tokens.Completion.IsFaulted.ShouldBeTrue("whoever reads its tokens hears of it");
                continue;
            }
            figures.Finish.ShouldNotBe(RequestFinish.Failed);
            Steps.Tokens(handles[i]).ShouldBe(Plain.Tokens(handles[i].Request, SamplingOptions.Greedy));
        }
        steps.Schedule.Figures.Failed.ShouldBe(1);
        engine.Live.ShouldBe(steps.Schedule.Figures.Pooled, "nothing is left but what is kept for later prompts");
    }

    [Fact]
    public void Whoever_is_alone_with_his_fault_hears_of_it_too()
    {
        var engine = new FakeEngine { Refused = Bad };
        using var steps = new Steps(engine);
        var handle = steps.Submit(Plain.Request([1, Bad], 5));
        steps.ToTheEnd();
        (Steps.Figures(handle).Finish, Steps.Figures(handle).Error is InvalidDataException, engine.Live).ShouldBe((RequestFinish.Failed, true, 0));
        steps.Submit(Plain.Request([1, 2], 5));
        steps.ToTheEnd().Schedule.Figures.Finished.ShouldBe(1);
    }
}
