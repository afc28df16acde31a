using System.Diagnostics;
using Puna.Tensors;
using Xunit.Abstractions;

namespace Puna.Cli.Tests;

/// <summary>Killed at any moment and resumed, a run ends as if nothing had happened.</summary>
public sealed class KillTests(ITestOutputHelper output)
{
    [SkippableTheory]
    [InlineData("fp32", 3, 1)]
    [InlineData("bf16", 2, 2)]
    public void Killed_at_random_moments_and_resumed_the_run_is_bit_for_bit_the_uninterrupted_one(string precision, int kills, ulong seed) => Check(precision, kills, seed);

    [SkippableTheory]
    [Trait("Category", "Long")]
    [InlineData("fp32", 25, 11)]
    [InlineData("bf16", 25, 12)]
    public void Killed_at_fifty_random_moments_and_resumed_the_run_is_bit_for_bit_the_uninterrupted_one(string precision, int kills, ulong seed) => Check(precision, kills, seed);

    private void Check(string precision, int kills, ulong seed)
    {
        Skip.If(OperatingSystem.IsWindows(), "needs SIGKILL");
        var random = new CounterRandom(seed);
        var steps = 12 + (3 * kills);
        using var run = new KillableRun(precision, steps);
        var counts = new int[4];
        for (var kill = 0; kill < kills; kill++)
        {
            var landed = run.Kill(Moment(run, kill, steps - 4 - (3 * (kills - 1 - kill)), random));
            output.WriteLine($"kill {kill + 1}: while {landed}, at step {run.Step}");
            counts[(int)landed]++;
        }
        output.WriteLine($"{precision}: {string.Join(", ", Enum.GetValues<KilledWhile>().Select(moment => $"{moment} {counts[(int)moment]}"))}");
        counts[(int)KilledWhile.Finished].ShouldBe(0);
        if (kills > 10) // of a few, none may have landed there
        {
            counts[(int)KilledWhile.Writing].ShouldBeGreaterThan(0);
            counts[(int)KilledWhile.Stepping].ShouldBeGreaterThan(0);
        }
        var result = run.FinishAndCompare();
        result["effective_training_time"]!.GetValue<double>().ShouldBeInRange(0.0001, 0.9999);
        result["lost_seconds"]!["restarts"]!.GetValue<double>().ShouldBeGreaterThan(0);
        result["restarts"]!.GetValue<int>().ShouldBeInRange(1, kills);
    }

    /// <summary>By turns: while something is written, some time into a step, both after a step drawn at random up to <paramref name="last"/>, and some time after the start.</summary>
    private static Func<bool> Moment(KillableRun run, int kill, int last, CounterRandom random)
    {
        if (kill % 5 == 4)
        {
            var (start, wait) = (Stopwatch.GetTimestamp(), 1500 * random.NextDouble());
            return () => Stopwatch.GetElapsedTime(start).TotalMilliseconds > wait || run.Step >= last;
        }
        var first = (int)run.Step;
        var step = Math.Min(last, first + 1 + random.Next(3));
        if (kill % 2 == 0)
        {
            return () => run.Step >= step && run.HasTemporary();
        }
        var (reached, delay) = (0L, 8 * random.NextDouble());
        return () =>
        {
            if (run.Step < step) return false;
            if (reached == 0) reached = Stopwatch.GetTimestamp();
            return Stopwatch.GetElapsedTime(reached).TotalMilliseconds > delay && !run.HasTemporary();
        };
    }
}
