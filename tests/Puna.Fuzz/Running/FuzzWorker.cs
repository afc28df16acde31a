using System.IO.MemoryMappedFiles;
using System.Text.Json;

namespace Puna.Fuzz;

/// <summary>Inputs by number. Without a target the numbers go through all targets in turn.</summary>
internal sealed record FuzzRange(string? Target, ulong Seed, long From, long To)
{
    /// <summary>The targets whose inputs it holds.</summary>
    public IReadOnlyList<string> Targets => Target is { } only ? [only] : FuzzTargets.Names;

    /// <summary>Which target's input a number is, and its number there.</summary>
    public (string Target, long Number) At(long number) => (Targets[(int)(number % Targets.Count)], number / Targets.Count);
}

/// <summary>
/// A process of its own runs a range, since a stack overflow ends a process. Before each input its number goes into a shared file, so that who watches knows
/// where it ended or stands still.
/// </summary>
internal static class FuzzWorker
{
    /// <summary>Marks lines of its output.</summary>
    public const string FindingMark = "finding ", TotalsMark = "totals ";

    /// <summary>The file with the number.</summary>
    public const string ProgressName = "progress";

    /// <summary>The shared number before the first input.</summary>
    public const long Starting = -1;

    private const int Often = 512;

    /// <summary>Runs a range and writes findings and totals to the standard output.</summary>
    public static int Run(FuzzRange range, FuzzFolder folder)
    {
        using var file = MemoryMappedFile.CreateFromFile(folder[ProgressName], FileMode.Open);
        using var view = file.CreateViewAccessor(0, sizeof(long));
        var totals = range.Targets.ToDictionary(name => name, name => new FuzzTotals(name));
        // before the clock of the first input runs
        foreach (var name in range.Targets) _ = FuzzTargets.ByName(name);
        for (var at = range.From; at < range.To; at++)
        {
            var (name, number) = range.At(at);
            var target = FuzzTargets.ByName(name);
            view.Write(0, at);
            var outcome = FuzzCase.Try(target, range.Seed, number, folder);
            if (outcome.Finding is { } finding) Console.WriteLine(FindingMark + JsonSerializer.Serialize(new FuzzFinding(name, range.Seed, number, finding)));
            totals[name].Add(outcome, number);
            if ((at - range.From) % Often == Often - 1 || outcome.Finding is not null) Report();
        }
        Report();
        return 0;

        void Report() => Console.WriteLine(TotalsMark + JsonSerializer.Serialize(totals.Values));
    }
}
