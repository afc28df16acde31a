using Puna.Experiments.Runs;
using Puna.Experiments.Tests.Pretraining;
using Puna.Training;

namespace Puna.Experiments.Tests.Restarts;

/// <summary>A file in the place of the folder makes the last system call of a write fail, as a full disk would make one of them.</summary>
public class FailingDiskTests
{
    [Fact]
    public void A_checkpoint_that_cannot_be_written_is_warned_of_the_run_goes_on_and_the_one_before_is_whole()
    {
        using var mini = new MiniRun();
        mini.Display.Stepped = step =>
        {
            if (step == 15) File.WriteAllText(mini["checkpoints/step-000020"], "in the way");
            if (step == 25) TrainingCheckpoint.FindDamage(mini["checkpoints/step-000010"]).ShouldBeNull();
        };
        Run(mini).ShouldNotBeNull();
        var warning = mini.Display.Lines.Where(line => line.Contains("could not be written")).ShouldHaveSingleItem();
        warning.ShouldStartWith("WARNING: checkpoint step-000020");
        warning.ShouldContain("step-000010 is whole, and the run goes on");
        Directory.GetFileSystemEntries(mini.Output, ".*", SearchOption.AllDirectories).ShouldBeEmpty();
    }

    [Fact]
    public void A_stop_without_a_checkpoint_is_a_failure_that_names_the_one_to_go_on_from()
    {
        using var mini = new MiniRun();
        using var stop = new CancellationTokenSource();
        mini.Display.Stepped = step =>
        {
            if (step != 14) return;
            File.WriteAllText(mini["checkpoints/step-000014"], "in the way");
            stop.Cancel();
        };
        var message = Should.Throw<IOException>(() => Run(mini, stop.Token)).Message;
        message.ShouldContain("step-000014 could not be written");
        message.ShouldContain("step-000010 is whole");
        mini.Display.Stepped = null;
        mini.Run(RunFolderMode.Resume).ShouldNotBeNull();
        mini.Display.All.ShouldContain("resuming at step 10");
    }

    [Fact]
    public void A_best_model_that_cannot_be_written_is_tried_again_at_the_next_evaluation()
    {
        using var mini = new MiniRun();
        mini.Run(output: mini.Folder("whole"));
        mini.Display.Stepped = step =>
        {
            if (step == 5) File.WriteAllText(mini["best"], "in the way");
            if (step == 15) File.Delete(mini["best"]);
        };
        Run(mini).ShouldNotBeNull();
        mini.Display.Lines.Where(line => line.StartsWith("WARNING: the best model")).ShouldHaveSingleItem();
        File.ReadAllBytes(mini["model/model.safetensors"]).ShouldBe(File.ReadAllBytes(mini.Folder("whole/model/model.safetensors")));
    }

    private static string? Run(MiniRun mini, CancellationToken cancellation = default) => Experiments.Pretraining.PretrainRun.Run(mini.Recipe, new(mini.Output, Threads: 1), mini.Display, cancellation);
}
