using Puna.Text;
using Puna.Training;

namespace Puna.Experiments.Runs;

/// <summary>The checkpoints of a run folder: which one to go on from, and which ones to keep.</summary>
internal static class CheckpointShelf
{
    /// <summary>The newest checkpoint that is whole; each newer one that is damaged is named in a warning.</summary>
    /// <param name="run">The run.</param>
    /// <param name="warn">Hears the warnings.</param>
    /// <returns>Its folder; null where the run has no checkpoint at all.</returns>
    /// <exception cref="InvalidDataException">There are checkpoints, but all are damaged.</exception>
    public static string? NewestWhole(RunFolder run, Action<string> warn)
    {
        var steps = run.CheckpointSteps();
        string? first = null;
        for (var i = steps.Count - 1; i >= 0; i--)
        {
            var folder = run.CheckpointPath(steps[i]);
            if (TrainingCheckpoint.FindDamage(folder) is not { } damage) return folder;
            first ??= $"checkpoint {folder}: {damage}";
            if (i > 0) warn($"WARNING: checkpoint {folder} is not used, {damage}; trying the one before, {RunFolderNames.Step(steps[i - 1])}");
        }
        return first is null ? null : throw new InvalidDataException($"{first}; {(steps.Count == 1 ? "it is the only checkpoint" : $"the other {steps.Count - 1} are damaged too")}, so the run cannot go on: start again with --overwrite.");
    }

    /// <summary>Deletes the checkpoints that need not be kept. Those after <paramref name="newest"/>, left over from before the run went back to an earlier one, go too.</summary>
    /// <param name="run">The run.</param>
    /// <param name="newest">Step of the newest whole checkpoint.</param>
    /// <param name="keepLast">How many of the newest stay.</param>
    /// <param name="keepBest">How many with the lowest validation loss stay.</param>
    public static void Prune(RunFolder run, long newest, int keepLast, int keepBest)
    {
        var steps = run.CheckpointSteps();
        var present = steps.Where(step => step <= newest).ToArray();
        var kept = present.TakeLast(keepLast).Concat(Best(run, present, keepBest)).ToHashSet();
        foreach (var step in steps.Where(step => !kept.Contains(step))) AtomicFolder.Delete(run.CheckpointPath(step));
    }

    /// <summary>Leaves of a finished run's checkpoints the best ones that are to be kept.</summary>
    /// <param name="run">The run.</param>
    /// <param name="keepBest">How many.</param>
    public static void Clear(RunFolder run, int keepBest)
    {
        Prune(run, long.MaxValue, 0, keepBest);
        if (Directory.Exists(run.CheckpointsPath) && !Directory.EnumerateFileSystemEntries(run.CheckpointsPath).Any()) Directory.Delete(run.CheckpointsPath);
    }

    private static IEnumerable<long> Best(RunFolder run, long[] steps, int count) => count == 0
        ? []
        : steps.Select(step => (Step: step, Loss: LossOf(run.CheckpointPath(step)))).Where(one => one.Loss is not null).OrderBy(one => one.Loss).ThenBy(one => one.Step).Take(count).Select(one => one.Step);

    private static double? LossOf(string folder)
    {
        try
        {
            return TrainingCheckpoint.ReadState(folder).ValidationLoss;
        }
        catch (InvalidDataException)
        {
            return null;
        }
    }
}
