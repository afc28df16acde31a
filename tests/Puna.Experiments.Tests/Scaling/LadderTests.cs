using Puna.Experiments.Pretraining;
using Puna.Experiments.Recipes;
using Puna.Experiments.Runs;
using Puna.Experiments.Scaling;
using Puna.Experiments.Tests.Pretraining;
using Puna.Models;
using Puna.Tensors;
using Puna.Training;

namespace Puna.Experiments.Tests.Scaling;

/// <summary>Ladders of a few seconds.</summary>
public sealed class LadderTests : IDisposable
{
    private static readonly string[] Tiny =
    [
        "scaling.ladder=[{flops: 3e8, widths: [16, 32, 48]}, {flops: 1.5e9, widths: [32, 16, 48, 64]}]", "scaling.heldout_stories=20", "training.batch_size=2", "data.sequence_length=16",
    ];

    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void The_shipped_ladder_has_four_budgets_of_four_sizes_up_to_about_6e13()
    {
        var runs = LadderRun.All(RecipeLoader.Load("scaling-world"));
        runs.GroupBy(run => run.Budget).Select(group => group.Count()).ShouldBe([4, 4, 4, 4]);
        runs.Max(run => run.Budget!.Value).ShouldBe(5.6e13);
        foreach (var run in runs) (run.Flops / run.Budget!.Value).ShouldBe(1, 0.01, run.Name);
        foreach (var run in runs) run.Flops.ShouldBe(run.Tokens * ModelFlops.TrainingPerToken(run.Config, 128));
        // 20 tokens a parameter lie within the sizes of every budget.
        foreach (var budget in runs.GroupBy(run => run.Budget))
        {
            budget.Max(run => run.Tokens / run.Parameters).ShouldBeGreaterThan(20);
            budget.Min(run => run.Tokens / run.Parameters).ShouldBeLessThan(20);
        }
        runs.Select(run => run.Settings).Distinct().Count().ShouldBe(16);
    }

    [Fact]
    public void Width_alone_decides_a_training()
    {
        var wide = LadderRun.All(RecipeLoader.Load("scaling-world")).First(run => run.Config.HiddenSize == 160);
        (wide.Config.LayerCount, wide.Config.HeadCount, wide.Config.HeadSize, wide.Config.IntermediateSize).ShouldBe((5, 10, 16, 432));
        wide.Recipe.Optimizer.LearningRate.ShouldBe(3e-3 * Math.Sqrt(96.0 / 160), 1e-9);
        ((Puna.Models.LlamaConfig)wide.Config).InitializerRange.ShouldBe(1 / Math.Sqrt(160), 1e-12);
        wide.Recipe.Schedule.FinalFraction.ShouldBe(0.1);
        LadderRun.All(RecipeLoader.Load("scaling-world", ["scaling.ladder=[{flops: 3e10, widths: [32]}]"]))[0].Recipe.Schedule.WarmupSteps.ShouldBe(8);
    }

    [Fact]
    public void One_size_at_1_4_16_and_64_times_Chinchillas_tokens()
    {
        var runs = LadderRun.All(RecipeLoader.Load("scaling-past-chinchilla"));
        runs.Select(run => run.Config).Distinct().Count().ShouldBe(1);
        runs.Select(run => run.Tokens / run.Parameters / 20).Zip([1.0, 4, 16, 64], (multiple, wanted) => multiple / wanted).ShouldAllBe(ratio => Math.Abs(ratio - 1) < 0.03);
    }

    [Fact]
    public void A_small_model_meets_one_four_times_as_large_at_equal_cost()
    {
        var recipe = RecipeLoader.Load("scaling-small-long");
        var results = LadderRun.All(recipe).Select(run => new LadderResult(run, run.Config.HiddenSize == 64 ? 0.7 : 0.8, 1, [])).ToArray();
        (results[0].Run.Parameters / results[1].Run.Parameters).ShouldBe(4, 0.1);
        var comparison = new RunComparison(results, recipe.Scaling.ServeTokens);
        var training = comparison.AtEqualTraining.ShouldHaveSingleItem();
        (training.Smaller, training.Larger).ShouldBe((results[1], results[0]));
        training.Advantage.ShouldBe(0.1, 1e-12);
        comparison.AtEqualLife.ShouldHaveSingleItem().Smaller.ShouldBe(results[2]);
    }

    [Fact]
    public void A_straight_line_over_the_logarithm_is_seen_as_one()
    {
        var runs = LadderRun.All(RecipeLoader.Load("scaling-past-chinchilla"));
        var line = new RunComparison([.. runs.Select(run => new LadderResult(run, 2 - (0.03 * Math.Log2(run.Tokens)), 1, []))], 0).Lines.ShouldHaveSingleItem();
        line.PerDoubling.ShouldBe(0.03, 1e-9);
        line.Fit.ShouldBe(1, 1e-9);
        new RunComparison([.. runs.Select((run, i) => new LadderResult(run, i % 2, 1, []))], 0).Lines[0].Fit.ShouldBeLessThan(0.5);
    }

    [Fact]
    public void The_stream_repeats_no_story_and_holds_none_back_and_gives_the_same_tokens_again()
    {
        var stream = new StoryStream(3, 300, 2, new Progress<double>());
        var first = stream.Read(0, 5000).ToArray();
        stream.Count.ShouldBeGreaterThanOrEqualTo(5000);
        first.Count(id => id == stream.Tokenizer.BosId).ShouldBeGreaterThan(20);
        stream.Read(4000, 1000).ToArray().ShouldBe(first[4000..]);
        new StoryStream(3, 300, 2, new Progress<double>()).Read(0, 5000).ToArray().ShouldBe(first);

        var data = new StreamData(stream, 16);
        var batch = new TokenBatch(2, 16, false);
        data.Fill(batch, 3, 1, 2);
        batch.Ids.Span<int>().ToArray().ShouldBe([.. first[(7 * 32)..(8 * 32)].Select(id => (int)id)]);
        batch.Labels.Span<int>().ToArray().ShouldBe([.. first[((7 * 32) + 1)..((8 * 32) + 1)].Select(id => (int)id)]);
        batch.Positions.Span<int>()[17].ShouldBe(1);
    }

    [Fact]
    public void The_registers_entries_never_change_and_are_met_by_a_power_law()
    {
        var register = new WorldRegister(3);
        register.Entry(17).ShouldBe(new WorldRegister(3).Entry(17));
        register.Entry(17).ShouldNotBe(new WorldRegister(4).Entry(17));
        register.Entry(17).ShouldMatch("^Entry 17: [A-Z][a-z]+ keeps a [a-z]+ [a-z]+ at the [a-z]+\\.$");
        var random = new CounterRandom(1);
        const int Draws = 20_000;
        var numbers = Enumerable.Range(0, Draws).Select(_ => int.Parse(register.Line(random).Split(' ', ':')[1], System.Globalization.CultureInfo.InvariantCulture)).ToArray();
        foreach (var least in (int[])[2, 10, 100, 1000]) (numbers.Count(number => number >= least) / (double)Draws).ShouldBe(Math.Pow(least, -0.3), 0.02);
    }

    [Fact]
    public void A_ladder_trains_fits_reports_and_goes_on_where_it_was_stopped()
    {
        var recipe = RecipeLoader.Load("scaling-world", Tiny);
        var display = new HeardDisplay();
        using (var stop = new CancellationTokenSource())
        {
            display.Staged = stage =>
            {
                if (stage.StartsWith("run 3 ", StringComparison.Ordinal)) stop.Cancel();
            };
            ScalingRun.Run(recipe, Options(), display, null, stop.Token).ShouldBeNull();
        }
        display.All.ShouldContain("puna scaling --resume --output");
        File.ReadLines(_folder["run/ladder.jsonl"]).Count().ShouldBe(2);
        File.AppendAllText(_folder["run/ladder.jsonl"], "{\"name\":\"cut sh");

        var again = new HeardDisplay();
        var result = ScalingRun.Run(recipe, Options(RunFolderMode.Resume), again).ShouldNotBeNull();
        again.Stages.Count(stage => stage.StartsWith("run ", StringComparison.Ordinal)).ShouldBe(5);
        again.Stages.ShouldContain(stage => stage.StartsWith("run 3 of 7", StringComparison.Ordinal));
        result.Results.Count.ShouldBe(7);
        result.Results.ShouldAllBe(run => run.Loss > 0 && run.Loss < 8 && run.Curve.Count > 0);
        result.Fit!.Budgets.Count.ShouldBe(2);
        var report = File.ReadAllText(_folder["run/report.html"]);
        foreach (var part in (string[])["The best size of each budget", "Loss over compute", "All trainings", "<svg"]) report.ShouldContain(part);
        System.Xml.Linq.XDocument.Parse(report.Replace("<!DOCTYPE html>", "")).Root.ShouldNotBeNull();
        System.Text.Json.JsonDocument.Parse(File.ReadAllText(_folder["run/result.json"])).RootElement.GetProperty("runs").GetArrayLength().ShouldBe(7);

        // The same in one go gives the same losses, to the bit; another seed is another ladder, whose results are not taken for these.
        var whole = ScalingRun.Run(recipe, new RunOptions(_folder["whole"], Threads: 1), new SilentDisplay()).ShouldNotBeNull();
        whole.Results.Select(run => run.Loss).ShouldBe(result.Results.Select(run => run.Loss));
        LadderRun.All(RecipeLoader.Load("scaling-world", [.. Tiny, "training.seed=2"]))[0].Settings.ShouldNotBe(result.Results[0].Run.Settings);
    }

    [Fact]
    public void The_largest_budget_is_predicted_before_it_is_trained()
    {
        var recipe = RecipeLoader.Load("scaling-world", [.. Tiny, "scaling.ladder=[{flops: 3e8, widths: [16, 32, 48]}, {flops: 6e8, widths: [16, 32, 48]}, {flops: 1.2e9, widths: [16, 32, 48]}]"]);
        var some = ScalingRun.Run(recipe, Options(), new SilentDisplay(), budgets: 2).ShouldNotBeNull();
        some.Results.Count.ShouldBe(6);
        var display = new HeardDisplay();
        var all = ScalingRun.Run(recipe, Options(RunFolderMode.Resume), display).ShouldNotBeNull();
        all.Results.Count.ShouldBe(9);
        display.Stages.Count(stage => stage.StartsWith("run ", StringComparison.Ordinal)).ShouldBe(3);
        all.Check?.Prediction.ShouldBe(some.Check?.Prediction);
        if (all.Check is null) display.All.ShouldContain("cannot be predicted");
        else all.Check.Measured.ShouldNotBeNull();
        some.Check?.Measured.ShouldBeNull();
    }

    [Theory]
    [InlineData("nothing for puna scaling to train", "tiny-llama")]
    [InlineData("no multiple of 16", "scaling-world", "scaling.ladder=[{flops: 1e12, widths: [40]}]")]
    [InlineData("20 steps at least", "scaling-world", "scaling.ladder=[{flops: 1e9, widths: [32]}]")]
    [InlineData("a budget twice", "scaling-world", "scaling.ladder=[{flops: 1e12, widths: [32]}, {flops: 1e12, widths: [48]}]")]
    [InlineData("give tokenizer.vocab_size", "scaling-world", "tokenizer.type=char", "tokenizer.vocab_size=~", "tokenizer.normalization=~", "tokenizer.remove_extra_whitespaces=~")]
    public void What_cannot_be_trained_is_refused(string sentence, string name, params string[] sets) =>
        Should.Throw<InvalidDataException>(() => LadderRun.All(RecipeLoader.Load(name, sets))).Message.ShouldContain(sentence);

    [Theory]
    [InlineData("none of flops, widths", "scaling.ladder=[{flop: 1e12, widths: [32]}]")]
    [InlineData("an entry without widths", "scaling.ladder=[{flops: 1e12}]")]
    [InlineData("a width twice", "scaling.ladder=[{flops: 1e12, widths: [32, 32]}]")]
    [InlineData("a list of", "scaling.runs=5")]
    public void A_mistyped_ladder_is_refused_with_its_key(string sentence, string set) =>
        Should.Throw<InvalidDataException>(() => RecipeLoader.Load("scaling-world", [set])).Message.ShouldContain(sentence);

    private RunOptions Options(RunFolderMode mode = RunFolderMode.New) => new(_folder["run"], mode, Threads: 1);
}
