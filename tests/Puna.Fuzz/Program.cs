namespace Puna.Fuzz;

/// <summary>
/// Runs damaged files through every reader. <c>dotnet run -c Release --project tests/Puna.Fuzz -- --count 1000000 --seed 1</c>; one input again:
/// <c>--target gguf --seed 1 --only 4711</c>, with <c>--save FILE</c> to keep it.
/// </summary>
internal static class Program
{
    private const string Usage = "--count N [--first N] [--seed S] [--target NAME] [--workers W] | --target NAME [--seed S] --only N [--save FILE]";

    /// <returns>0 without findings, 1 with some, 2 for a wrong command line.</returns>
    public static int Main(string[] args)
    {
        var options = new Dictionary<string, string>();
        for (var i = 0; i < args.Length; i += 2)
        {
            if (!args[i].StartsWith("--", StringComparison.Ordinal) || i + 1 == args.Length) return Misused();
            options[args[i][2..]] = args[i + 1];
        }
        var seed = ulong.Parse(options.GetValueOrDefault("seed", "1"));
        var target = options.GetValueOrDefault("target");
        if (target is not null && !FuzzTargets.Names.Append(FuzzTargets.SelfTest).Contains(target)) return Misused();
        if (options.TryGetValue("from", out var from)) return FuzzWorker.Run(new FuzzRange(target, seed, long.Parse(from), long.Parse(options["to"])), new FuzzFolder(options["folder"]));
        if (options.TryGetValue("only", out var only)) return target is null ? Misused() : Once(target, seed, long.Parse(only), options.GetValueOrDefault("save"));
        if (!options.TryGetValue("count", out var count)) return Misused();
        var workers = int.Parse(options.GetValueOrDefault("workers", Environment.ProcessorCount.ToString()));
        var first = long.Parse(options.GetValueOrDefault("first", "0"));
        var report = FuzzCampaign.Run(new FuzzRange(target, seed, first, first + long.Parse(count)), workers, FuzzCampaign.LongestInput, Console.Error.WriteLine);
        Console.WriteLine(report.ToText());
        return report.Findings.Count == 0 ? 0 : 1;
    }

    private static int Once(string name, ulong seed, long number, string? save)
    {
        var target = FuzzTargets.ByName(name);
        if (save is not null) File.WriteAllBytes(save, FuzzCase.BytesOf(target, seed, number));
        using var folder = FuzzFolder.Create();
        var outcome = FuzzCase.Try(target, seed, number, folder);
        Console.WriteLine($"{outcome.Size:N0} bytes, allocated {outcome.Allocated:N0} of {outcome.Bound:N0} bytes, {outcome.Milliseconds:0.0} ms, {(outcome.IsPastHeader ? "past" : "not past")} the header");
        Console.WriteLine(outcome.Failure?.ToString() ?? outcome.Finding ?? "success");
        return outcome.Finding is null ? 0 : 1;
    }

    private static int Misused()
    {
        Console.Error.WriteLine($"{Usage}\ntargets: {string.Join(", ", FuzzTargets.Names)}");
        return 2;
    }
}
