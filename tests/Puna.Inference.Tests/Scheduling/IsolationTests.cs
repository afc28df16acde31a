using Puna.Tensors;

namespace Puna.Inference.Tests;

/// <summary>A request's tokens are those that it would get alone, whoever is computed beside it.</summary>
public class IsolationTests
{
    [Theory, InlineData(1), InlineData(2), InlineData(3)]
    public void Among_random_neighbours_the_tokens_are_those_of_a_request_alone(int seed)
    {
        using var device = new CpuDevice(1);
        var network = TinyLlama.Network();
        var random = new CounterRandom((ulong)seed);
        var beginning = TinyLlama.Ids(20, 99);
        var requests = Enumerable.Range(0, 14).Select(i =>
        {
            int[] own = TinyLlama.Ids(1 + random.Next(35), (ulong)(1000 + i));
            int[] prompt = i % 3 == 0 ? [.. beginning, .. own[..Math.Min(own.Length, 15)]] : own;
            SamplingOptions sampling = (i % 4) switch
            {
                0 => SamplingOptions.Greedy,
                1 => Plain.Sampled with { Seed = 100 + i },
                2 => new SamplingOptions { Seed = 100 + i, RepetitionPenalty = 1.3, PenaltyWindow = -1 },
                _ => SamplingOptions.Greedy with { FrequencyPenalty = 0.4 },
            };
            return (Prompt: prompt, Sampling: sampling, Most: 1 + random.Next(40));
        }).ToArray();
        var expected = requests.Select(request =>
        {
            using var generator = new Generator(network, device);
            return generator.Generate(request.Prompt, new SamplerChain(request.Sampling), new GenerationOptions { StopIds = [-1], MaxOutputTokens = request.Most }).ToArray();
        }).ToArray();

        using var steps = new Steps(new NetworkEngine(network, device), new SchedulerOptions { MaxSequences = 5, StepTokens = 17, ChunkTokens = 6, SharedTokens = 4, PooledSequences = 3 });
        var handles = requests.Select((request, i) =>
        {
            var handle = steps.Submit(Plain.Request(request.Prompt, request.Most, request.Sampling) with { Priority = random.Next(3) });
            steps.Step(random.Next(5));
            return handle;
        }).ToArray();
        steps.ToTheEnd();
        for (var i = 0; i < handles.Length; i++) Steps.Tokens(handles[i]).ShouldBe(expected[i], $"request {i}");
        handles.Sum(handle => Steps.Figures(handle).CachedTokens).ShouldBeGreaterThan(0, "some of the beginnings are shared");
    }

    [Fact]
    public async Task Requests_of_many_threads_get_the_tokens_that_they_would_get_alone()
    {
        using var device = new CpuDevice(2);
        var network = TinyLlama.Network();
        var prompts = Enumerable.Range(0, 12).Select(i => TinyLlama.Ids(3 + (3 * i), (ulong)i)).ToArray();
        using var scheduler = new BatchScheduler(new NetworkEngine(network, device), new SchedulerOptions { MaxSequences = 4, StepTokens = 16, ChunkTokens = 7, SharedTokens = 4 }, ownsEngine: true);
        var answers = await Task.WhenAll(prompts.Select(prompt => Task.Run(() => scheduler.Submit(Plain.Request(prompt, 20)).CompleteAsync())));
        scheduler.Dispose();
        for (var i = 0; i < prompts.Length; i++)
        {
            using var generator = new Generator(network, device);
            answers[i].ShouldBe(generator.Generate(prompts[i], new SamplerChain(SamplingOptions.Greedy), new GenerationOptions { StopIds = [-1], MaxOutputTokens = 20 }));
        }
        scheduler.Metrics.Finished.ShouldBe(12);
    }

    /// <summary>Hundreds of requests from several threads with little memory, some cancelled, some given up, some sliding; in the end nothing is left.</summary>
    [Theory, InlineData(1), InlineData(2)]
    public async Task Many_submissions_and_cancellations_leave_no_sequence_behind(int seed)
    {
        const int Context = 48, Threads = 4, Each = 100, Queue = 10;
        using var crowd = new ManualResetEventSlim(); // or a busy machine could hand in one request after the other's end, and memory would never be short
        var submitted = 0;
        var engine = new FakeEngine(Context, capacity: 150) { Gate = crowd };
        using var scheduler = new BatchScheduler(engine, new SchedulerOptions { MaxSequences = 6, StepTokens = 24, ChunkTokens = 7, SharedTokens = 4, PooledSequences = 4, QueueLength = Queue });
        var beginnings = Enumerable.Range(0, 5).Select(i => TinyLlama.Ids(12, (ulong)i, FakeEngine.Vocabulary)).ToArray();
        await Task.WhenAll(Enumerable.Range(0, Threads).Select(thread => Task.Run(async () =>
        {
            var random = new CounterRandom((ulong)seed, (ulong)thread);
            var open = new List<Task>();
            for (var i = 0; i < Each; i++)
            {
                var own = TinyLlama.Ids(1 + random.Next(25), random.NextUInt64(), FakeEngine.Vocabulary);
                var sampling = random.Next(2) == 0 ? SamplingOptions.Greedy : Plain.Sampled with { Seed = random.Next(1000) };
                var slides = random.Next(4) == 0;
                var request = Plain.Request(random.Next(2) == 0 ? [.. beginnings[random.Next(5)], .. own] : own, random.Next(40), sampling) with
                {
                    Priority = random.Next(3),
                    StopIds = [random.Next(FakeEngine.Vocabulary)],
                    Window = slides ? WindowPolicy.Slide : WindowPolicy.Refuse,
                    KeptTokens = slides ? 1 : 0,
                };
                var stopAfter = random.Next(3) == 0 ? random.Next(20) : int.MaxValue;
                open.Add(Check(await scheduler.SubmitAsync(request), sampling, stopAfter));
                if (Interlocked.Increment(ref submitted) == Queue) crowd.Set();
            }
            await Task.WhenAll(open);
        })));
        scheduler.Dispose();
        (engine.Live, engine.Used).ShouldBe((0, 0));
        var metrics = scheduler.Metrics;
        (metrics.Finished + metrics.Cancelled).ShouldBe(Threads * Each);
        metrics.Cancelled.ShouldBeGreaterThan(0);
        metrics.Preemptions.ShouldBeGreaterThan(0, "memory must have been short, or this test tests nothing");
        metrics.Slides.ShouldBeGreaterThan(0);
        metrics.SharedTokens.ShouldBeGreaterThan(0);
        (metrics.Waiting, metrics.Running, metrics.Pooled, metrics.CachedPositions).ShouldBe((0, 0, 0, 0));

        static async Task Check(ScheduledRequest handle, SamplingOptions sampling, int stopAfter)
        {
            var tokens = new List<int>();
            if (stopAfter == 0) handle.Cancel();
            await foreach (var token in handle.ReadAllAsync())
            {
                tokens.Add(token);
                if (tokens.Count == stopAfter) break;
            }
            var figures = await handle.Completion;
            var expected = Plain.Tokens(handle.Request, sampling, Context); // takes longer than the request: not while others wait to hand in theirs
            tokens.ShouldBe(expected.Take(tokens.Count));
            if (figures.Finish == RequestFinish.Cancelled) stopAfter.ShouldBeLessThan(int.MaxValue);
            else figures.GeneratedTokens.ShouldBe(expected.Length);
        }
    }
}
