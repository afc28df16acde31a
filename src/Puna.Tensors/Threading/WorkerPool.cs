using System.Runtime.CompilerServices;

namespace Puna.Tensors;

/// <summary>
/// Threads that wait for the next operation by spinning, which makes fork and join cost less than a microsecond, and that park
/// when nothing comes for a while, or at once when the system takes their processor away: then somebody else needs it.
/// The pieces of a job are shared out in order, an equal run of them to each thread, so that a thread finds in its caches what it wrote when the
/// job before went over the same rows; who is done takes pieces from the end of another's run. A run is one word that carries the number
/// of its job, so a late thread can never touch the next one. One job at a time; the caller works too.
/// </summary>
public sealed unsafe partial class WorkerPool : IDisposable
{
    private const int MaximumPieces = (1 << 20) - 1;
    private const int RunStride = 16; // words: two cache lines, which processors fetch together

    private readonly Thread[] _threads;
    private readonly SemaphoreSlim _wake = new(0);
    private readonly Lock _oneJob = new();
    private delegate*<void*, int, int, void> _run;
    private void* _job;
    private readonly ulong* _runs; // for each thread, in a cache line of its own, the job's number (24 bits), the end of its run (20) and the next piece (20): one word, so that a claim sees all three together
    private readonly NativeBuffer _runsMemory;
    private ulong _number; // of the latest job
    private int _done;
    private volatile bool _stopping;

    /// <summary>Starts <paramref name="threads"/> − 1 threads.</summary>
    /// <param name="threads">How many work at once, the caller included.</param>
    public WorkerPool(int threads)
    {
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(threads);
        ThreadCount = threads;
        _runsMemory = new NativeBuffer((long)threads * RunStride * sizeof(ulong));
        _runs = (ulong*)_runsMemory.Pointer;
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
        _runsMemory.Dispose();
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
            var number = ((_number + 1) & 0xFFFFFF) << 40;
            for (var i = ThreadCount - 1; i >= 0; i--) Volatile.Write(ref Run(i), number | ((ulong)((long)count * (i + 1) / ThreadCount) << 20) | (ulong)((long)count * i / ThreadCount));
            Volatile.Write(ref _number, _number + 1);
            Interlocked.MemoryBarrier();
            Wake(count - 1);
            TryWork(0);
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

    private ref ulong Run(int worker) => ref _runs[(long)worker * RunStride];

    /// <summary>Works on the thread's own run, then on what is left of the others'; false where nothing was.</summary>
    private bool TryWork(int worker)
    {
        var done = 0;
        for (var i = 0; i < ThreadCount; i++)
        {
            var owner = worker + i < ThreadCount ? worker + i : worker + i - ThreadCount;
            while (TryPiece(owner, worker, ref done))
            {
            }
        }
        if (done > 0) Interlocked.Add(ref _done, done);
        return done > 0;
    }

    /// <summary>Takes and does a piece of a run; false where none is left.</summary>
    private bool TryPiece(int owner, int worker, ref int done)
    {
        ref var run = ref Run(owner);
        var seen = Volatile.Read(ref run);
        var execute = _run;
        var job = _job;
        if (!HasPieces(seen)) return false;
        var isOwn = owner == worker;
        if (Interlocked.CompareExchange(ref run, isOwn ? seen + 1 : seen - (1ul << 20), seen) != seen) return true;
        var piece = isOwn ? seen & MaximumPieces : ((seen >> 20) & MaximumPieces) - 1;
        execute(job, (int)piece, worker);
        done++;
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

    private bool HasWork()
    {
        for (var i = 0; i < ThreadCount; i++)
            if (HasPieces(Volatile.Read(ref Run(i)))) return true;
        return false;
    }

    private static bool HasPieces(ulong run) => (run & MaximumPieces) < ((run >> 20) & MaximumPieces);

    /// <summary>Several pieces as one, where there are more than a run can number.</summary>
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
