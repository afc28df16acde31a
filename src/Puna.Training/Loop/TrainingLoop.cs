using System.Diagnostics;

namespace Puna.Training;

/// <summary>What a training loop calls while it runs; whoever wires a run decides what evaluation, checkpoint and display are.</summary>
public sealed record TrainingHooks
{
    /// <summary>After each step.</summary>
    public Action<TrainingProgress>? Stepped { get; init; }

    /// <summary>Every <see cref="EvaluateEvery"/> steps and at the end: scores the network; time spent does not count as training.</summary>
    public Action<TrainingProgress>? Evaluate { get; init; }

    /// <summary>Steps between evaluations; 0 for only at the end.</summary>
    public int EvaluateEvery { get; init; }

    /// <summary>Every <see cref="SaveEvery"/> steps, or at the next step that is not skipped, and when the run is stopped: writes a checkpoint.</summary>
    public Action<TrainingProgress>? Save { get; init; }

    /// <summary>Steps between checkpoints; 0 for none but when stopped.</summary>
    public int SaveEvery { get; init; }
}

/// <summary>Where a loop stands.</summary>
/// <param name="Result">The latest step.</param>
/// <param name="Steps">Steps of the whole run.</param>
/// <param name="Seconds">Seconds of training so far, all sittings, evaluation and checkpoints not counted.</param>
/// <param name="TokensPerSecond">Positions a second, lately.</param>
/// <param name="SecondsLeft">At that speed.</param>
public readonly record struct TrainingProgress(StepResult Result, int Steps, double Seconds, double TokensPerSecond, double SecondsLeft)
{
    /// <summary>Model FLOPs utilisation at that speed, a share of the machine's peak; null where nobody measured the peak. The loop does not know it.</summary>
    public double? Utilization { get; init; }
}

/// <summary>How a loop ended.</summary>
/// <param name="Finished">False where it was stopped from outside.</param>
/// <param name="Seconds">Seconds of training, all sittings.</param>
/// <param name="TokensPerSecond">Mean of this sitting, positions a second.</param>
public sealed record TrainingOutcome(bool Finished, double Seconds, double TokensPerSecond);

/// <summary>Takes a trainer to its last step, with evaluations and checkpoints on the way; a cancellation ends it after the present step, with a checkpoint.</summary>
public static class TrainingLoop
{
    private const double Smoothing = 0.95;

    /// <summary>Runs to the end or to a cancellation.</summary>
    /// <param name="trainer">At any step.</param>
    /// <param name="hooks">What to do on the way.</param>
    /// <param name="secondsBefore">Seconds of earlier sittings.</param>
    /// <param name="clock">Hears what the time went to.</param>
    /// <param name="cancellation">Stops after the present step.</param>
    /// <exception cref="ArithmeticException">Loss or gradient became infinite or no number.</exception>
    public static TrainingOutcome Run(Trainer trainer, TrainingHooks hooks, double secondsBefore = 0, TrainingClock? clock = null, CancellationToken cancellation = default)
    {
        var (seconds, tokens, recent) = (0.0, 0L, 0.0);
        var steps = trainer.Options.Steps;
        var isSaveDue = false;
        while (trainer.Step < steps)
        {
            var start = Stopwatch.GetTimestamp();
            var result = trainer.Advance();
            var elapsed = Stopwatch.GetElapsedTime(start).TotalSeconds;
            seconds += elapsed;
            clock?.AddStep(elapsed, result.IsSkipped);
            tokens += result.Tokens;
            recent = recent == 0 ? elapsed : (Smoothing * recent) + ((1 - Smoothing) * elapsed);
            var progress = new TrainingProgress(result, steps, secondsBefore + seconds, result.Tokens / recent, recent * (steps - result.Step));
            hooks.Stepped?.Invoke(progress);
            if (Due(hooks.EvaluateEvery, result.Step) || result.Step == steps) hooks.Evaluate?.Invoke(progress);
            var stopped = cancellation.IsCancellationRequested && result.Step < steps;
            isSaveDue |= Due(hooks.SaveEvery, result.Step);
            // While steps are skipped the weights may be beyond help: they must not push good checkpoints out.
            if ((isSaveDue && !result.IsSkipped) || stopped)
            {
                var saving = Stopwatch.GetTimestamp();
                hooks.Save?.Invoke(progress);
                clock?.AddCheckpoint(Stopwatch.GetElapsedTime(saving).TotalSeconds);
                isSaveDue = false;
            }
            if (stopped) return new TrainingOutcome(false, secondsBefore + seconds, tokens / seconds);
        }
        return new TrainingOutcome(true, secondsBefore + seconds, seconds > 0 ? tokens / seconds : 0);
    }

    private static bool Due(int every, int step) => every > 0 && step % every == 0;
}
