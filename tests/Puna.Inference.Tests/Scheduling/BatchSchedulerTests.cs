using System.Diagnostics.Metrics;

namespace Puna.Inference.Tests;

/// <summary>The thread around the schedule: the bounded queue, waiting and refusing, closing.</summary>
public class BatchSchedulerTests
{
    private static readonly SchedulerOptions One = new() { MaxSequences = 1, QueueLength = 2 };

    [Fact]
    public async Task A_full_queue_refuses_or_lets_wait_as_asked()
    {
        using var gate = new ManualResetEventSlim();
        var engine = new FakeEngine { Gate = gate };
        using var scheduler = new BatchScheduler(engine, One);
        var running = scheduler.Submit(Plain.Request([1], 3));
        await engine.Entered.WaitAsync();
        ScheduledRequest[] waiting = [scheduler.Submit(Plain.Request([2], 3)), scheduler.Submit(Plain.Request([3], 3))];
        Should.Throw<SchedulerBusyException>(() => scheduler.Submit(Plain.Request([4], 3))).Message.ShouldContain("2 requests wait already");
        var patient = scheduler.SubmitAsync(Plain.Request([5], 3)).AsTask();
        using var stop = new CancellationTokenSource();
        var givenUp = scheduler.SubmitAsync(Plain.Request([6], 3), stop.Token).AsTask();
        (patient.IsCompleted, givenUp.IsCompleted).ShouldBe((false, false));
        scheduler.Metrics.Waiting.ShouldBe(2);
        await stop.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => givenUp);
        gate.Set();
        foreach (var handle in (ScheduledRequest[])[running, .. waiting, await patient])
            (await handle.CompleteAsync()).ShouldBe(Plain.Tokens(handle.Request, SamplingOptions.Greedy));
        scheduler.Dispose();
        (scheduler.Metrics.Refused, scheduler.Metrics.Finished, engine.Live).ShouldBe((1, 4, 0));
    }

    [Fact]
    public async Task Who_stops_reading_or_cancels_the_token_it_came_with_ends_the_request()
    {
        using var steps = new SemaphoreSlim(0); // so that no thread of this test can come too late
        var engine = new FakeEngine(5000) { BeforeRun = steps.Wait };
        using var scheduler = new BatchScheduler(engine);
        var left = scheduler.Submit(Plain.Request([1, 2]));
        steps.Release(3);
        await foreach (var _ in left.ReadAllAsync()) break;
        steps.Release(3);
        (await left.Completion).Finish.ShouldBe(RequestFinish.Cancelled);
        using var stop = new CancellationTokenSource();
        var cancelled = scheduler.Submit(Plain.Request([1, 2]), stop.Token);
        steps.Release(3);
        (await cancelled.Tokens.WaitToReadAsync()).ShouldBeTrue();
        await stop.CancelAsync();
        steps.Release(3);
        (await cancelled.Completion).Finish.ShouldBe(RequestFinish.Cancelled);
        var tokens = new List<int>();
        await foreach (var token in cancelled.ReadAllAsync()) tokens.Add(token);
        tokens.Count.ShouldBe((await cancelled.Completion).GeneratedTokens, "what was generated can still be read, and its end is no error");
    }

    [Fact]
    public async Task Closing_ends_everything_in_order()
    {
        using var gate = new ManualResetEventSlim();
        var engine = new FakeEngine(5000) { Gate = gate };
        var scheduler = new BatchScheduler(engine, One);
        var running = scheduler.Submit(Plain.Request([1]));
        await engine.Entered.WaitAsync();
        var queued = scheduler.Submit(Plain.Request([2], 3));
        scheduler.Submit(Plain.Request([3], 3));
        var outside = scheduler.SubmitAsync(Plain.Request([4], 3)).AsTask();
        var closing = Task.Run(scheduler.Dispose);
        await Assert.ThrowsAnyAsync<ObjectDisposedException>(() => outside);
        gate.Set();
        await closing;
        foreach (var handle in (ScheduledRequest[])[running, queued])
        {
            (await handle.Completion).Finish.ShouldBe(RequestFinish.Closed);
            await Assert.ThrowsAnyAsync<OperationCanceledException>(() => handle.CompleteAsync());
        }
        Should.Throw<ObjectDisposedException>(() => scheduler.Submit(Plain.Request([5], 3)));
        await Assert.ThrowsAnyAsync<ObjectDisposedException>(() => scheduler.SubmitAsync(Plain.Request([5], 3)).AsTask());
        scheduler.Dispose();
        (engine.Live, engine.Used).ShouldBe((0, 0));
    }

    [Fact]
    public async Task Figures_tell_what_was_done()
    {
        var engine = new FakeEngine();
        using var scheduler = new BatchScheduler(engine, new SchedulerOptions { SharedTokens = 4 });
        foreach (var length in (int[])[20, 20, 8])
        {
            var figures = await scheduler.Submit(Plain.Request(Plain.Prompt(1, length), 10)).Completion;
            (figures.PromptTokens, figures.GeneratedTokens, figures.Finish).ShouldBe((length, 10, RequestFinish.Length));
            (figures.QueuedSeconds >= 0, figures.PromptSeconds > 0, figures.GeneratedSeconds > 0).ShouldBe((true, true, true));
        }
        scheduler.Dispose();
        var metrics = scheduler.Metrics;
        (metrics.Finished, metrics.GeneratedTokens, metrics.Steps).ShouldBe((3, 30, 30));
        (metrics.PromptTokens, metrics.SharedTokens).ShouldBe((20 + 1 + 1, 19 + 7));
        (metrics.PromptTokensPerSecond > 0, metrics.GeneratedTokensPerSecond > 0).ShouldBe((true, true));
        (metrics.Waiting, metrics.Running, metrics.Prefilling, metrics.Cancelled, metrics.Failed).ShouldBe((0, 0, 0, 0, 0));
    }

    [Fact]
    public void A_listener_hears_every_figure()
    {
        var seen = new Dictionary<string, double>();
        using var instruments = new SchedulerInstruments(() => new SchedulerMetrics { Waiting = 3, GeneratedTokens = 123_457, Failed = 11, CacheBytes = 1 << 20 });
        using var listener = new MeterListener { InstrumentPublished = (instrument, me) => { if (instrument.Meter.Name == SchedulerInstruments.MeterName) me.EnableMeasurementEvents(instrument); } };
        void Hear(string name, double value) => seen[name] = Math.Max(seen.GetValueOrDefault(name), value);
        listener.SetMeasurementEventCallback<int>((instrument, value, _, _) => Hear(instrument.Name, value));
        listener.SetMeasurementEventCallback<long>((instrument, value, _, _) => Hear(instrument.Name, value));
        listener.SetMeasurementEventCallback<double>((instrument, value, _, _) => Hear(instrument.Name, value));
        listener.Start();
        listener.RecordObservableInstruments();
        seen.Count.ShouldBe(12);
        seen["puna.inference.generated.tokens"].ShouldBeGreaterThanOrEqualTo(123_457);
        foreach (var name in (string[])["puna.inference.requests.waiting", "puna.inference.requests.running", "puna.inference.cache.size", "puna.inference.requests.ended"]) seen.ShouldContainKey(name);
    }

    [Fact]
    public void Bounds_that_contradict_each_other_are_refused()
    {
        using var engine = new FakeEngine();
        SchedulerOptions[] wrong = [new() { MaxSequences = 0 }, new() { QueueLength = 0 }, new() { ChunkTokens = 0 }, new() { PooledSequences = -1 }, new() { SharedTokens = 0 }, new() { MaxSequences = 9, StepTokens = 8 }];
        foreach (var options in wrong) Should.Throw<ArgumentOutOfRangeException>(() => new BatchScheduler(engine, options), options.ToString());
    }
}
