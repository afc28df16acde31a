using Puna.Experiments.Recipes;
using Puna.Tests;

namespace Puna.Experiments.Tests.Recipes;

public class ShippedRecipesTests
{
    public static TheoryData<string> Files => [.. Directory.GetFiles(Path.Combine(SharedData.Root, "recipes"), "*.yaml").Select(file => Path.GetFileName(file))];

    [Theory]
    [MemberData(nameof(Files))]
    public void Every_file_of_the_folder_is_built_in_and_reads_the_same_either_way(string file)
    {
        var name = Path.GetFileNameWithoutExtension(file);
        var builtIn = RecipeLoader.Load(name);
        builtIn.ShouldBe(RecipeLoader.Load(Path.Combine(SharedData.Root, "recipes", file)));
        builtIn.Name.ShouldBe(name);
        builtIn.Data.Train.ShouldBeEmpty();
        RecipeCatalog.All().Single(recipe => recipe.Name == name).Description.ShouldNotBeNullOrWhiteSpace();
        RecipeCatalog.Text(name).ShouldNotBeNull().ShouldStartWith("# ");
        RecipeLoader.Load(file).ShouldBe(builtIn);
    }

    [Fact]
    public void The_students_recipe_is_the_reports_experiment()
    {
        var recipe = RecipeLoader.Load("student-shakespeare");
        (recipe.Model.HiddenSize, recipe.Model.HeadCount, recipe.Model.KeyValueHeadCount, recipe.Model.LayerCount, recipe.Model.IntermediateSize).ShouldBe((128, 8, 8, 4, 352));
        (recipe.Model.HeadDim, recipe.ContextLength, recipe.Data.SequenceLength, recipe.Model.TieWordEmbeddings).ShouldBe((16, 16, 16, false));
        recipe.Tokenizer.ShouldBe(new TokenizerSection { VocabSize = 130 });
        recipe.Tokenizer.Normalization.ShouldBe(TextNormalization.NmtNfkc);
        recipe.Data.Split.ShouldBe(new DataSplit(0.70, 0.15, 0.15));
        (recipe.Data.Encode, recipe.Data.SplitBy).ShouldBe((EncodeUnit.Whole, SplitUnit.Tokens));
        (recipe.Training.Steps, recipe.Training.BatchSize, recipe.TokensPerStep).ShouldBe((1000, 32, 512));
        (recipe.Optimizer.LearningRate, recipe.Optimizer.MaxGradNorm, recipe.Schedule.WarmupSteps, recipe.Schedule.FinalFraction).ShouldBe((1e-3, 1, 50, 0.1));
    }

    [Fact]
    public void The_character_recipe_is_nanoGpts_budget()
    {
        var recipe = RecipeLoader.Load("nanogpt-char-cpu");
        (recipe.Tokenizer.Type, recipe.Tokenizer.VocabSize).ShouldBe((TokenizerType.Char, (int?)null));
        (recipe.Model.HeadCount, recipe.Model.KeyValueHeadCount, recipe.Model.HeadDim, recipe.ContextLength).ShouldBe((4, 4, 32, 64));
        recipe.Data.Split.ShouldBe(new DataSplit(0.9, 0.1, 0));
        (recipe.Training.Steps, recipe.Training.BatchSize).ShouldBe((2000, 12));
        (recipe.Optimizer.Beta1, recipe.Optimizer.Beta2, recipe.Optimizer.WeightDecay, recipe.Schedule.WarmupSteps).ShouldBe((0.9, 0.99, 0.1, 100));
    }

    [Fact]
    public void A_recipe_without_data_loads_but_does_not_run()
    {
        var recipe = RecipeLoader.Load("tiny-llama");
        Should.Throw<InvalidDataException>(recipe.RequireData).Message.ShouldBe("The recipe 'tiny-llama' names no training text; give --data FILE or set data.train.");
        var withData = RecipeLoader.Load("tiny-llama", [], ["corpus.txt"]);
        withData.RequireData();
        withData.Data.Train.ShouldBe([new DataSource(Path.GetFullPath("corpus.txt"))]);
    }
}
