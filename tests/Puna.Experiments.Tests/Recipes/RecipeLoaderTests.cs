using Puna.Experiments.Recipes;

namespace Puna.Experiments.Tests.Recipes;

public sealed class RecipeLoaderTests : IDisposable
{
    private readonly RecipeFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void An_empty_recipe_is_all_defaults()
    {
        _folder.Add("empty.yaml", "# nothing\n");
        _folder.Load("empty.yaml").ShouldBe(new Recipe { Name = "empty" }.WithAllWritten());
    }

    [Fact]
    public void The_command_line_beats_the_recipe_beats_what_it_extends()
    {
        _folder.Add("base.yaml", "description: base\ntraining: { steps: 10, batch_size: 20, seed: 30 }\n");
        _folder.Add("child.yaml", "extends: base.yaml\ntraining: { batch_size: 21, seed: 31 }\n");
        var recipe = _folder.Load("child.yaml", "training.seed=32", "training.seed=33", "model={ hidden_size: 64 }");
        (recipe.Training.Steps, recipe.Training.BatchSize, recipe.Training.Seed, recipe.Model.HiddenSize).ShouldBe((10, 21, 33, 64));
        (recipe.Name, recipe.Description).ShouldBe(("child", ""));
    }

    [Fact]
    public void A_built_in_recipe_can_be_extended_by_name_from_any_folder()
    {
        _folder.Add("mine.yaml", "extends: student-shakespeare\nmax_steps: 7\n");
        var recipe = _folder.Load("mine.yaml");
        (recipe.Training.Steps, recipe.Tokenizer.VocabSize, recipe.Name).ShouldBe((7, 130, "mine"));
    }

    [Fact]
    public void Paths_are_looked_up_from_the_file_that_names_them()
    {
        _folder.Add("sub/base.yaml", "data: { train: [ { path: corpus.txt, weight: 2 }, other.txt ] }\n");
        _folder.Add("child.yaml", "extends: sub/base.yaml\n");
        _folder.Load("child.yaml").Data.Train.ShouldBe(
            [new DataSource(Path.Combine(_folder.Root, "sub", "corpus.txt"), 2), new DataSource(Path.Combine(_folder.Root, "sub", "other.txt"))]);
        _folder.Load("child.yaml", "data.train=*.txt").Data.Train.ShouldBe([new DataSource(Path.GetFullPath("*.txt"))]);
    }

    [Theory]
    [InlineData("per_device_train_batch_size: 5", 5)]
    [InlineData("batch_size: 5", 5)]
    [InlineData("training: { batch_size: 5 }", 5)]
    public void Flat_names_of_other_trainers_mean_the_nested_ones(string yaml, int expected)
    {
        _folder.Add("flat.yaml", yaml);
        _folder.Load("flat.yaml").Training.BatchSize.ShouldBe(expected);
    }

    [Fact]
    public void Betas_can_be_given_as_a_pair_or_one_by_one_and_the_later_layer_counts()
    {
        _folder.Add("pair.yaml", "optimizer: { betas: [0.8, 0.9] }");
        _folder.Add("one.yaml", "extends: pair.yaml\nadam_beta2: 0.99");
        _folder.Add("again.yaml", "extends: one.yaml\noptimizer: { betas: [0.1, 0.2] }");
        _folder.Load("one.yaml").Optimizer.ShouldSatisfyAllConditions(o => o.Beta1.ShouldBe(0.8), o => o.Beta2.ShouldBe(0.99));
        _folder.Load("again.yaml").Optimizer.ShouldSatisfyAllConditions(o => o.Beta1.ShouldBe(0.1), o => o.Beta2.ShouldBe(0.2));
    }

    [Fact]
    public void What_follows_from_other_keys_follows_after_all_layers()
    {
        _folder.Add("shape.yaml", "model: { hidden_size: 96, num_attention_heads: 6 }\ndata: { sequence_length: 24 }");
        var recipe = _folder.Load("shape.yaml", "n_head=3", "block_size=48");
        (recipe.Model.KeyValueHeadCount, recipe.Model.HeadDim, recipe.Model.ContextLength).ShouldBe((3, 32, 48));
        recipe.TokensPerStep.ShouldBe(32 * 48);
    }

    [Fact]
    public void An_empty_value_takes_a_key_back_to_its_default()
    {
        _folder.Add("base.yaml", "tokenizer: { path: tok.model }");
        var tokenizer = _folder.Load("base.yaml").Tokenizer;
        (tokenizer.Path, tokenizer.VocabSize).ShouldBe((Path.Combine(_folder.Root, "tok.model"), (int?)null));
        _folder.Add("child.yaml", "extends: base.yaml\ntokenizer: { path: null, vocab_size: 300 }");
        _folder.Load("child.yaml").Tokenizer.ShouldBe(new TokenizerSection { VocabSize = 300 });
    }

    [Theory]
    [InlineData("1e3", 1000)]
    [InlineData("1000.0", 1000)]
    [InlineData("'1000'", 1000)]
    public void Whole_numbers_may_be_written_in_any_way_that_is_whole(string text, int expected)
    {
        _folder.Add("steps.yaml", $"steps: {text}");
        _folder.Load("steps.yaml").Training.Steps.ShouldBe(expected);
    }
}

internal static class RecipeExtensions
{
    /// <summary>The recipe as reading its own YAML gives it.</summary>
    public static Recipe WithAllWritten(this Recipe recipe) => RecipeLoader.Parse(RecipeWriter.ToYaml(recipe));
}
