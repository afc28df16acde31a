using System.Diagnostics;

namespace Puna.Training;

/// <summary>Keeps account of a run's wall-clock time, over interruptions too: it runs from its making and is told what the time went to; the rest is <see cref="TimeSpent.Other"/>.</summary>
public sealed class TrainingClock
{
    private readonly Func<double> _seconds;
    private TimeSpent _before = TimeSpent.None;
    private bool _goesOn;
    private double _preparation, _training, _checkpoints, _skipped;

    /// <summary>A clock of the present moment.</summary>
    /// <param name="seconds">Seconds since the sitting began; null for the machine's clock.</param>
    public TrainingClock(Func<double>? seconds = null)
    {
        var start = Stopwatch.GetTimestamp();
        _seconds = seconds ?? (() => Stopwatch.GetElapsedTime(start).TotalSeconds);
    }

    /// <summary>The account so far.</summary>
    public TimeSpent Spent => new(
        _before.Training + _training,
        _before.Other + Math.Max(0, _seconds() - (_goesOn ? _preparation : 0) - _training - _checkpoints - _skipped),
        _before.Checkpoints + _checkpoints,
        _before.Skipped + _skipped,
        _before.Restarts + (_goesOn ? _preparation : 0));

    /// <summary>The run goes on after an interruption: what passed in this sitting until now was the restart's, and so was what earlier sittings did beyond the checkpoint.</summary>
    /// <param name="saved">The account in the checkpoint; <see cref="TimeSpent.None"/> where the run starts again from step 0.</param>
    /// <param name="elapsed">Seconds of all earlier sittings, up to their last sign of life.</param>
    public void GoOn(TimeSpent saved, double elapsed)
    {
        _before = saved with { Restarts = saved.Restarts + Math.Max(0, elapsed - saved.Elapsed) };
        (_goesOn, _preparation) = (true, _seconds());
    }

    /// <summary>Books an optimizer step.</summary>
    /// <param name="seconds">How long it took.</param>
    /// <param name="isSkipped">Whether its gradient was thrown away.</param>
    public void AddStep(double seconds, bool isSkipped)
    {
        if (isSkipped) _skipped += seconds;
        else _training += seconds;
    }

    /// <summary>Books the writing of a checkpoint.</summary>
    /// <param name="seconds">How long it took.</param>
    public void AddCheckpoint(double seconds) => _checkpoints += seconds;
}
