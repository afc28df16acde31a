using Puna.Experiments.Pretraining;
using Puna.Experiments.Recipes;
using Puna.Experiments.Runs;
using Puna.Experiments.Tests.Pretraining;

namespace Puna.Experiments.Tests.Restarts;

/// <summary>A run is not silently made another run by resuming it.</summary>
public class ChangedRecipeTests
{
    [Fact]
    public void A_recipe_that_changed_is_refused_with_the_difference_before_anything_is_written()
    {
        using var mini = new MiniRun();
        mini.Run(stopAfter: 14);
        var before = File.ReadAllBytes(mini["recipe.yaml"]);
        mini.Recipe = mini.Recipe with { Training = mini.Recipe.Training with { BatchSize = 8, EvalEvery = 5 }, Optimizer = mini.Recipe.Optimizer with { LearningRate = 1e-3 } };
        var stages = mini.Display.Stages.Count;
        var message = Should.Throw<InvalidDataException>(() => mini.Run(RunFolderMode.Resume)).Message;
        foreach (var part in (string[])["step-000014", "training.batch_size 4 → 8; optimizer.learning_rate 0.003 → 0.001;", "--allow-changed-recipe"]) message.ShouldContain(part);
        message.ShouldNotContain("eval_every");
        message.ShouldNotContain("\n");
        mini.Display.Stages.Count.ShouldBe(stages);
        File.ReadAllBytes(mini["recipe.yaml"]).ShouldBe(before);

        Allowed(mini).ShouldNotBeNull();
        mini.Display.All.ShouldContain("changed since the checkpoint: training.batch_size 4 → 8; training.eval_every 10 → 5; optimizer.learning_rate 0.003 → 0.001");
        RunFolder.Read(mini.Output).ReadRecipe().ShouldBe(mini.Recipe);
    }

    [Fact]
    public void The_recipe_in_the_run_folder_counts_as_changed_too()
    {
        using var mini = new MiniRun();
        mini.Run(stopAfter: 14);
        File.WriteAllText(mini["recipe.yaml"], File.ReadAllText(mini["recipe.yaml"]).Replace("dropout: 0.1", "dropout: 0.2"));
        mini.Recipe = RecipeLoader.Load(mini["recipe.yaml"]);
        Should.Throw<InvalidDataException>(() => mini.Run(RunFolderMode.Resume)).Message.ShouldContain("model.dropout 0.1 → 0.2");
    }

    [Fact]
    public void Keys_that_shape_no_step_may_change_and_the_weights_stay_those_of_the_whole_run()
    {
        using var mini = new MiniRun();
        mini.Run(output: mini.Folder("whole"));
        mini.Run(stopAfter: 14);
        mini.Recipe = mini.Recipe with
        {
            Name = "another",
            Description = "changed",
            Training = mini.Recipe.Training with { CheckpointEvery = 7, SampleEvery = 9, KeepLast = 4, KeepBest = 1, MaxSkippedSteps = 2 },
        };
        mini.Run(RunFolderMode.Resume).ShouldNotBeNull();
        File.ReadAllBytes(mini["model/model.safetensors"]).ShouldBe(File.ReadAllBytes(mini.Folder("whole/model/model.safetensors")));
    }

    [Fact]
    public void More_steps_are_free_under_a_constant_rate_and_another_run_under_a_cosine()
    {
        var recipe = RecipeLoader.Load("tiny-llama", [], ["a.txt"]);
        var longer = recipe with { Training = recipe.Training with { Steps = recipe.Training.Steps + 1 } };
        RecipeDifference.Between(recipe, longer).ShouldHaveSingleItem().IsFree.ShouldBeFalse();
        Recipe Constant(Recipe one) => one with { Schedule = one.Schedule with { Name = ScheduleName.Constant } };
        RecipeDifference.Between(Constant(recipe), Constant(longer)).ShouldHaveSingleItem().IsFree.ShouldBeTrue();
        RecipeDifference.Between(recipe, Constant(recipe)).ShouldHaveSingleItem().ToString().ShouldBe("schedule.name cosine → constant");
        RecipeDifference.Between(recipe, recipe).ShouldBeEmpty();
    }

    [Fact]
    public void Another_text_behind_a_loaded_tokenizer_is_refused_unless_told()
    {
        using var mini = new MiniRun("training.steps=4");
        mini.Run(output: mini.Folder("first"));
        var recipe = mini.Recipe;
        mini.Recipe = recipe with { Training = recipe.Training with { Steps = 30 }, Tokenizer = recipe.Tokenizer with { Path = mini.Folder("first/model") } };
        mini.Run(stopAfter: 14);
        mini.WriteText(string.Join("\n\n", MiniRun.Text(120).Split("\n\n").Reverse()));
        Should.Throw<InvalidDataException>(() => mini.Run(RunFolderMode.Resume)).Message.ShouldContain("the text changed since the run began");
        Allowed(mini).ShouldNotBeNull();
    }

    private static string? Allowed(MiniRun mini) => PretrainRun.Run(mini.Recipe, new RunOptions(mini.Output, RunFolderMode.Resume, Threads: 1, AllowChangedRecipe: true), mini.Display);
}
