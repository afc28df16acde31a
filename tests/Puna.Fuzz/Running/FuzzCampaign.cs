using System.Collections.Concurrent;
using System.Diagnostics;
using System.IO.MemoryMappedFiles;
using System.Text.Json;

namespace Puna.Fuzz;

/// <summary>Cuts the inputs into ranges, runs each in a process, and watches: a process that ends early or stands still is a finding, and the next one goes on behind it.</summary>
internal static class FuzzCampaign
{
    /// <summary>How long an input may take.</summary>
    public static readonly TimeSpan LongestInput = TimeSpan.FromSeconds(5);

    private static readonly TimeSpan LongestStart = TimeSpan.FromMinutes(2), Tick = TimeSpan.FromMilliseconds(100), Talk = TimeSpan.FromSeconds(10);

    /// <summary>Runs a range.</summary>
    /// <param name="range">The inputs.</param>
    /// <param name="workers">Processes at once.</param>
    /// <param name="longest">How long an input may take.</param>
    /// <param name="log">Hears how far it is.</param>
    public static FuzzReport Run(FuzzRange range, int workers, TimeSpan longest, Action<string>? log = null)
    {
        var start = Stopwatch.GetTimestamp();
        var (findings, totals, done) = (new ConcurrentQueue<FuzzFinding>(), range.Targets.Select(name => new FuzzTotals(name)).ToArray(), new long[workers]);
        var length = range.To - range.From;
        var threads = Enumerable.Range(0, workers).Select(worker => new Thread(() => Watch(
            range with { From = range.From + (length * worker / workers), To = range.From + (length * (worker + 1) / workers) }, longest, findings, totals, count => Volatile.Write(ref done[worker], count)))).ToArray();
        foreach (var thread in threads) thread.Start();
        for (var said = Stopwatch.GetTimestamp(); threads.Any(thread => thread.IsAlive); Thread.Sleep(Tick))
        {
            if (log is null || Stopwatch.GetElapsedTime(said) < Talk) continue;
            said = Stopwatch.GetTimestamp();
            var count = done.Sum();
            log($"{count:N0} of {length:N0} inputs, {count / Stopwatch.GetElapsedTime(start).TotalSeconds:N0} a second, {findings.Count} findings");
        }
        return new FuzzReport(totals, [.. findings.OrderBy(finding => finding.Target).ThenBy(finding => finding.Number)], Stopwatch.GetElapsedTime(start));
    }

    private static void Watch(FuzzRange range, TimeSpan longest, ConcurrentQueue<FuzzFinding> findings, FuzzTotals[] totals, Action<long> progress)
    {
        for (var from = range.From; from < range.To;)
        {
            var (last, trouble) = RunProcess(range with { From = from }, longest, findings, totals, at => progress(at - range.From));
            if (trouble is null) break;
            var (target, number) = range.At(Math.Max(last, from));
            findings.Enqueue(new FuzzFinding(target, range.Seed, number, trouble));
            if (last == FuzzWorker.Starting) return;
            from = last + 1;
        }
        progress(range.To - range.From);
    }

    /// <summary>Runs one process.</summary>
    /// <returns>The number it was at, and what was wrong with its end; null where nothing was.</returns>
    private static (long Last, string? Trouble) RunProcess(FuzzRange range, TimeSpan longest, ConcurrentQueue<FuzzFinding> findings, FuzzTotals[] totals, Action<long> progress)
    {
        using var folder = FuzzFolder.Create();
        using var file = MemoryMappedFile.CreateFromFile(folder.Write(FuzzWorker.ProgressName, BitConverter.GetBytes(FuzzWorker.Starting)), FileMode.Open);
        using var view = file.CreateViewAccessor(0, sizeof(long));
        using var process = Start(range, folder.Path);
        FuzzTotals[] latest = [];
        process.OutputDataReceived += (_, line) =>
        {
            if (line.Data?.StartsWith(FuzzWorker.FindingMark, StringComparison.Ordinal) == true) findings.Enqueue(JsonSerializer.Deserialize<FuzzFinding>(line.Data[FuzzWorker.FindingMark.Length..])!);
            if (line.Data?.StartsWith(FuzzWorker.TotalsMark, StringComparison.Ordinal) == true) latest = JsonSerializer.Deserialize<FuzzTotals[]>(line.Data[FuzzWorker.TotalsMark.Length..])!;
        };
        var error = new ConcurrentQueue<string>();
        process.ErrorDataReceived += (_, line) =>
        {
            if (line.Data is { Length: > 0 } text && error.Count < 4) error.Enqueue(text);
        };
        process.BeginOutputReadLine();
        process.BeginErrorReadLine();
        var (at, since) = (view.ReadInt64(0), Stopwatch.GetTimestamp());
        var stood = false;
        while (!process.WaitForExit(Tick))
        {
            if (view.ReadInt64(0) is var now && now != at) (at, since) = (now, Stopwatch.GetTimestamp());
            progress(Math.Max(at, 0));
            stood = Stopwatch.GetElapsedTime(since) > (at == FuzzWorker.Starting ? LongestStart : longest);
            if (!stood) continue;
            process.Kill();
            break;
        }
        process.WaitForExit();
        lock (totals)
        {
            foreach (var one in latest) totals.First(total => total.Target == one.Target).Add(one);
        }
        var end = process.ExitCode == 0 ? null : $"the process ended with {process.ExitCode}: {string.Join(" ", error)}";
        return (view.ReadInt64(0), stood ? $"took more than {longest.TotalSeconds:0} s" : end);
    }

    private static Process Start(FuzzRange range, string folder)
    {
        List<string> arguments = [typeof(FuzzCampaign).Assembly.Location, "--seed", $"{range.Seed}", "--from", $"{range.From}", "--to", $"{range.To}", "--folder", folder];
        if (range.Target is not null) arguments.AddRange(["--target", range.Target]);
        var start = new ProcessStartInfo("dotnet", arguments) { RedirectStandardOutput = true, RedirectStandardError = true };
        start.Environment["DOTNET_GCHeapHardLimit"] = "0x20000000"; // half a gigabyte: who asks for more is seen
        start.Environment["DOTNET_DbgEnableMiniDump"] = "0";
        return Process.Start(start)!;
    }
}
