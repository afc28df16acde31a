using Puna.Experiments.Runs;

namespace Puna.Cli.Tests;

public sealed class PretrainTests
{
    [Fact]
    public void Json_prints_one_object_and_nothing_else()
    {
        using var scratch = new Scratch();
        var outcome = CommandLine.Done("pretrain", Tiny.Recipe, "--data", Tiny.Text, "--output", scratch["run"], "--json", "--steps", "5", "--set", "data.split=[0.8, 0.1, 0.1]");
        foreach (var key in (string[])["val_loss", "val_perplexity", "val_accuracy", "val_bits_per_byte", "test_loss", "test_perplexity", "test_accuracy", "test_bits_per_byte", "unigram_loss", "bigram_loss", "tokens_per_second", "seconds"])
            outcome.Json.GetProperty(key).GetDouble().ShouldBeGreaterThanOrEqualTo(0, key);
        outcome.Json.GetProperty("model_path").GetString().ShouldBe(Path.Combine(scratch["run"], "model"));
        outcome.Output.TrimEnd('\n').ShouldNotContain("\n");
        File.Exists(scratch["run/report.html"]).ShouldBeTrue();
    }

    [Fact]
    public void Progress_is_sparse_where_there_is_no_terminal()
    {
        using var scratch = new Scratch();
        var outcome = CommandLine.Done("pretrain", Tiny.Recipe, "--data", Tiny.Text, "-o", scratch["run"]);
        outcome.Error.Split('\n').Count(line => line.StartsWith("step ", StringComparison.Ordinal) && line.Contains("tokens/s")).ShouldBeInRange(10, 11);
        outcome.Error.ShouldNotContain("\u001b");
        outcome.Output.ShouldBe(Path.Combine(scratch["run"], "model") + "\n");
    }

    [Fact]
    public void Shorthands_set_the_keys_of_the_recipe()
    {
        using var scratch = new Scratch();
        CommandLine.Done("pretrain", Tiny.Recipe, "--data", Tiny.Text, "--out", scratch["run"], "--steps", "3", "--batch-size", "4", "--lr", "1e-3", "--seed", "5", "--sequence-length", "16", "--ctx-size", "24", "--tokenizer", Tiny.Model, "--precision", "bf16", "--threads", "1", "--device", "cpu");
        var recipe = RunFolder.Read(scratch["run"]).ReadRecipe();
        (recipe.Training.Steps, recipe.Training.BatchSize, recipe.Training.Seed, recipe.Data.SequenceLength, recipe.ContextLength, recipe.Optimizer.LearningRate).ShouldBe((3, 4, 5, 16, 24, 1e-3));
        recipe.Tokenizer.Path.ShouldBe(Tiny.Model);
    }

    [Fact]
    public void A_stopped_run_says_how_to_go_on_and_goes_on_to_the_same_end()
    {
        using var scratch = new Scratch();
        var stopped = CommandLine.RunUntilLine("step 8/", "pretrain", Tiny.Recipe, "--data", Tiny.Text, "-o", scratch["run"], "--threads", "2", "--json");
        stopped.Code.ShouldBe(130);
        stopped.Output.ShouldBeEmpty();
        stopped.Error.ShouldContain($"puna pretrain --resume --output {scratch["run"]}");

        var resumed = CommandLine.Done("pretrain", "--resume", "-o", scratch["run"], "--threads", "2", "--json");
        resumed.Error.ShouldContain("resuming at step 8");
        File.ReadAllBytes(scratch["run/model/model.safetensors"]).ShouldBe(File.ReadAllBytes(Path.Combine(Tiny.Model, "model.safetensors")));

        var again = CommandLine.Done("pretrain", "--resume", "-o", scratch["run"], "--json");
        again.Error.ShouldContain("finished");
        again.Output.ShouldBe(resumed.Output);
    }

    [Fact]
    public void A_recipe_changed_on_the_command_line_is_refused_with_the_difference_unless_allowed()
    {
        using var scratch = new Scratch();
        CommandLine.RunUntilLine("step 8/", "pretrain", Tiny.Recipe, "--data", Tiny.Text, "-o", scratch["run"]).Code.ShouldBe(130);
        CommandLine.Refused(["pretrain", Tiny.Recipe, "--data", Tiny.Text, "-o", scratch["run"], "--resume", "--steps", "50"], "training.steps 40 → 50", "--allow-changed-recipe");
        CommandLine.Done("pretrain", Tiny.Recipe, "--data", Tiny.Text, "-o", scratch["run"], "--resume", "--steps", "12", "--allow-changed-recipe").Error.ShouldContain("training.steps 40 → 12");
        RunFolder.Read(scratch["run"]).ReadRecipe().Training.Steps.ShouldBe(12);
    }

    [Fact]
    public void Resume_without_a_checkpoint_starts_from_the_beginning_and_says_so()
    {
        using var scratch = new Scratch();
        CommandLine.Done("pretrain", Tiny.Recipe, "--data", Tiny.Text, "-o", scratch["run"], "--resume", "--steps", "2").Error.ShouldContain("step 0");
    }

    [Fact]
    public void A_run_that_is_stopped_before_it_begins_writes_nothing()
    {
        using var scratch = new Scratch();
        var outcome = CommandLine.RunUntil("", ["pretrain", Tiny.Recipe, "--data", Tiny.Text, "-o", scratch["run"]], new CancellationToken(canceled: true));
        outcome.Code.ShouldBe(130);
        Directory.Exists(scratch["run"]).ShouldBeFalse();
    }

    [Fact]
    public void An_existing_run_is_left_alone_unless_told_otherwise()
    {
        using var scratch = new Scratch();
        CommandLine.Done("pretrain", Tiny.Recipe, "--data", Tiny.Text, "-o", scratch["run"], "--steps", "2");
        var before = File.ReadAllBytes(scratch["run/recipe.yaml"]);
        CommandLine.Refused(["pretrain", Tiny.Recipe, "--data", Tiny.Text, "-o", scratch["run"], "--steps", "3"], "--resume", "--overwrite", "--output");
        File.ReadAllBytes(scratch["run/recipe.yaml"]).ShouldBe(before);
        CommandLine.Done("pretrain", Tiny.Recipe, "--data", Tiny.Text, "-o", scratch["run"], "--steps", "3", "--overwrite");
        RunFolder.Read(scratch["run"]).ReadRecipe().Training.Steps.ShouldBe(3);
    }
}
