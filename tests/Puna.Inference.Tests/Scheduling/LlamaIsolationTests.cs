using Puna.Tensors;

namespace Puna.Inference.Tests;

/// <summary>On the engine that runs files, whatever the number formats: a request's tokens and log-probabilities are to the last bit those that it has alone, and every page is given back.</summary>
public class LlamaIsolationTests
{
    private const int Pages = 6;

    [Theory]
    [InlineData("F32", CacheType.Float32, 1)]
    [InlineData("F32", CacheType.Float16, 2)]
    [InlineData("F32", CacheType.Int8, 3)]
    [InlineData("Q8_0", CacheType.Float16, 4)]
    [InlineData("Q8_0", CacheType.Int8, 5)]
    [InlineData("Q4_K_M", CacheType.Float16, 6)]
    [InlineData("Q4_K_M", CacheType.Int8, 7)]
    public void Among_random_neighbours_every_bit_is_that_of_a_request_alone(string type, CacheType cache, int seed)
    {
        using var model = new FileLlama(type);
        var random = new CounterRandom((ulong)seed);
        var requests = Requests(random, 14);
        var reference = model.Open(cache);
        var alone = requests.Select(request => Plain.Alone(reference, request.Prompt, request.Most, request.Sampling)).ToArray();

        var engine = model.Open(cache, Pages);
        using (var steps = new Steps(engine, new SchedulerOptions { MaxSequences = 5, StepTokens = 40, ChunkTokens = 13, SharedTokens = 4, PooledSequences = 3 }, ownsEngine: false))
        {
            var handles = requests.Select(request =>
            {
                var handle = steps.Submit(Plain.Request(request.Prompt, request.Most, request.Sampling) with { Priority = random.Next(3), LogProbabilities = 1 });
                steps.Step(random.Next(5));
                return handle;
            }).ToArray();
            steps.ToTheEnd();
            for (var i = 0; i < handles.Length; i++)
            {
                Steps.Tokens(handles[i]).ShouldBe(alone[i].Tokens, $"request {i}");
                Steps.LogProbabilities(handles[i]).ShouldBe(alone[i].LogProbabilities, $"request {i}");
            }
            handles.Sum(handle => Steps.Figures(handle).CachedTokens).ShouldBeGreaterThan(0, "some of the beginnings are shared");
            handles.Sum(handle => Steps.Figures(handle).Preemptions).ShouldBeGreaterThan(0, "memory must have been short, or this tests nothing");
        }
        engine.Memory.Cache.ShouldBe(Pages * FileLlama.PageBytes(cache));
        engine.ShouldBeWhole(Pages);
    }

    [Fact]
    public async Task From_many_threads_with_cancellations_and_hidden_states_all_is_right_and_all_is_given_back()
    {
        using var model = new FileLlama("Q8_0");
        var requests = Requests(new CounterRandom(11), 24);
        var reference = model.Open(CacheType.Float16);
        var alone = requests.Select(request => Plain.Alone(reference, request.Prompt, request.Most, request.Sampling).Tokens).ToArray();
        var states = requests.Select(request => States(reference, request.Prompt)).ToArray();
        var engine = model.Open(CacheType.Float16, Pages);
        using (var scheduler = new BatchScheduler(engine, new SchedulerOptions { MaxSequences = 5, ChunkTokens = 20, SharedTokens = 4, PooledSequences = 3 }))
        {
            await Task.WhenAll(requests.Select((request, i) => Task.Run(async () =>
            {
                if (i % 4 == 3)
                {
                    var seen = new List<float>();
                    var reading = await scheduler.SubmitAsync(SchedulerRequest.ForStates(request.Prompt, (_, state) => seen.AddRange(state.ToArray())));
                    (await reading.Completion).Error.ShouldBeNull();
                    seen.ShouldBe(states[i]);
                    return;
                }
                var handle = await scheduler.SubmitAsync(Plain.Request(request.Prompt, request.Most, request.Sampling));
                var (tokens, stopAfter) = (new List<int>(), i % 4 == 1 ? i / 2 : int.MaxValue);
                await foreach (var token in handle.ReadAllAsync())
                {
                    tokens.Add(token);
                    if (tokens.Count == stopAfter) break;
                }
                tokens.ShouldBe(alone[i].Take(tokens.Count));
                if (stopAfter == int.MaxValue) tokens.Count.ShouldBe(alone[i].Length);
            })));
        }
        engine.ShouldBeWhole(Pages);
    }

    /// <summary>The hidden states of a text, one behind the other.</summary>
    internal static float[] States(InferenceEngine engine, int[] ids)
    {
        using var sequence = engine.CreateSequence();
        using var batch = new InferenceBatch();
        batch.Add(sequence, ids, BatchOutput.Hidden);
        engine.Run(batch);
        return [.. Enumerable.Range(0, ids.Length).SelectMany(row => batch.Row(row).ToArray())];
    }

    private static (int[] Prompt, int Most, SamplingOptions Sampling)[] Requests(CounterRandom random, int count)
    {
        var beginning = TinyLlama.Ids(70, 99, FileLlama.Vocabulary);
        return [.. Enumerable.Range(0, count).Select(i =>
        {
            var own = TinyLlama.Ids(1 + random.Next(90), (ulong)(1000 + i), FileLlama.Vocabulary);
            SamplingOptions sampling = (i % 4) switch
            {
                0 => SamplingOptions.Greedy,
                1 => Plain.Sampled with { Seed = 100 + i },
                2 => new SamplingOptions { Seed = 100 + i, RepetitionPenalty = 1.3, PenaltyWindow = -1 },
                _ => Plain.Sampled with { Seed = 100 + i, FrequencyPenalty = 0.4 },
            };
            int[] prompt = i % 3 == 0 ? [.. beginning, .. own[..Math.Min(own.Length, 15)]] : own;
            return (prompt, 1 + random.Next(60), sampling);
        })];
    }
}
