using System.Text.Json.Nodes;
using Puna.Experiments.Runs;
using Puna.Training;

namespace Puna.Experiments.Tests.Pretraining;

public class StopAndResumeTests
{
    [Theory]
    [InlineData("data.split_by=tokens", 1)]
    [InlineData("data.split_by=tokens", 10)]
    [InlineData("data.split_by=tokens", 17)]
    [InlineData("data.split_by=documents", 23)]
    public void A_stopped_and_resumed_run_is_bit_for_bit_the_uninterrupted_one(string split, int stopAfter)
    {
        using var mini = new MiniRun(Sets(split));
        mini.Run(output: mini.Folder("whole")).ShouldNotBeNull();
        mini.Run(stopAfter: stopAfter).ShouldBeNull();
        mini.Display.All.ShouldContain($"stopped at step {stopAfter} with a checkpoint");
        File.Exists(mini["result.json"]).ShouldBeFalse();
        var result = mini.Run(RunFolderMode.Resume).ShouldNotBeNull();
        mini.Display.All.ShouldContain($"resuming at step {stopAfter}");
        foreach (var file in (string[])["model/model.safetensors", "best/model.safetensors", "model/config.json", "model/tokenizer.model", "recipe.yaml"])
            File.ReadAllBytes(mini[file]).ShouldBe(File.ReadAllBytes(mini.Folder("whole/" + file)), file);
        Timeless(File.ReadAllText(mini["metrics.jsonl"])).ShouldBe(Timeless(File.ReadAllText(mini.Folder("whole/metrics.jsonl"))));
        Timeless(result).ShouldBe(Timeless(File.ReadAllText(mini.Folder("whole/result.json"))));
        Directory.Exists(mini["checkpoints"]).ShouldBeFalse();
    }

    [Fact]
    public void A_run_that_was_killed_goes_on_from_its_newest_checkpoint()
    {
        using var mini = new MiniRun();
        mini.Run(output: mini.Folder("whole"));
        mini.Run(stopAfter: 27);
        Directory.EnumerateDirectories(mini["checkpoints"]).Select(Path.GetFileName).Order().ShouldBe(["step-000020", "step-000027"]);
        Directory.Delete(mini["checkpoints/step-000027"], true);
        File.AppendAllText(mini["metrics.jsonl"], "{\"step\":28,\"spl");
        mini.Run(RunFolderMode.Resume);
        mini.Display.All.ShouldContain("resuming at step 20");
        File.ReadAllBytes(mini["model/model.safetensors"]).ShouldBe(File.ReadAllBytes(mini.Folder("whole/model/model.safetensors")));
        Timeless(File.ReadAllText(mini["metrics.jsonl"])).ShouldBe(Timeless(File.ReadAllText(mini.Folder("whole/metrics.jsonl"))));
    }

    [Fact]
    public void A_run_that_was_killed_after_its_last_step_only_finishes()
    {
        using var mini = new MiniRun();
        mini.Run(output: mini.Folder("whole"));
        mini.Display.Staged = name =>
        {
            if (name == "evaluate") throw new IOException("the disk is full");
        };
        Should.Throw<IOException>(() => mini.Run());
        mini.Display.Staged = null;
        Timeless(mini.Run(RunFolderMode.Resume)!).ShouldBe(Timeless(File.ReadAllText(mini.Folder("whole/result.json"))));
        mini.Display.All.ShouldContain("resuming at step 30");
    }

    [Fact]
    public void The_best_model_of_the_first_sitting_stays_the_best_where_the_second_finds_no_better()
    {
        using var mini = new MiniRun();
        mini.Run(stopAfter: 10);
        var best = File.ReadAllBytes(mini["best/model.safetensors"]);
        var state = mini["checkpoints/step-000010/trainer_state.json"];
        var json = JsonNode.Parse(File.ReadAllText(state))!.AsObject();
        json["best_val_loss"]!.GetValue<double>().ShouldBeInRange(1, 4);
        json["best_val_loss"] = 0.001;
        File.WriteAllText(state, json.ToJsonString());
        Checksums.Write(mini["checkpoints/step-000010"]);
        mini.Run(RunFolderMode.Resume);
        File.ReadAllBytes(mini["model/model.safetensors"]).ShouldBe(best);
    }

    [Fact]
    public void A_text_that_was_changed_meanwhile_is_refused()
    {
        using var mini = new MiniRun();
        mini.Run(stopAfter: 4);
        mini.WriteText(MiniRun.Text(120).Replace('e', '\u0001').Replace('a', 'e').Replace('\u0001', 'a'));
        Should.Throw<InvalidDataException>(() => mini.Run(RunFolderMode.Resume)).Message.ShouldContain("the text changed since the run began");
    }

    [Fact]
    public void Resuming_a_finished_run_says_so_and_returns_its_result()
    {
        using var mini = new MiniRun("training.steps=3");
        var result = mini.Run();
        var weights = File.GetLastWriteTimeUtc(mini["model/model.safetensors"]);
        mini.Run(RunFolderMode.Resume).ShouldBe(result);
        mini.Display.Lines[^1].ShouldContain("is finished");
        File.GetLastWriteTimeUtc(mini["model/model.safetensors"]).ShouldBe(weights);
    }

    [Fact]
    public void Resuming_where_there_is_no_checkpoint_yet_starts_at_step_0_and_says_so()
    {
        using var mini = new MiniRun("training.steps=3");
        mini.Run(RunFolderMode.Resume).ShouldNotBeNull();
        mini.Display.All.ShouldContain("no checkpoint in");
        mini.Display.All.ShouldContain("starting from step 0");
    }

    [Fact]
    public void An_existing_folder_is_refused_before_any_work_and_left_as_it_was()
    {
        using var mini = new MiniRun("training.steps=3");
        Directory.CreateDirectory(mini.Output);
        File.WriteAllText(mini["notes.txt"], "mine");
        Should.Throw<InvalidDataException>(() => mini.Run()).Message.ShouldContain("--resume");
        mini.Display.Stages.ShouldBeEmpty();
        Should.Throw<InvalidDataException>(() => mini.Run(RunFolderMode.Overwrite)).Message.ShouldContain("not a run folder");
        Should.Throw<InvalidDataException>(() => mini.Run(RunFolderMode.Resume));
        Directory.GetFileSystemEntries(mini.Output).Length.ShouldBe(1);
    }

    [Fact]
    public void Overwriting_starts_again_and_keeps_what_no_run_wrote()
    {
        using var mini = new MiniRun("training.steps=3");
        mini.Run();
        var weights = File.ReadAllBytes(mini["model/model.safetensors"]);
        File.WriteAllText(mini["notes.txt"], "mine");
        mini.Run(RunFolderMode.Overwrite).ShouldNotBeNull();
        File.ReadAllBytes(mini["model/model.safetensors"]).ShouldBe(weights);
        File.ReadAllText(mini["notes.txt"]).ShouldBe("mine");
    }

    [Fact]
    public void A_damaged_checkpoint_is_refused_with_a_sentence()
    {
        using var mini = new MiniRun();
        mini.Run(stopAfter: 4);
        var moments = mini["checkpoints/step-000004/trainer_state.safetensors"];
        File.WriteAllBytes(moments, File.ReadAllBytes(moments)[..100]);
        Should.Throw<InvalidDataException>(() => mini.Run(RunFolderMode.Resume)).Message.ShouldContain("trainer_state.safetensors is damaged");
    }

    private static string[] Sets(string split) => split.EndsWith("documents") ? [split, "data.encode=documents", "data.document_mask=true"] : [split];

    /// <summary>Without what a clock or a folder decides.</summary>
    private static string[] Timeless(string lines) =>
    [
        .. lines.Split('\n', StringSplitOptions.RemoveEmptyEntries).Select(line =>
        {
            var json = JsonNode.Parse(line)!.AsObject();
            foreach (var name in (string[])["seconds", "tokens_per_second", "model_path", "mfu", "memory_bytes", "elapsed", "effective_training_time", "elapsed_seconds", "lost_seconds", "restarts"]) json.Remove(name);
            return json.ToJsonString();
        }),
    ];
}
