using Puna.Experiments.Recipes;
using Puna.Experiments.Runs;

namespace Puna.Experiments.Tests.Runs;

public sealed class RunFolderTests : IDisposable
{
    private readonly string _root = Directory.CreateTempSubdirectory("puna-runs-").FullName;

    public void Dispose() => Directory.Delete(_root, recursive: true);

    [Fact]
    public void A_new_folder_is_made_and_holds_the_recipe_as_resolved()
    {
        var recipe = RecipeLoader.Load("student-shakespeare", ["steps=5"], ["corpus.txt"]);
        var run = RunFolder.Open(Path.Combine(_root, "a", "b"), RunFolderMode.New);
        run.WriteRecipe(recipe);
        run.ReadRecipe().ShouldBe(recipe);
        RunFolder.Read(run.Root + "/").Root.ShouldBe(run.Root);
        Directory.GetFiles(run.Root).ShouldBe([run.RecipePath]);
        run.CheckpointPath(100).ShouldBe(Path.Combine(run.Root, "checkpoints", "step-000100"));
    }

    [Fact]
    public void A_used_folder_is_refused_and_the_sentence_names_the_ways_out()
    {
        var run = Started("used");
        var message = Should.Throw<InvalidDataException>(() => RunFolder.Open(run.Root, RunFolderMode.New)).Message;
        message.ShouldContain("--resume");
        message.ShouldContain("--overwrite");
        RunFolder.Open(run.Root, RunFolderMode.Resume).ReadRecipe().Name.ShouldBe("recipe");
    }

    [Fact]
    public void Overwriting_deletes_what_a_run_wrote_and_nothing_else()
    {
        var run = Started("used");
        Model(run.BestPath);
        Model(run.CheckpointPath(3));
        File.WriteAllText(run.MetricsPath, "{}");
        File.WriteAllText(Path.Combine(run.Root, "notes.md"), "mine");
        RunFolder.Open(run.Root, RunFolderMode.Overwrite);
        Directory.GetFileSystemEntries(run.Root).ShouldBe([Path.Combine(run.Root, "notes.md")]);
    }

    [Fact]
    public void A_link_in_a_run_folder_goes_but_not_what_it_points_to()
    {
        var run = Started("used");
        var elsewhere = Path.Combine(_root, "elsewhere");
        Model(elsewhere);
        try { Directory.CreateSymbolicLink(run.ModelPath, elsewhere); }
        catch (IOException) { return; } // Windows without the right to make links
        RunFolder.Open(run.Root, RunFolderMode.Overwrite);
        Directory.Exists(run.ModelPath).ShouldBeFalse();
        File.Exists(Path.Combine(elsewhere, "config.json")).ShouldBeTrue();
    }

    [Theory]
    [InlineData(RunFolderMode.New)]
    [InlineData(RunFolderMode.Resume)]
    [InlineData(RunFolderMode.Overwrite)]
    public void A_folder_that_no_run_made_is_left_alone(RunFolderMode mode)
    {
        var path = Path.Combine(_root, "home");
        Directory.CreateDirectory(Path.Combine(path, "model"));
        File.WriteAllText(Path.Combine(path, "recipe.yaml"), "steps: 5");
        File.WriteAllText(Path.Combine(path, "model", "thesis.txt"), "years of work");
        Should.Throw<InvalidDataException>(() => RunFolder.Open(path, mode));
        File.ReadAllText(Path.Combine(path, "model", "thesis.txt")).ShouldBe("years of work");
    }

    [Theory]
    [InlineData(RunFolderMode.New)]
    [InlineData(RunFolderMode.Resume)]
    [InlineData(RunFolderMode.Overwrite)]
    public void An_empty_or_missing_folder_and_one_killed_at_its_start_are_fine_in_every_mode(RunFolderMode mode)
    {
        RunFolder.Open(Path.Combine(_root, "fresh"), mode);
        RunFolder.Open(Path.Combine(_root, "fresh"), mode);
        File.WriteAllText(Path.Combine(_root, "fresh", ".recipe.yaml.0123.tmp"), "half");
        RunFolder.Open(Path.Combine(_root, "fresh"), mode);
    }

    [Fact]
    public void A_file_is_no_folder()
    {
        var path = Path.Combine(_root, "file");
        File.WriteAllText(path, "");
        Should.Throw<InvalidDataException>(() => RunFolder.Open(path, RunFolderMode.Overwrite)).Message.ShouldContain("is a file");
        Should.Throw<InvalidDataException>(() => RunFolder.Read(path)).Message.ShouldContain("is not a run folder");
    }

    [Fact]
    public void The_newest_run_is_the_one_with_the_newest_model()
    {
        RunFolder.Newest(Path.Combine(_root, "none")).ShouldBeNull();
        var (old, newer) = (Started("z-old"), Started("a-newer"));
        Started("m-no-model");
        Model(old.ModelPath, new DateTime(2020, 1, 1));
        Model(newer.BestPath, new DateTime(2021, 1, 1));
        Directory.CreateDirectory(Path.Combine(_root, "other"));
        RunFolder.Newest(_root)!.Root.ShouldBe(newer.Root);
        RunFolder.Newest(_root)!.FindModel().ShouldBe(newer.BestPath);
    }

    [Fact]
    public void The_finished_model_comes_before_the_best_and_the_newest_checkpoint_before_older_ones()
    {
        var run = Started("run");
        Model(run.CheckpointPath(100));
        Model(run.CheckpointPath(1_000_000));
        Directory.CreateDirectory(Path.Combine(run.CheckpointsPath, ".step-000200.0123.tmp"));
        run.CheckpointSteps().ShouldBe([100, 1_000_000]);
        run.FindModel().ShouldBe(run.CheckpointPath(1_000_000));
        Model(run.BestPath);
        run.FindModel().ShouldBe(run.BestPath);
        Model(run.ModelPath);
        run.FindModel().ShouldBe(run.ModelPath);
    }

    [Theory]
    [InlineData("tiny-llama", "tiny-llama-20260102-030405")]
    [InlineData("../evil name", "-evil-name-20260102-030405")]
    [InlineData("..", "run-20260102-030405")]
    public void The_default_folder_says_what_and_when(string name, string expected) =>
        RunFolder.DefaultPath(name, new DateTime(2026, 1, 2, 3, 4, 5)).ShouldBe(Path.Combine("runs", expected));

    private RunFolder Started(string name)
    {
        var run = RunFolder.Open(Path.Combine(_root, name), RunFolderMode.New);
        run.WriteRecipe(new Recipe());
        return run;
    }

    private static void Model(string folder, DateTime? written = null)
    {
        Directory.CreateDirectory(folder);
        var config = Path.Combine(folder, "config.json");
        File.WriteAllText(config, "{}");
        if (written is { } time) File.SetLastWriteTimeUtc(config, time);
    }
}
