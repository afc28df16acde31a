using System.Text.Json;
using Puna.Experiments.Comparing;
using Puna.Experiments.Recipes;
using Puna.Experiments.Runs;
using Puna.Experiments.Tests.Pretraining;

namespace Puna.Experiments.Tests.Comparing;

/// <summary>Two small recipes compared: what is trained, in which order, what is found and kept.</summary>
public class ComparisonRunTests
{
    private static readonly string[] Short = ["training.steps=8", "training.eval_every=4", "training.checkpoint_every=2", "training.batch_size=2", "training.gradient_accumulation=1"];

    [Fact]
    public void Recipes_take_turns_seed_after_seed_and_their_figures_stand_side_by_side()
    {
        using var mini = new MiniRun(Short);
        var heard = new HeardDisplay();
        var comparison = Compare(mini, RunFolderMode.New, heard)!;
        heard.Stages.Where(stage => stage.Contains("seed ")).ShouldBe(["mini, seed 5", "gpt2, seed 5", "mini, seed 6", "gpt2, seed 6"]);
        comparison.Seeds.ShouldBe([5, 6]);
        comparison.Settings.Select(setting => setting.Key).ShouldBe(["model.architecture", "model.tie_word_embeddings"]);
        comparison.Caveat.ShouldBeNull();

        var json = JsonDocument.Parse(File.ReadAllText(mini.Folder("compared/result.json"))).RootElement;
        var (llama, gpt2) = (json.GetProperty("recipes")[0], json.GetProperty("recipes")[1]);
        var losses = comparison.Entrants.Select(entrant => entrant.Runs.Select(run => run.Validation.Loss).ToArray()).ToArray();
        llama.GetProperty("val_loss").GetProperty("mean").GetDouble().ShouldBe(losses[0].Average(), 1e-12);
        gpt2.GetProperty("val_loss").GetProperty("difference").GetProperty("mean").GetDouble().ShouldBe(losses[1].Average() - losses[0].Average(), 1e-12);
        gpt2.GetProperty("parameters").GetInt64().ShouldNotBe(llama.GetProperty("parameters").GetInt64());
        foreach (var key in (string[])["val_perplexity", "val_bits_per_byte", "val_accuracy", "test_loss", "test_perplexity", "test_bits_per_byte", "test_accuracy", "tokens_per_second"])
            llama.GetProperty(key).GetProperty("values").GetArrayLength().ShouldBe(2, key);

        var table = ComparisonTable.Write(comparison);
        foreach (var part in (string[])["mini", "gpt2", "less mini", " ± ", "tokens/s", "model.architecture: llama | gpt2", "seeds 5, 6", "bigram"]) table.ShouldContain(part);
        var report = File.ReadAllText(mini.Folder("compared/report.html"));
        foreach (var part in (string[])["<svg", "gpt2, validation", "mini, validation", "model.architecture"]) report.ShouldContain(part);
    }

    [Fact]
    public void A_stopped_comparison_goes_on_where_it_was_and_ends_alike()
    {
        using var mini = new MiniRun(Short);
        var whole = Compare(mini, RunFolderMode.New, new HeardDisplay(), folder: "whole")!;
        using var stop = new CancellationTokenSource();
        var heard = new HeardDisplay();
        var runs = 0;
        heard.Staged = stage => runs += stage.Contains("seed ") ? 1 : 0;
        heard.Stepped = step =>
        {
            if (runs == 2 && step == 5) stop.Cancel();
        };
        Compare(mini, RunFolderMode.New, heard, cancellation: stop.Token).ShouldBeNull();
        heard.All.ShouldContain("--resume");
        var first = File.GetLastWriteTimeUtc(mini.Folder("compared/mini/seed-5/result.json"));

        var again = new HeardDisplay();
        var resumed = Compare(mini, RunFolderMode.Resume, again)!;
        File.GetLastWriteTimeUtc(mini.Folder("compared/mini/seed-5/result.json")).ShouldBe(first);
        again.All.ShouldContain("is finished");
        again.All.ShouldContain("resuming at step 5");
        resumed.Entrants.SelectMany(entrant => entrant.Runs.Select(run => run.Validation)).ShouldBe(whole.Entrants.SelectMany(entrant => entrant.Runs.Select(run => run.Validation)));

        Should.Throw<InvalidDataException>(() => Compare(mini, RunFolderMode.New, new HeardDisplay())).Message.ShouldContain("--resume");
        mini.Recipe = mini.Recipe with { Optimizer = mini.Recipe.Optimizer with { LearningRate = 0.5 } };
        Should.Throw<InvalidDataException>(() => Compare(mini, RunFolderMode.Resume, new HeardDisplay())).Message.ShouldContain("another recipe");
    }

    [Fact]
    public void A_folder_that_no_comparison_made_is_left_alone()
    {
        using var mini = new MiniRun(Short);
        Directory.CreateDirectory(mini.Folder("compared"));
        File.WriteAllText(mini.Folder("compared/notes.txt"), "mine");
        foreach (var mode in (RunFolderMode[])[RunFolderMode.New, RunFolderMode.Resume, RunFolderMode.Overwrite])
            Should.Throw<InvalidDataException>(() => Compare(mini, mode, new HeardDisplay())).Message.ShouldContain("compared");
        File.ReadAllText(mini.Folder("compared/notes.txt")).ShouldBe("mine");
    }

    [Fact]
    public void What_makes_figures_incomparable_is_said()
    {
        var recipe = new Recipe();
        Comparison With(Recipe other) => new([1], [], DifferingSetting.Of([recipe, other]));
        With(recipe with { Training = recipe.Training with { Steps = 5 } }).Caveat!.ShouldContain("not the same budget (training.steps)");
        With(recipe with { Data = recipe.Data with { SequenceLength = 5 } }).Caveat!.ShouldContain("bits per byte only");
        With(recipe with { Model = recipe.Model with { LayerCount = 5 } }).Caveat.ShouldBeNull();
    }

    [Fact]
    public void A_key_may_be_varied_and_each_value_is_an_entrant()
    {
        var recipes = Variations.Load(["tiny-llama"], "data.split=[0.8, 0.2],[0.9, 0.1]", [], ["a.txt"]);
        recipes.Select(recipe => recipe.Data.Split.Train).ShouldBe([0.8, 0.9]);
        Variations.Load(["tiny-llama"], "lr=1e-3,2e-3", [], null).Select(recipe => recipe.Name).ShouldBe(["lr=1e-3", "lr=2e-3"]);
        foreach (var wrong in (string[])["lr", "lr=1e-3", "=1,2", "lr=1e-3,"])
            Should.Throw<InvalidDataException>(() => Variations.Load(["tiny-llama"], wrong, [], null)).Message.ShouldContain("--vary");
        Should.Throw<InvalidDataException>(() => Variations.Load(["tiny-llama"], null, [], null)).Message.ShouldContain("name a second recipe");
        Should.Throw<InvalidDataException>(() => Variations.Load([], null, [], null)).Message.ShouldContain("RECIPE_A RECIPE_B");
    }

    private static Comparison? Compare(MiniRun mini, RunFolderMode mode, HeardDisplay display, string folder = "compared", CancellationToken cancellation = default)
    {
        var gpt2 = mini.Recipe with { Name = "gpt2", Model = mini.Recipe.Model with { Architecture = ModelArchitecture.Gpt2, TieWordEmbeddings = true } };
        return ComparisonRun.Run(new ComparisonOptions([mini.Recipe, gpt2], mini.Folder(folder), Seeds: 2, mode, Threads: 1), display, cancellation);
    }
}
