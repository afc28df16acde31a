using System.Text.Json.Nodes;
using Puna.Experiments.Recipes;
using Puna.Experiments.Reports;
using Puna.Experiments.Runs;
using Puna.Experiments.Tests.Pretraining;
using Puna.Training;

namespace Puna.Experiments.Tests.Restarts;

/// <summary>What a run says about the time that restarts, checkpoints and skipped steps cost it.</summary>
public class TimeAccountTests
{
    [Fact]
    public void A_run_without_interruption_lost_nothing_but_its_checkpoints()
    {
        using var mini = new MiniRun();
        var json = JsonNode.Parse(mini.Run()!)!;
        Lost(json, "restarts").ShouldBe(0);
        Lost(json, "skipped_steps").ShouldBe(0);
        Lost(json, "checkpoints").ShouldBeGreaterThan(0);
        json["effective_training_time"]!.GetValue<double>().ShouldBe(1 - (Lost(json, "checkpoints") / json["elapsed_seconds"]!.GetValue<double>()), 1e-9);
        json["restarts"]!.GetValue<int>().ShouldBe(0);
        File.ReadAllText(mini["report.html"]).ShouldContain("Effective training time");
        File.Exists(mini["restarts.jsonl"]).ShouldBeFalse();
    }

    [Fact]
    public void Two_interruptions_in_a_row_are_both_counted_with_the_steps_they_cost()
    {
        using var mini = new MiniRun();
        foreach (var mode in (RunFolderMode[])[RunFolderMode.New, RunFolderMode.Resume])
        {
            mini.Run(mode, stopAfter: 17);
            Directory.Delete(mini["checkpoints/step-000017"], true); // as if it had been killed
        }
        var json = JsonNode.Parse(mini.Run(RunFolderMode.Resume)!)!;
        RestartLog.Read(mini["restarts.jsonl"]).Select(restart => (restart.Step, restart.LostSteps)).ShouldBe([(10, 7), (10, 7)]);
        json["restarts"]!.GetValue<int>().ShouldBe(2);
        var lost = Lost(json, "restarts") + Lost(json, "checkpoints") + Lost(json, "skipped_steps");
        json["effective_training_time"]!.GetValue<double>().ShouldBe(1 - (lost / json["elapsed_seconds"]!.GetValue<double>()), 1e-9);
        // the time of the lost steps is in the log of no step that is there now
        var elapsed = MetricsLog.Read(mini["metrics.jsonl"]).Select(line => line.Elapsed!.Value).ToArray();
        elapsed.ShouldBe(elapsed.Order());
        File.ReadAllText(mini["report.html"]).ShouldContain("2 restarts, 14 steps done again");
    }

    [Fact]
    public void A_run_killed_before_its_first_checkpoint_lost_all_it_did()
    {
        using var mini = new MiniRun();
        mini.Run(stopAfter: 6);
        Directory.Delete(mini["checkpoints"], true);
        var before = MetricsLog.Read(mini["metrics.jsonl"])[^1].Elapsed!.Value;
        Lost(JsonNode.Parse(mini.Run(RunFolderMode.Resume)!)!, "restarts").ShouldBeGreaterThan(before);
        RestartLog.Read(mini["restarts.jsonl"]).Single().LostSteps.ShouldBe(6);
    }

    [Fact]
    public void Spikes_and_skipped_steps_are_marked_in_the_chart_and_told_in_words()
    {
        var lines = Enumerable.Range(1, 60).Select(step => new MetricsLine(step, MetricsSplit.Train)
        {
            Loss = step == 31 ? double.NaN : step == 45 ? 7 : 3,
            LearningRate = 1e-3,
            IsSkipped = step == 31,
            IsSpike = step == 45,
        }).ToArray();
        var score = new ScoredModel("Llama", new Score(3, 0.2, 2), null);
        var account = new TimeAccount(new TimeSpent(80, 10, 5, 2, 3), 1, 12, 1);
        string Html(MetricsLine[] metrics) => TrainingReport.Build(new TrainingReportData(RecipeLoader.Load("tiny-llama"), TrainingCurves.Of(metrics), score, score, score) { Account = account }).Render();
        var html = Html(lines);
        foreach (var part in (string[])["spike: 7 at step 45", "skipped: 3 at step 31", "One step was skipped", "(step 31)", "One loss stands out", "(step 45)", "90.0 %", "1 restart, 12 steps done again", "1 skipped"]) html.ShouldContain(part);
        html = Html([.. lines.Where(line => !line.IsSkipped && !line.IsSpike)]);
        html.ShouldNotContain("stands out");
        html.ShouldNotContain(">skipped<");
    }

    [Fact]
    public void Marks_and_elapsed_time_go_into_the_log_and_come_back()
    {
        using var folder = new Puna.Models.Tests.TemporaryFolder();
        MetricsLine[] lines = [new(1, MetricsSplit.Train) { Loss = 2, Elapsed = 1.5, IsSpike = true }, new(2, MetricsSplit.Train) { Loss = double.NaN, GradNorm = double.NaN, IsSkipped = true }];
        using (var log = MetricsLog.Create(folder["m"]))
            foreach (var line in lines) log.Append(line);
        MetricsLog.Read(folder["m"]).ShouldBe(lines);
        File.ReadAllText(folder["m"]).ShouldBe("""
            {"step":1,"split":"train","loss":2,"elapsed":1.5,"spike":true}
            {"step":2,"split":"train","loss":null,"grad_norm":null,"skipped":true}

            """.ReplaceLineEndings("\n"));
    }

    private static double Lost(JsonNode json, string kind) => json["lost_seconds"]![kind]!.GetValue<double>();
}
