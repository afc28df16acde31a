using System.Diagnostics;
using Puna.Models;

namespace Puna.Inference;

/// <summary>
/// The waiting and the running requests of an engine, and the steps that it makes with them. Everything here happens on one thread, and a step depends on
/// nothing but what was added and cancelled before it: <see cref="BatchScheduler"/> puts the thread around it.
/// </summary>
internal sealed partial class Schedule : IDisposable
{
    private readonly InferenceEngine _engine;
    private readonly SchedulerOptions _options;
    private readonly Action _leaveQueue;
    private readonly InferenceBatch _batch = new();
    private readonly List<ScheduledSequence> _waiting = [], _running = [];
    private readonly PrefixPool _pool;
    private readonly int _fixedLength; // positions up to which a key does not depend on the length of its sequence
    private RecentRate _promptRate, _generatedRate;
    private SchedulerMetrics _figures;

    /// <param name="engine">Used by nobody else.</param>
    /// <param name="options">With every number known.</param>
    /// <param name="leaveQueue">Called once for each request, when it has its first place or ends without.</param>
    public Schedule(InferenceEngine engine, SchedulerOptions options, Action leaveQueue)
    {
        (_engine, _options, _leaveQueue) = (engine, options, leaveQueue);
        _pool = new PrefixPool(options.PooledSequences);
        _fixedLength = (engine.Config as LlamaConfig)?.RopeScaling?.FixedLength ?? int.MaxValue;
    }

    /// <summary>Whether a step would do anything.</summary>
    public bool HasWork => _waiting.Count > 0 || _running.Count > 0;

    /// <summary>Figures as of the latest step, all but the bytes of the cache and those who never came in.</summary>
    public SchedulerMetrics Figures => _figures with
    {
        Waiting = _waiting.Count,
        Running = _running.Count,
        Prefilling = _running.Count(item => item.Pending > 1 || item.WantsStates),
        Pooled = _pool.Count,
        CachedPositions = _pool.Positions + _running.Sum(item => (long)item.Computed),
        PromptTokensPerSecond = _promptRate.PerSecond,
        GeneratedTokensPerSecond = _generatedRate.PerSecond,
    };

    /// <summary>A request joins those that wait.</summary>
    public void Add(ScheduledSequence item)
    {
        Enqueue(item);
        if (item.Request.MaxOutputTokens == 0 && !item.WantsStates) Finish(item, RequestFinish.Length);
    }

    /// <summary>Lets go of the cancelled, lets in who may come, and runs the engine: one token of every sequence that is being continued, then prompts; a second time where hidden states are wanted too.</summary>
    public void Step()
    {
        DropCancelled(_waiting);
        DropCancelled(_running);
        Admit();
        if (_running.Count == 0) return;
        var (start, before) = (Stopwatch.GetTimestamp(), _figures);
        _figures = _figures with { Steps = _figures.Steps + 1 };
        Plan();
        Run();
        PlanStates();
        Run();
        var seconds = Stopwatch.GetElapsedTime(start).TotalSeconds;
        _promptRate.Add(_figures.PromptTokens - before.PromptTokens, seconds);
        _generatedRate.Add(_figures.GeneratedTokens - before.GeneratedTokens, seconds);
    }

    /// <summary>Ends all requests, for a fault that is nobody's in particular or because the scheduler closes.</summary>
    public void EndAll(RequestFinish finish, Exception error)
    {
        while (_running.Count > 0) Finish(_running[^1], finish, error);
        while (_waiting.Count > 0) Finish(_waiting[^1], finish, error);
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _pool.Dispose();
        _batch.Dispose();
    }

    private void DropCancelled(List<ScheduledSequence> items)
    {
        for (var i = items.Count - 1; i >= 0; i--)
            if (items[i].Handle.IsCancelled) Finish(items[i], RequestFinish.Cancelled);
    }

    /// <summary>Among those that wait, behind its equals that came before it.</summary>
    private void Enqueue(ScheduledSequence item)
    {
        var place = _waiting.Count;
        while (place > 0 && ScheduledSequence.ByRank(item, _waiting[place - 1]) < 0) place--;
        _waiting.Insert(place, item);
    }

    /// <summary>A request ends. What it has computed is kept for prompts that begin like it, unless it failed.</summary>
    private void Finish(ScheduledSequence item, RequestFinish finish, Exception? error = null, string? message = null)
    {
        if (_running.Remove(item)) _allowance += 2;
        else _waiting.Remove(item);
        LeaveQueue(item);
        if (error is null) Keep(item);
        else item.Release();
        _figures = finish switch
        {
            RequestFinish.Cancelled or RequestFinish.Closed => _figures with { Cancelled = _figures.Cancelled + 1 },
            RequestFinish.Failed => _figures with { Failed = _figures.Failed + 1 },
            _ => _figures with { Finished = _figures.Finished + 1 },
        };
        item.Handle.Finish(item.Statistics(finish, message ?? error?.Message, error), error);
    }

    private void LeaveQueue(ScheduledSequence item)
    {
        if (!item.IsQueued) return;
        item.IsQueued = false;
        _leaveQueue();
    }

    /// <summary>Leaves a sequence to later prompts, where it may be and is worth it.</summary>
    private void Keep(ScheduledSequence item)
    {
        var length = item.Computed;
        if (item.Sequence is null || !item.Request.SharesPrefix || length < _options.SharedTokens || length > _fixedLength || _options.PooledSequences == 0)
        {
            item.Release();
            return;
        }
        _pool.Add(item.Sequence, item.Ids[..length]);
        item.Sequence = null;
    }
}
