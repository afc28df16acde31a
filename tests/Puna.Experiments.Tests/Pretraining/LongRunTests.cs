using System.Text.Json;
using Puna.Experiments.Pretraining;
using Puna.Experiments.Recipes;
using Puna.Tests;

namespace Puna.Experiments.Tests.Pretraining;

/// <summary>The recipes with a figure to reach, trained whole on Tiny Shakespeare.</summary>
[Trait("Category", "Long")]
public class LongRunTests
{
    [SkippableFact]
    public void The_student_report_is_reproduced()
    {
        var figures = Train("student-shakespeare");
        figures["test_perplexity"].ShouldBeLessThanOrEqualTo(18.0);
        figures["test_accuracy"].ShouldBeGreaterThanOrEqualTo(0.26);
        figures["val_loss"].ShouldBeLessThan(figures["bigram_loss"]);
        figures["bigram_loss"].ShouldBeLessThan(figures["unigram_loss"]);
    }

    [SkippableFact]
    public void The_small_character_budget_reaches_its_loss()
    {
        var figures = Train("nanogpt-char-cpu");
        figures["val_loss"].ShouldBeLessThanOrEqualTo(1.70);
        figures["val_loss"].ShouldBeLessThan(figures["bigram_loss"]);
    }

    /// <summary>Trains on the processor, as the recipe says, and gives the numbers of the result.</summary>
    private static Dictionary<string, double> Train(string recipe)
    {
        var text = SharedData.Shared("data/corpora/tinyshakespeare.txt");
        using var folder = new TemporaryFolder();
        var result = PretrainRun.Run(RecipeLoader.Load(recipe, [], [text]), new RunOptions(folder["run"], Device: "cpu"), new HeardDisplay()).ShouldNotBeNull();
        using var json = JsonDocument.Parse(result);
        return json.RootElement.EnumerateObject().Where(field => field.Value.ValueKind == JsonValueKind.Number).ToDictionary(field => field.Name, field => field.Value.GetDouble());
    }
}
