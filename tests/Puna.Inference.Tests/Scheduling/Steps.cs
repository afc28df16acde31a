namespace Puna.Inference.Tests;

/// <summary>A schedule without its thread, so that a test says when a step is made.</summary>
internal sealed class Steps : IDisposable
{
    private readonly InferenceEngine _engine;
    private readonly bool _ownsEngine;
    private long _arrivals;

    public Steps(InferenceEngine engine, SchedulerOptions? options = null, bool ownsEngine = true)
    {
        (_engine, _ownsEngine) = (engine, ownsEngine);
        Schedule = new Schedule(engine, (options ?? new SchedulerOptions()).For(engine), () => Left++);
    }

    public Schedule Schedule { get; }

    /// <summary>Requests that have left the queue.</summary>
    public int Left { get; private set; }

    public ScheduledRequest Submit(SchedulerRequest request)
    {
        request.Require(_engine.ContextLength, _engine.VocabularySize);
        var handle = new ScheduledRequest(request, () => { });
        Schedule.Add(new ScheduledSequence(handle, ++_arrivals));
        return handle;
    }

    public void Step(int count = 1)
    {
        for (var i = 0; i < count; i++) Schedule.Step();
    }

    /// <summary>Steps until nothing is left to do.</summary>
    public Steps ToTheEnd()
    {
        for (var i = 0; i < 100_000 && Schedule.HasWork; i++) Schedule.Step();
        Schedule.HasWork.ShouldBeFalse();
        return this;
    }

    /// <summary>The tokens that came since the last look.</summary>
    public static int[] Tokens(ScheduledRequest request)
    {
        var tokens = new List<int>();
        while (request.Tokens.TryRead(out var token)) tokens.Add(token);
        return [.. tokens];
    }

    /// <summary>The log-probabilities that came since the last look, the token's own and the alternatives' after it.</summary>
    public static double[] LogProbabilities(ScheduledRequest request)
    {
        var numbers = new List<double>();
        while (request.LogProbabilities.TryRead(out var token)) numbers.AddRange(Plain.Numbers(token));
        return [.. numbers];
    }

    /// <summary>Figures of a request that has ended.</summary>
    public static RequestStatistics Figures(ScheduledRequest request)
    {
        request.Completion.IsCompleted.ShouldBeTrue();
        return request.Completion.Result;
    }

    public void Dispose()
    {
        Schedule.EndAll(RequestFinish.Closed, new OperationCanceledException());
        Schedule.Dispose();
        if (_ownsEngine) _engine.Dispose();
    }
}

/// <summary>What requests are to give, computed in the plainest way: the logits of all tokens in the window, one sequence, one token after the other.</summary>
internal static class Plain
{
    public static readonly SamplingOptions Sampled = new() { Temperature = 1, TopK = 0, TopP = 1, MinP = 0 };

    public static SchedulerRequest Request(int[] prompt, int? most = null, SamplingOptions? sampling = null) =>
        new(prompt, new SamplerChain(sampling ?? SamplingOptions.Greedy)) { MaxOutputTokens = most };

    /// <summary>A prompt whose first token says whose it is.</summary>
    public static int[] Prompt(int first, int length) => [first, .. TinyLlama.Ids(length - 1, (ulong)first, FakeEngine.Vocabulary)];

    /// <summary>The tokens of a request on a <see cref="FakeEngine"/>.</summary>
    public static int[] Tokens(SchedulerRequest request, SamplingOptions sampling, int contextLength = 64)
    {
        var chain = new SamplerChain(sampling);
        chain.History.Add([.. request.Prompt]);
        List<int> window = [.. request.Prompt], tokens = [];
        while (tokens.Count != request.MaxOutputTokens)
        {
            var token = chain.Sample(FakeEngine.Logits(window));
            if (request.StopIds.Contains(token)) break;
            tokens.Add(token);
            window.Add(token);
            if (window.Count < contextLength) continue;
            if (request.Window == WindowPolicy.Refuse) break;
            window = Slid(window, request.KeptTokens, contextLength);
        }
        return [.. tokens];
    }

    /// <summary>The tokens of a prompt on an engine that has nothing else to do, and their log-probabilities.</summary>
    public static (int[] Tokens, double[] LogProbabilities) Alone(InferenceEngine engine, int[] prompt, int most, SamplingOptions sampling)
    {
        using var generator = new Generator(engine);
        var tokens = generator.Generate(prompt, new SamplerChain(sampling), new GenerationOptions { StopIds = [-1], MaxOutputTokens = most, LogProbabilities = 1 }).ToArray();
        return (tokens, [.. generator.LogProbabilities.SelectMany(Numbers)]);
    }

    /// <summary>A token's log-probability and those of the alternatives.</summary>
    public static double[] Numbers(TokenLogProbability token) => [token.LogProbability, .. token.Alternatives.Select(other => other.LogProbability)];

    /// <summary>The first tokens and the newest half of what the context has beside them.</summary>
    public static List<int> Slid(List<int> window, int kept, int contextLength) => [.. window[..kept], .. window[^((contextLength - kept) / 2)..]];
}
