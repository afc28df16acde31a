using System.Diagnostics;
using Puna.Tensors;

namespace Puna.Tests.Tensors;

/// <summary>Every piece is done exactly once whatever the timing. The guards are against deadlock; nothing is asserted about speed.</summary>
public unsafe class WorkerPoolTests
{
    private static readonly TimeSpan Guard = TimeSpan.FromSeconds(60);

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    [InlineData(8)]
    public void Every_piece_runs_exactly_once_in_a_hundred_thousand_small_jobs(int threads) => Within(Guard, () =>
    {
        using var pool = new WorkerPool(threads);
        var random = new CounterRandom((ulong)threads);
        for (var i = 0; i < 100_000; i++) Count(pool, i % 100 == 0 ? random.Next(1001) : random.Next(9));
    });

    [Fact]
    public void All_counts_from_nothing_to_a_thousand_are_covered() => Within(Guard, () =>
    {
        using var pool = new WorkerPool(4);
        for (var count = 0; count <= 1000; count++) Count(pool, count);
    });

    [Fact]
    public void Threads_that_parked_come_back_and_no_call_is_lost() => Within(Guard, () =>
    {
        using var pool = new WorkerPool(4);
        for (var i = 0; i < 300; i++)
        {
            Count(pool, 16);
            // around the time after which threads park, so that parking meets the next job at every stage
            if (i % 3 == 0) Thread.Sleep(1);
            else for (var start = Stopwatch.GetTimestamp(); Stopwatch.GetElapsedTime(start).TotalMicroseconds < i;) Thread.SpinWait(10);
        }
    });

    [Fact]
    public void More_pieces_than_a_run_numbers_are_grouped() => Within(Guard, () =>
    {
        using var pool = new WorkerPool(2);
        Count(pool, 1 << 20);
        Count(pool, (3 << 20) + 7);
    });

    [Fact]
    public void Two_pools_work_side_by_side() => Within(Guard, () =>
    {
        using WorkerPool first = new(3), second = new(2);
        var other = new Thread(() => Repeat(second, 5000));
        other.Start();
        Repeat(first, 5000);
        other.Join();
    });

    [Fact]
    public void Several_threads_may_use_one_pool() => Within(Guard, () =>
    {
        using var pool = new WorkerPool(3);
        var users = new Thread[4];
        for (var i = 0; i < users.Length; i++) (users[i] = new Thread(() => Repeat(pool, 2000))).Start();
        foreach (var user in users) user.Join();
    });

    [Fact]
    public void A_piece_may_use_another_pool() => Within(Guard, () =>
    {
        using WorkerPool outer = new(3), inner = new(2);
        var counts = new int[100];
        var handle = System.Runtime.InteropServices.GCHandle.Alloc(inner);
        fixed (int* p = counts) outer.For(10, new NestedJob(System.Runtime.InteropServices.GCHandle.ToIntPtr(handle), p));
        handle.Free();
        counts.ShouldAllBe(c => c == 1);
    });

    [Fact]
    public void Worker_numbers_are_below_the_number_of_threads() => Within(Guard, () =>
    {
        using var pool = new WorkerPool(3);
        var seen = new int[3];
        fixed (int* p = seen)
        {
            for (var i = 0; i < 100; i++) pool.For(50, new WorkerJob(p));
        }
        seen.Sum().ShouldBe(5000);
    });

    [Fact]
    public void A_disposed_pool_refuses_work_and_may_be_disposed_again() => Within(Guard, () =>
    {
        for (var i = 0; i < 50; i++)
        {
            var pool = new WorkerPool(4);
            if (i % 2 == 0) Count(pool, 8);
            if (i % 5 == 0) Thread.Sleep(2);
            pool.Dispose();
            pool.Dispose();
            Should.Throw<ObjectDisposedException>(() => Count(pool, 8));
        }
    });

    [Fact]
    public void A_pool_needs_a_thread() => Should.Throw<ArgumentOutOfRangeException>(() => new WorkerPool(0));

    private static void Repeat(WorkerPool pool, int rounds)
    {
        for (var i = 0; i < rounds; i++) Count(pool, i % 20);
    }

    private static void Count(WorkerPool pool, int count)
    {
        var counts = new int[count + 1];
        fixed (int* p = counts) pool.For(count, new CountJob(p));
        for (var i = 0; i < count; i++)
        {
            if (counts[i] != 1) throw new InvalidOperationException($"piece {i} of {count} ran {counts[i]} times");
        }
        if (counts[count] != 0) throw new InvalidOperationException("a piece beyond the last ran");
    }

    private static void Within(TimeSpan guard, Action action)
    {
        Exception? failure = null;
        var thread = new Thread(() =>
        {
            try
            {
                action();
            }
            catch (Exception e)
            {
                failure = e;
            }
        })
        { IsBackground = true };
        thread.Start();
        thread.Join(guard).ShouldBeTrue("a deadlock");
        failure.ShouldBeNull();
    }

    private readonly struct CountJob(int* counts) : IParallelJob
    {
        public void Run(int index, int worker)
        {
            if (index % 5 == 3) Thread.SpinWait(20); // some pieces take longer, so that others get their turn
            Interlocked.Increment(ref counts[index]);
        }
    }

    private readonly struct WorkerJob(int* seen) : IParallelJob
    {
        public void Run(int index, int worker) => Interlocked.Increment(ref seen[worker < 3 ? worker : throw new InvalidOperationException()]);
    }

    private readonly struct NestedJob(nint pool, int* counts) : IParallelJob
    {
        public void Run(int index, int worker) => ((WorkerPool)System.Runtime.InteropServices.GCHandle.FromIntPtr(pool).Target!).For(10, new CountJob(counts + (index * 10)));
    }
}
