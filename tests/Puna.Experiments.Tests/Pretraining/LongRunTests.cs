using System.Text.Json;
using Puna.Experiments.Pretraining;
using Puna.Experiments.Recipes;
using Puna.Tests;

namespace Puna.Experiments.Tests.Pretraining;

/// <summary>The recipes with a figure to reach, trained whole on Tiny Shakespeare.</summary>
[Trait("Category", "Long")]
public class LongRunTests
{
    /// <summary>What another seed changes as well: bf16 products must not cost more.</summary>
    private const double Noise = 0.02;

    [SkippableFact]
    public void The_student_report_is_reproduced()
    {
        var figures = Train("student-shakespeare");
        figures["test_perplexity"].ShouldBeLessThanOrEqualTo(18.0);
        figures["test_accuracy"].ShouldBeGreaterThanOrEqualTo(0.26);
        figures["val_loss"].ShouldBeLessThan(figures["bigram_loss"]);
        figures["bigram_loss"].ShouldBeLessThan(figures["unigram_loss"]);
        Train("student-shakespeare", "training.precision=bf16")["val_loss"].ShouldBe(figures["val_loss"], Noise);
    }

    [SkippableFact]
    public void The_small_character_budget_reaches_its_loss()
    {
        var figures = Train("nanogpt-char-cpu");
        figures["val_loss"].ShouldBeLessThanOrEqualTo(1.70);
        figures["val_loss"].ShouldBeLessThan(figures["bigram_loss"]);
        Train("nanogpt-char-cpu", "training.precision=bf16")["val_loss"].ShouldBe(figures["val_loss"], Noise);
    }

    /// <summary>Trains on the processor, as the recipe says, and gives the numbers of the result.</summary>
    private static Dictionary<string, double> Train(string recipe, params string[] settings)
    {
        var text = SharedData.Shared("data/corpora/tinyshakespeare.txt");
        using var folder = new TemporaryFolder();
        var result = PretrainRun.Run(RecipeLoader.Load(recipe, settings, [text]), new RunOptions(folder["run"], Device: "cpu"), new HeardDisplay()).ShouldNotBeNull();
        using var json = JsonDocument.Parse(result);
        return json.RootElement.EnumerateObject().Where(field => field.Value.ValueKind == JsonValueKind.Number).ToDictionary(field => field.Name, field => field.Value.GetDouble());
    }
}
