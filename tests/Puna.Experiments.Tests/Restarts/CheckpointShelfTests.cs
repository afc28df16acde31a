using Puna.Experiments.Runs;
using Puna.Experiments.Tests.Pretraining;
using Puna.Training;

namespace Puna.Experiments.Tests.Restarts;

/// <summary>Which checkpoint a run goes on from, and which ones it keeps.</summary>
public class CheckpointShelfTests
{
    [Theory]
    [InlineData("trainer_state.safetensors", "cut short")]
    [InlineData("model.safetensors", "bit")]
    [InlineData("trainer_state.json", "missing")]
    [InlineData("checksums.sha256", "missing")]
    public void A_damaged_newest_checkpoint_is_named_in_one_warning_and_the_one_before_is_used(string file, string damage)
    {
        using var mini = new MiniRun("training.keep_last=1");
        mini.Run(output: mini.Folder("whole"));
        mini.Recipe = mini.Recipe with { Training = mini.Recipe.Training with { KeepLast = 2 } };
        mini.Run(stopAfter: 27);
        Damage(Path.Combine(mini["checkpoints/step-000027"], file), damage);
        mini.Display.Lines.Clear();
        mini.Run(RunFolderMode.Resume, stopAfter: 22).ShouldBeNull();
        var warning = mini.Display.Lines.Where(line => line.StartsWith("WARNING", StringComparison.Ordinal)).ShouldHaveSingleItem();
        foreach (var part in (string[])["step-000027", file, "step-000020"]) warning.ShouldContain(part);
        mini.Display.All.ShouldContain("resuming at step 20");
        // what was left of the damaged one must neither be kept as the newest nor be gone back to
        Checkpoints(mini).ShouldBe(["step-000020", "step-000022"]);
        mini.Run(RunFolderMode.Resume).ShouldNotBeNull();
        File.ReadAllBytes(mini["model/model.safetensors"]).ShouldBe(File.ReadAllBytes(mini.Folder("whole/model/model.safetensors")));
    }

    [Fact]
    public void Where_all_checkpoints_are_damaged_the_run_is_refused_and_nothing_is_changed()
    {
        using var mini = new MiniRun();
        mini.Run(stopAfter: 14);
        foreach (var folder in Directory.GetDirectories(mini["checkpoints"])) Damage(Path.Combine(folder, "model.safetensors"), "bit");
        var metrics = File.ReadAllText(mini["metrics.jsonl"]);
        var message = Should.Throw<InvalidDataException>(() => mini.Run(RunFolderMode.Resume)).Message;
        foreach (var part in (string[])["step-000014", "model.safetensors is damaged", "the other 1 are damaged too", "--overwrite"]) message.ShouldContain(part);
        File.ReadAllText(mini["metrics.jsonl"]).ShouldBe(metrics);
    }

    [Fact]
    public void The_newest_are_kept_and_besides_them_the_best_also_at_the_end()
    {
        using var mini = new MiniRun("training.checkpoint_every=3", "training.eval_every=6", "training.keep_last=3", "training.keep_best=2");
        mini.Run(stopAfter: 26);
        var evaluations = MetricsLog.Read(mini["metrics.jsonl"]).Where(line => line.Split == MetricsSplit.Validation).ToArray();
        evaluations.Select(line => line.Step).ShouldBe([6, 12, 18, 24]);
        string Name(long step) => $"step-{step:D6}";
        var best = evaluations.OrderBy(line => line.Loss).Take(2).Select(line => Name(line.Step));
        Checkpoints(mini).ShouldBe(new[] { Name(21), Name(24), Name(26) }.Union(best).Order());
        mini.Run(RunFolderMode.Resume).ShouldNotBeNull();
        evaluations = [.. MetricsLog.Read(mini["metrics.jsonl"]).Where(line => line.Split == MetricsSplit.Validation)];
        Checkpoints(mini).ShouldBe(evaluations.OrderBy(line => line.Loss).Take(2).Select(line => Name(line.Step)).Order());
        foreach (var name in Checkpoints(mini)) TrainingCheckpoint.FindDamage(mini["checkpoints/" + name]).ShouldBeNull();
    }

    [Fact]
    public void What_a_killed_run_left_under_temporary_names_goes_or_gets_its_name_back_and_nothing_else_is_touched()
    {
        using var mini = new MiniRun();
        mini.Run(output: mini.Folder("whole"));
        mini.Run(stopAfter: 14);
        var id = Guid.NewGuid().ToString("N");
        Directory.CreateDirectory(mini[$"checkpoints/.step-000020.{id}.tmp"]);
        File.WriteAllText(mini[$"checkpoints/.step-000020.{id}.tmp/model.safetensors"], "half");
        Directory.Move(mini["checkpoints/step-000014"], mini[$"checkpoints/.step-000014.{id}.old"]);
        Directory.Move(mini["best"], mini[$".best.{id}.old"]);
        File.WriteAllText(mini[$".metrics.jsonl.{id}.tmp"], "half");
        string[] foreign = [".notes.tmp", $".mine.{id}.tmp", ".best.tmp", $"best.{id}.tmp"];
        foreach (var name in foreign) File.WriteAllText(mini[name], "mine");
        mini.Run(RunFolderMode.Resume).ShouldNotBeNull();
        mini.Display.All.ShouldContain("resuming at step 14");
        Directory.GetFileSystemEntries(mini.Output).Select(entry => Path.GetFileName(entry)!).Where(name => name.Contains(id) || name[0] == '.').ShouldBe(foreign, ignoreOrder: true);
        File.ReadAllBytes(mini["best/model.safetensors"]).ShouldBe(File.ReadAllBytes(mini.Folder("whole/best/model.safetensors")));
    }

    [Fact]
    public void A_best_model_that_is_gone_is_looked_for_again_and_said()
    {
        using var mini = new MiniRun();
        mini.Run(stopAfter: 14);
        Directory.Delete(mini["best"], true);
        mini.Run(RunFolderMode.Resume).ShouldNotBeNull();
        mini.Display.Lines.ShouldContain(line => line.StartsWith("WARNING") && line.Contains("best is gone"));
    }

    [Fact]
    public void Two_processes_do_not_run_in_one_folder()
    {
        using var mini = new MiniRun();
        var message = "";
        mini.Display.Staged = name =>
        {
            if (name == "evaluate") message = Should.Throw<InvalidDataException>(() => new MiniRunIn(mini).Run()).Message;
        };
        mini.Run().ShouldNotBeNull();
        message.ShouldContain("another process is running in");
        File.Exists(mini["run.lock"]).ShouldBeFalse();
    }

    private static string?[] Checkpoints(MiniRun mini) => [.. Directory.GetDirectories(mini["checkpoints"]).Select(Path.GetFileName).Order()];

    private static void Damage(string path, string how)
    {
        var bytes = File.ReadAllBytes(path);
        if (how == "missing") File.Delete(path);
        else if (how == "cut short") File.WriteAllBytes(path, bytes[..^1]);
        else
        {
            bytes[bytes.Length / 2] ^= 4;
            File.WriteAllBytes(path, bytes);
        }
    }

    /// <summary>The same run started again beside itself.</summary>
    private sealed class MiniRunIn(MiniRun mini)
    {
        public string? Run() => Experiments.Pretraining.PretrainRun.Run(mini.Recipe, new(mini.Output, RunFolderMode.Resume, Threads: 1), new SilentDisplay());
    }
}
