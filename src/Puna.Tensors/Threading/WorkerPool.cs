using System.Runtime.CompilerServices;

namespace Puna.Tensors;

/// <summary>
/// Threads that wait for the next operation by spinning, which makes fork and join cost less than a microsecond, and that park
/// when nothing comes for a while, or at once when the system takes their processor away: then somebody else needs it.
/// Pieces of a job are claimed one by one from a ticket that carries the number of the job, so a late worker can never touch
/// the next one. One job at a time; the caller works too.
/// </summary>
public sealed unsafe partial class WorkerPool : IDisposable
{
    private const int MaximumPieces = (1 << 20) - 1;

    private readonly Thread[] _threads;
    private readonly SemaphoreSlim _wake = new(0);
    private readonly Lock _oneJob = new();
    private delegate*<void*, int, int, void> _run;
    private void* _job;
    private ulong _ticket; // the job's number (24 bits), its count of pieces (20), the next piece (20): one word, so that a claim sees all three together
    private int _done;
    private volatile bool _stopping;

    /// <summary>Starts <paramref name="threads"/> − 1 threads.</summary>
    /// <param name="threads">How many work at once, the caller included.</param>
    public WorkerPool(int threads)
    {
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(threads);
        ThreadCount = threads;
        _threads = new Thread[threads - 1];
        for (var i = 0; i < _threads.Length; i++)
        {
            var worker = i + 1;
            _threads[i] = new Thread(() => Work(worker)) { IsBackground = true, Name = $"puna worker {worker}" };
            _threads[i].Start();
        }
    }

    /// <summary>How many threads work at once, the caller included.</summary>
    public int ThreadCount { get; }

    /// <summary>Stops the threads and waits for them.</summary>
    public void Dispose()
    {
        if (_stopping) return;
        _stopping = true;
        Interlocked.MemoryBarrier();
        Wake(int.MaxValue);
        foreach (var thread in _threads) thread.Join();
        _wake.Dispose();
    }

    /// <summary>Runs pieces 0 … <paramref name="count"/> − 1 on all threads and returns when all are done.</summary>
    internal void For<TJob>(int count, TJob job) where TJob : unmanaged, IParallelJob
    {
        ObjectDisposedException.ThrowIf(_stopping, this);
        if (count <= 0) return;
        if (count > MaximumPieces)
        {
            var per = (count / MaximumPieces) + 1;
            Share((int)(((long)count + per - 1) / per), new Grouped<TJob>(job, per, count));
        }
        else
        {
            Share(count, job);
        }
    }

    private void Share<TJob>(int count, TJob job) where TJob : unmanaged, IParallelJob
    {
        if (count == 1 || _threads.Length == 0)
        {
            for (var i = 0; i < count; i++) job.Run(i, 0);
            return;
        }
        lock (_oneJob)
        {
            _run = &Invoke<TJob>;
            _job = &job;
            _done = 0;
            Volatile.Write(ref _ticket, (((_ticket >> 40) + 1) << 40) | ((ulong)count << 20));
            Interlocked.MemoryBarrier();
            Wake(count - 1);
            while (TryWork(0))
            {
            }
            Join(count);
        }
    }

    private static void Invoke<TJob>(void* job, int index, int worker) where TJob : unmanaged, IParallelJob => Unsafe.AsRef<TJob>(job).Run(index, worker);

    private void Join(int count)
    {
        for (var spins = 0; Volatile.Read(ref _done) != count; spins++)
        {
            if (spins < 20_000) Pause();
            else Thread.Yield(); // the other half is late: let whoever holds its processor finish
        }
    }

    private bool TryWork(int worker)
    {
        var ticket = Volatile.Read(ref _ticket);
        var run = _run;
        var job = _job;
        if (!HasPieces(ticket)) return false;
        if (Interlocked.CompareExchange(ref _ticket, ticket + 1, ticket) != ticket) return true;
        run(job, (int)(ticket & MaximumPieces), worker);
        Interlocked.Increment(ref _done);
        return true;
    }

    private void Work(int worker)
    {
        while (!_stopping)
        {
            if (TryWork(worker)) continue;
            if (Spin()) continue;
            Park();
        }
    }

    private bool HasWork() => HasPieces(Volatile.Read(ref _ticket));

    private static bool HasPieces(ulong ticket) => (ticket & MaximumPieces) < ((ticket >> 20) & MaximumPieces);

    /// <summary>Several pieces as one, where there are more than a ticket can number.</summary>
    private readonly struct Grouped<TJob>(TJob job, int per, int count) : IParallelJob
        where TJob : unmanaged, IParallelJob
    {
        public void Run(int index, int worker)
        {
            var end = (int)Math.Min(count, (index + 1L) * per);
            for (var i = index * per; i < end; i++) job.Run(i, worker);
        }
    }
}
