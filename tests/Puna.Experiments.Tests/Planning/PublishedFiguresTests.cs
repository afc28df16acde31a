using Puna.Experiments.Planning;
using Puna.Experiments.Recipes;
using Puna.Models;
using Puna.Training;

namespace Puna.Experiments.Tests.Planning;

/// <summary>The planner against what the papers printed.</summary>
public class PublishedFiguresTests
{
    // 2307.09288, table 2: A100-hours by size.
    private static readonly (string Name, double Hours)[] Llama2Hours = [("llama-2-7b", 184_320), ("llama-2-13b", 368_640), ("llama-2-34b", 1_038_336), ("llama-2-70b", 1_720_320)];

    public static TheoryData<string, string, double> Trained => new()
    {
        { "llama-1-7b", "llama-1-7b", 1.0e12 },
        { "llama-1-13b", "llama-1-13b", 1.0e12 },
        { "llama-1-33b", "llama-1-33b", 1.4e12 },
        { "llama-1-65b", "llama-1-65b", 1.4e12 },
        { "llama-2-7b", "llama-2-7b", 2.0e12 },
        { "llama-2-13b", "llama-2-13b", 2.0e12 },
        { "llama-2-34b", "llama-2-34b", 2.0e12 },
        { "llama-2-70b", "llama-2-70b", 2.0e12 },
        { "llama-3-8b", "llama-3-8b", 15.0e12 },
        { "llama-3-70b", "llama-3-70b", 15.0e12 },
        { "llama-3-405b", "llama-3.1-405b", 15.6e12 },
    };

    [Theory]
    [MemberData(nameof(Trained))]
    public void Steps_times_batch_are_the_published_tokens_and_the_shape_is_the_published_one(string name, string shape, double tokens)
    {
        var recipe = RecipeLoader.Load(name);
        recipe.Plan.Only.ShouldBeTrue();
        var plan = TrainingPlan.Make(recipe, Accelerator.Find(recipe.Plan.Gpu!));
        Math.Abs(plan.Tokens - tokens).ShouldBeLessThanOrEqualTo(recipe.TokensPerStep);
        plan.Steps.ShouldBe(recipe.Training.Steps);
        plan.Fits.ShouldBeTrue();
        plan.Layout.Devices.ShouldBe(recipe.Plan.Gpus!.Value);
        var published = LlamaShapes.All[shape];
        plan.Config.ShouldBe(published with { ContextLength = plan.Config.ContextLength, RopeScaling = null });
        recipe.ContextLength.ShouldBe(recipe.Data.SequenceLength);
    }

    [Fact]
    public void Llama_1_65b_at_380_tokens_a_second_on_2048_A100_takes_about_21_days()
    {
        var plan = TrainingPlan.Make(RecipeLoader.Load("llama-1-65b", ["plan.gpus=2048"]), Accelerator.Find("a100"), tokensPerSecond: 380);
        (plan.Hours / 24).ShouldBe(21, 0.5);
        plan.Mfu.ShouldBe(0.496, 0.004);
        plan.TokensPerSecond.ShouldBe(380, 1e-9);
    }

    [Fact]
    public void One_utilisation_gives_Llama_2s_hours_within_2_percent_in_all_and_15_by_size()
    {
        var total = 0.0;
        foreach (var (name, published) in Llama2Hours)
        {
            var hours = TrainingPlan.Make(RecipeLoader.Load(name, ["plan.mfu=0.432"]), Accelerator.Find("a100")).DeviceHours;
            (hours / published).ShouldBe(1, 0.15, name);
            total += hours;
        }
        Llama2Hours.Sum(size => size.Hours).ShouldBe(3_311_616);
        (total / 3_311_616).ShouldBe(1, 0.02);
    }

    [Fact]
    public void Llama_3s_400_teraflops_are_a_share_of_each_peak_that_was_quoted()
    {
        var recipe = RecipeLoader.Load("llama-3-405b");
        var plan = TrainingPlan.Make(recipe, Accelerator.Find("h100"), tokensPerSecond: 400e12 / ModelFlops.TrainingPerToken(LlamaShapes.All["llama-3.1-405b"], 8192));
        plan.FlopsPerSecond.ShouldBe(400e12, 1);
        plan.Device.Peaks.Select(peak => (peak.Format, Math.Round(100 * plan.FlopsPerSecond / peak.Flops, 1))).ShouldBe(
            [("bf16 dense", 40.4), ("bf16 sparse, or fp8 dense", 20.2), ("fp8 sparse", 10.1)]);
        // The paper's own budget is 3.8e25 by 6ND, and the ramp's three batches are 4, 8 and 16 M tokens.
        (6 * plan.Parameters * plan.Tokens).ShouldBe(3.8e25, 0.01e25);
        plan.Phases.Select(phase => (phase.BatchTokens >> 20, phase.SequenceLength)).ShouldBe([(4L, 4096), (8L, 8192), (16L, 8192)]);
        (recipe.Optimizer.LearningRate * recipe.Schedule.FinalFraction).ShouldBe(8e-7, 1e-18);
        recipe.Schedule.DecaySteps.ShouldBe(1_200_000);
    }

    [Theory]
    [InlineData("llama-3-8b", 1.3e6)]
    [InlineData("llama-3-70b", 6.4e6)]
    public void Llama_3s_hours_are_those_that_its_recipes_utilisation_was_taken_from(string name, double hours) =>
        TrainingPlan.Make(RecipeLoader.Load(name), Accelerator.Find("h100")).DeviceHours.ShouldBe(hours, 0.01 * hours);

    [Theory]
    [InlineData("llama-1-7b", 3e-4)]
    [InlineData("llama-1-13b", 3e-4)]
    [InlineData("llama-1-33b", 1.5e-4)]
    [InlineData("llama-1-65b", 1.5e-4)]
    [InlineData("llama-2-13b", 3e-4)]
    [InlineData("llama-2-34b", 1.5e-4)]
    [InlineData("llama-2-70b", 1.5e-4)]
    public void Llama_1_and_2_are_trained_as_published(string name, double rate)
    {
        var recipe = RecipeLoader.Load(name);
        (recipe.Optimizer.LearningRate, recipe.Optimizer.Beta1, recipe.Optimizer.Beta2, recipe.Optimizer.WeightDecay, recipe.Optimizer.MaxGradNorm).ShouldBe((rate, 0.9, 0.95, 0.1, 1.0));
        (recipe.Schedule.WarmupSteps, recipe.Schedule.FinalFraction, recipe.TokensPerStep).ShouldBe((2000, 0.1, 4L << 20));
    }

    [Theory]
    [InlineData("stories15m", 15_191_712, 131_072)]
    [InlineData("stories42m", 41_689_600, 131_072)]
    [InlineData("stories110m", 109_529_856, 131_072)]
    public void The_story_recipes_have_the_published_sizes(string name, long parameters, long tokensPerStep)
    {
        var recipe = RecipeLoader.Load(name);
        PlannedModel.Of(recipe, 32000).ParameterCount.ShouldBe(parameters);
        (recipe.TokensPerStep, recipe.Training.Steps, recipe.Plan.Only).ShouldBe((tokensPerStep, 100_000, false));
    }
}
