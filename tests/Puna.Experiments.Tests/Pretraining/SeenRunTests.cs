using System.Text.RegularExpressions;
using Puna.Experiments.Runs;
using Puna.Experiments.Tests.Runs;

namespace Puna.Experiments.Tests.Pretraining;

/// <summary>What can be seen of a run while it goes on and afterwards.</summary>
public class SeenRunTests
{
    [Fact]
    public void TensorBoard_gets_every_figure_of_the_log_and_every_sample()
    {
        using var mini = new MiniRun("training.sample_every=15", "training.eval_every=10");
        mini.Run();
        var events = EventReader.Shown(mini["tensorboard"]);
        RequireLog(mini, events);
        events.SelectMany(one => one.Texts.Keys).ShouldBe(["recipe", "environment", "samples", "samples", "samples", "samples", "samples"]);
        events.Where(one => one.Texts.ContainsKey("samples")).Select(one => one.Step).ShouldBe([15, 30, 30, 30, 30]);
        events.Single(one => one.Texts.ContainsKey("recipe")).Texts["recipe"].ShouldContain("hidden_size: 32");
    }

    [Fact]
    public void TensorBoard_shows_every_step_of_a_killed_and_resumed_run_once()
    {
        using var mini = new MiniRun();
        mini.Run(stopAfter: 27);
        Directory.Delete(mini["checkpoints/step-000027"], true); // as if it had been killed after step 27
        mini.Run(RunFolderMode.Resume).ShouldNotBeNull();
        Directory.GetFiles(mini["tensorboard"]).Length.ShouldBe(2);
        RequireLog(mini, EventReader.Shown(mini["tensorboard"]));
    }

    [Fact]
    public void Samples_of_earlier_sittings_are_in_the_report_of_the_resumed_run_once()
    {
        using var mini = new MiniRun("training.sample_every=5");
        mini.Run(output: mini.Folder("whole"));
        mini.Run(stopAfter: 17);
        Directory.Delete(mini["checkpoints/step-000017"], true); // killed after the sample of step 15, resumed from step 10
        File.AppendAllText(mini["samples.jsonl"], "{\"step\":20,\"pro");
        mini.Run(RunFolderMode.Resume).ShouldNotBeNull();
        File.ReadAllLines(mini["samples.jsonl"]).ShouldBe(File.ReadAllLines(mini.Folder("whole/samples.jsonl")));
        foreach (var step in (int[])[5, 10, 15, 20, 25, 30]) Regex.Count(File.ReadAllText(mini["report.html"]), $">after {step} steps<").ShouldBe(1);
    }

    [Fact]
    public void Overwriting_a_run_starts_with_nothing()
    {
        using var mini = new MiniRun("training.steps=5");
        mini.Run();
        mini.Run(RunFolderMode.Overwrite);
        Directory.GetFiles(mini["tensorboard"]).Length.ShouldBe(1);
    }

    [Fact]
    public void Every_step_has_its_utilisation_and_memory_on_the_terminal_too()
    {
        using var mini = new MiniRun("training.steps=5");
        mini.Run();
        foreach (var line in MetricsLog.Read(mini["metrics.jsonl"]).Where(line => line.Split == MetricsSplit.Train))
        {
            line.Utilization!.Value.ShouldBeInRange(1e-9, 1);
            line.MemoryBytes!.Value.ShouldBeInRange(10L << 20, 1L << 40);
        }
        mini.Display.Utilizations.Count.ShouldBe(5);
        mini.Display.Utilizations.ShouldAllBe(value => value > 0);
    }

    [Fact]
    public void The_report_is_there_while_the_run_goes_on_and_comes_to_rest()
    {
        using var mini = new MiniRun();
        var running = "";
        mini.Display.Staged = stage =>
        {
            if (stage == "evaluate") running = File.ReadAllText(mini["report.html"]);
        };
        mini.Run(stopAfter: 15);
        var stopped = File.ReadAllText(mini["report.html"]);
        stopped.ShouldContain("step 15 of 30, stopped");
        stopped.ShouldContain("puna pretrain --resume --output");
        stopped.ShouldNotContain("http-equiv=\"refresh\"");
        mini.Run(RunFolderMode.Resume);
        running.ShouldContain("http-equiv=\"refresh\"");
        running.ShouldContain("of 30");
        var finished = File.ReadAllText(mini["report.html"]);
        finished.ShouldNotContain("http-equiv=\"refresh\"");
        foreach (var part in (string[])["Measured peak", "gradient norm before clipping", "model FLOPs utilisation", "resident memory", "speed"]) finished.ShouldContain(part);
    }

    private static void RequireLog(MiniRun mini, List<ReadEvent> events)
    {
        var lines = MetricsLog.Read(mini["metrics.jsonl"]);
        foreach (var (split, prefix, figure) in ((MetricsSplit, string, Func<MetricsLine, double?>)[])
            [
                (MetricsSplit.Train, "train/loss", line => line.Loss), (MetricsSplit.Train, "train/learning_rate", line => line.LearningRate), (MetricsSplit.Train, "train/grad_norm", line => line.GradNorm),
                (MetricsSplit.Train, "train/mfu", line => line.Utilization), (MetricsSplit.Train, "train/memory_bytes", line => line.MemoryBytes),
                (MetricsSplit.Validation, "eval/loss", line => line.Loss), (MetricsSplit.Validation, "eval/accuracy", line => line.Accuracy),
            ])
            events.Where(one => one.Scalars.ContainsKey(prefix)).Select(one => (one.Step, one.Scalars[prefix]))
                .ShouldBe(lines.Where(line => line.Split == split).Select(line => (line.Step, (float)figure(line)!.Value)), prefix);
    }
}
