using System.Diagnostics;
using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics.Arm;
using System.Runtime.Intrinsics.X86;

namespace Puna.Tensors;

/// <content>How a thread without work waits: first spinning, then parked until it is called.</content>
public sealed unsafe partial class WorkerPool
{
    private const double SpinSeconds = 200e-6;
    private const double PreemptedSeconds = 1e-3;
    private const double BackOffSeconds = 50e-3;

    private static readonly long SpinTicks = (long)(SpinSeconds * Stopwatch.Frequency);
    private static readonly long PreemptedTicks = (long)(PreemptedSeconds * Stopwatch.Frequency);
    private static readonly long BackOffTicks = (long)(BackOffSeconds * Stopwatch.Frequency);

    private int _parked; // threads that wait and have not been called yet
    private long _crowdedUntil;

    /// <summary>Waits for work by spinning; false when it is time to park.</summary>
    private bool Spin()
    {
        var start = Stopwatch.GetTimestamp();
        if (start < Volatile.Read(ref _crowdedUntil)) return HasWork();
        for (var last = start; ;)
        {
            for (var i = 0; i < 16; i++)
            {
                if (HasWork() || _stopping) return true;
                Pause();
            }
            var now = Stopwatch.GetTimestamp();
            if (now - last > PreemptedTicks)
            {
                Volatile.Write(ref _crowdedUntil, now + BackOffTicks);
                return false;
            }
            if (now - start > SpinTicks) return false;
            last = now;
        }
    }

    /// <summary>Calls so many threads that are parked, each once: one that is on its way is not called again.</summary>
    private void Wake(int wanted)
    {
        for (var parked = Volatile.Read(ref _parked); parked > 0;)
        {
            var called = Math.Min(parked, wanted);
            var seen = Interlocked.CompareExchange(ref _parked, parked - called, parked);
            if (seen == parked)
            {
                _wake.Release(called);
                return;
            }
            parked = seen;
        }
    }

    private void Park()
    {
        Interlocked.Increment(ref _parked);
        if ((HasWork() || _stopping) && LeaveUncalled()) return;
        _wake.Wait();
    }

    /// <summary>Strikes one waiting thread off; false where all have been called, so that a call must be consumed.</summary>
    private bool LeaveUncalled()
    {
        for (var parked = Volatile.Read(ref _parked); parked > 0;)
        {
            var seen = Interlocked.CompareExchange(ref _parked, parked - 1, parked);
            if (seen == parked) return true;
            parked = seen;
        }
        return false;
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Pause()
    {
        if (X86Base.IsSupported) X86Base.Pause();
        else if (ArmBase.IsSupported) ArmBase.Yield();
        else Thread.SpinWait(1);
    }
}
