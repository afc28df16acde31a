namespace Puna.Training;

/// <summary>Where the wall-clock time of a run went, all sittings together, in seconds. The time between two sittings is no part of it.</summary>
/// <param name="Training">Optimizer steps that count.</param>
/// <param name="Other">Preparation of the first sitting, evaluations, samples, the log.</param>
/// <param name="Checkpoints">Writing checkpoints.</param>
/// <param name="Skipped">Steps whose gradient was thrown away.</param>
/// <param name="Restarts">What interruptions cost: work after the last checkpoint, which was done again, and the preparation of every later sitting.</param>
public sealed record TimeSpent(double Training, double Other, double Checkpoints, double Skipped, double Restarts)
{
    /// <summary>No time at all.</summary>
    public static TimeSpent None { get; } = new(0, 0, 0, 0, 0);

    /// <summary>All of it.</summary>
    public double Elapsed => Training + Other + Checkpoints + Skipped + Restarts;

    /// <summary>What a run without interruptions, checkpoints and skipped steps would not have spent.</summary>
    public double Lost => Checkpoints + Skipped + Restarts;

    /// <summary>Effective training time (The Llama 3 Herd of Models, section 3.3.4): the share of the elapsed time that was not lost, 0 to 1.</summary>
    public double EffectiveShare => Elapsed > 0 ? 1 - (Lost / Elapsed) : 1;
}
