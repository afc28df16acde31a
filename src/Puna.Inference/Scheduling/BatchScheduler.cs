using System.Diagnostics;

namespace Puna.Inference;

/// <summary>
/// Many generations on one engine at once: continuous batching. A thread of its own makes the steps; in each, every running sequence gets one token, and
/// prompts are computed in pieces beside them. Requests come from any thread. A request's tokens do not depend on its neighbours beyond rounding.
/// docs/scheduling.md says who goes first and what happens when memory is short.
/// </summary>
public sealed class BatchScheduler : IDisposable
{
    private const double CacheReadingSeconds = 0.1;
    private readonly InferenceEngine _engine;
    private readonly SchedulerOptions _options;
    private readonly bool _ownsEngine;
    private readonly object _gate = new();
    private readonly Queue<ScheduledSequence> _incoming = new();
    private readonly SemaphoreSlim _room;
    private readonly CancellationTokenSource _closed = new();
    private readonly Schedule _schedule;
    private readonly SchedulerInstruments _instruments;
    private readonly Thread _thread;
    private SchedulerMetrics _published;
    private long _arrivals, _refused, _cacheRead;
    private bool _isAwake, _isClosing;

    /// <summary>Starts the thread.</summary>
    /// <param name="engine">From here on used by this scheduler alone.</param>
    /// <param name="options">Bounds; null for the defaults.</param>
    /// <param name="ownsEngine">Whether the engine is disposed with the scheduler.</param>
    /// <exception cref="ArgumentOutOfRangeException">A bound is out of its range.</exception>
    public BatchScheduler(InferenceEngine engine, SchedulerOptions? options = null, bool ownsEngine = false)
    {
        (_engine, _ownsEngine) = (engine, ownsEngine);
        _options = (options ?? new SchedulerOptions()).For(engine);
        _room = new SemaphoreSlim(_options.QueueLength);
        _schedule = new Schedule(engine, _options, () => _room.Release());
        _instruments = new SchedulerInstruments(() => Metrics);
        _thread = new Thread(Work) { IsBackground = true, Name = "puna scheduler" };
        _thread.Start();
    }

    /// <summary>The most positions of a sequence.</summary>
    public int ContextLength => _engine.ContextLength;

    /// <summary>What it is doing and has done.</summary>
    public SchedulerMetrics Metrics
    {
        get
        {
            lock (_gate) return _published with { Waiting = _published.Waiting + _incoming.Count, Refused = _refused };
        }
    }

    /// <summary>Takes a request, or says at once that the queue is full.</summary>
    /// <param name="request">The request; its chain belongs to the scheduler from here on.</param>
    /// <param name="cancellation">Cancels the request.</param>
    /// <exception cref="SchedulerBusyException">So many requests wait already.</exception>
    /// <exception cref="InvalidDataException">The prompt is empty, too long or has ids that there are not, or settings contradict each other.</exception>
    /// <exception cref="ObjectDisposedException">The scheduler is closed.</exception>
    public ScheduledRequest Submit(SchedulerRequest request, CancellationToken cancellation = default)
    {
        ObjectDisposedException.ThrowIf(_closed.IsCancellationRequested, this);
        request.Require(_engine.ContextLength, _engine.VocabularySize);
        if (_room.Wait(0, CancellationToken.None)) return Take(request, cancellation);
        lock (_gate) _refused++;
        throw new SchedulerBusyException($"{_options.QueueLength} requests wait already, which is as many as may; try again later");
    }

    /// <summary>Takes a request as soon as there is room in the queue.</summary>
    /// <param name="request">The request; its chain belongs to the scheduler from here on.</param>
    /// <param name="cancellation">Ends the waiting; later cancels the request.</param>
    /// <exception cref="InvalidDataException">The prompt is empty, too long or has ids that there are not, or settings contradict each other.</exception>
    /// <exception cref="OperationCanceledException">The waiting was cancelled.</exception>
    /// <exception cref="ObjectDisposedException">The scheduler is closed, or was while the request waited.</exception>
    public async ValueTask<ScheduledRequest> SubmitAsync(SchedulerRequest request, CancellationToken cancellation = default)
    {
        ObjectDisposedException.ThrowIf(_closed.IsCancellationRequested, this);
        request.Require(_engine.ContextLength, _engine.VocabularySize);
        using var both = CancellationTokenSource.CreateLinkedTokenSource(cancellation, _closed.Token);
        try
        {
            await _room.WaitAsync(both.Token).ConfigureAwait(false);
        }
        catch (OperationCanceledException) when (!cancellation.IsCancellationRequested)
        {
            throw new ObjectDisposedException(nameof(BatchScheduler), "the scheduler was closed while a request waited for room in its queue");
        }
        return Take(request, cancellation);
    }

    /// <summary>Ends all requests (<see cref="RequestFinish.Closed"/>), then the thread.</summary>
    public void Dispose()
    {
        if (Thread.CurrentThread == _thread) throw new InvalidOperationException("the scheduler cannot be disposed by what it is just computing");
        lock (_gate)
        {
            if (_isClosing) return;
            _isClosing = true;
            Monitor.Pulse(_gate);
        }
        _closed.Cancel();
        _thread.Join();
        _instruments.Dispose();
        if (_ownsEngine) _engine.Dispose();
    }

    private ScheduledRequest Take(SchedulerRequest request, CancellationToken cancellation)
    {
        var handle = new ScheduledRequest(request, Wake);
        var item = new ScheduledSequence(handle, Interlocked.Increment(ref _arrivals));
        handle.CancelWith(cancellation);
        lock (_gate)
        {
            ObjectDisposedException.ThrowIf(_isClosing, this);
            _incoming.Enqueue(item);
            Monitor.Pulse(_gate);
        }
        return handle;
    }

    private void Wake()
    {
        lock (_gate)
        {
            _isAwake = true;
            Monitor.Pulse(_gate);
        }
    }

    private void Work()
    {
        while (Receive())
        {
            try
            {
                _schedule.Step();
                Publish();
            }
            catch (Exception error)
            {
                _schedule.EndAll(RequestFinish.Failed, error); // nobody's in particular; those who come next are served
            }
        }
        _schedule.EndAll(RequestFinish.Closed, new OperationCanceledException("the scheduler was closed before the request was done"));
        _schedule.Dispose();
        lock (_gate) _published = _schedule.Figures;
    }

    /// <summary>Waits for something to do and takes in what has come; false where the scheduler closes.</summary>
    private bool Receive()
    {
        lock (_gate)
        {
            while (!_isClosing && !_isAwake && _incoming.Count == 0 && !_schedule.HasWork) Monitor.Wait(_gate);
            _isAwake = false;
            while (_incoming.TryDequeue(out var item)) _schedule.Add(item);
            return !_isClosing;
        }
    }

    private void Publish()
    {
        var figures = _schedule.Figures;
        var isDue = !_schedule.HasWork || Stopwatch.GetElapsedTime(_cacheRead).TotalSeconds > CacheReadingSeconds;
        var cache = isDue ? _engine.Memory.Cache : _published.CacheBytes;
        if (isDue) _cacheRead = Stopwatch.GetTimestamp();
        lock (_gate) _published = figures with { CacheBytes = cache };
    }
}
