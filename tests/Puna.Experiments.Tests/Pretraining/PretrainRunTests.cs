using System.Text.Json;
using Puna.Experiments.Runs;
using Puna.Inference;
using Puna.Models;
using Puna.Tensors;

namespace Puna.Experiments.Tests.Pretraining;

/// <summary>A whole run: what it leaves behind and what it says.</summary>
public class PretrainRunTests
{
    private static readonly string[] Part = ["loss", "perplexity", "accuracy", "bits_per_byte"];
    private static readonly string[] Account = ["effective_training_time", "elapsed_seconds", "lost_seconds", "restarts", "skipped_steps"];

    [Fact]
    public void A_finished_run_leaves_what_the_documentation_lists()
    {
        using var mini = new MiniRun();
        mini.Run().ShouldNotBeNull();
        Directory.EnumerateFileSystemEntries(mini.Output).Select(Path.GetFileName).Order().ShouldBe(["best", "metrics.jsonl", "model", "recipe.yaml", "report.html", "result.json", "samples.jsonl", "tensorboard"]);
        foreach (var model in (string[])["best", "model"])
            Directory.EnumerateFiles(mini[model]).Select(Path.GetFileName).Order().ShouldBe(["config.json", "model.safetensors", "tokenizer.model", "tokenizer_config.json"]);
        RunFolder.Read(mini.Output).ReadRecipe().ShouldBe(mini.Recipe);
        mini.Display.Stages.ShouldBe(["read the text", "tokenizer", "pretrain", "evaluate"]);
    }

    [Fact]
    public void The_result_has_exactly_the_promised_keys_and_is_kept_in_the_folder()
    {
        using var mini = new MiniRun();
        var result = mini.Run()!;
        File.ReadAllText(mini["result.json"]).ShouldBe(result + "\n");
        result.ShouldNotContain("\n");
        var json = JsonDocument.Parse(result).RootElement;
        json.EnumerateObject().Select(property => property.Name).ShouldBe(
            [.. Part.Select(name => "val_" + name), .. Part.Select(name => "test_" + name), "unigram_loss", "bigram_loss", "tokens_per_second", "seconds", .. Account, "model_path"]);
        json.GetProperty("model_path").GetString().ShouldBe(mini["model"]);
        foreach (var part in (string[])["val_", "test_"])
        {
            json.GetProperty(part + "perplexity").GetDouble().ShouldBe(Math.Exp(json.GetProperty(part + "loss").GetDouble()), 1e-9);
            json.GetProperty(part + "accuracy").GetDouble().ShouldBeInRange(0, 1);
        }
    }

    [Fact]
    public void Without_a_test_share_there_are_no_test_figures()
    {
        using var mini = new MiniRun("data.split=[0.9, 0.1]", "training.steps=2");
        JsonDocument.Parse(mini.Run()!).RootElement.EnumerateObject().Select(property => property.Name).ShouldBe(
            [.. Part.Select(name => "val_" + name), "unigram_loss", "bigram_loss", "tokens_per_second", "seconds", .. Account, "model_path"]);
    }

    [Fact]
    public void The_metrics_have_every_step_and_every_evaluation_once()
    {
        using var mini = new MiniRun("training.eval_every=12");
        var json = JsonDocument.Parse(mini.Run()!).RootElement;
        var lines = MetricsLog.Read(mini["metrics.jsonl"]);
        lines.Where(line => line.Split == MetricsSplit.Train).Select(line => line.Step).ShouldBe(Enumerable.Range(1, 30).Select(step => (long)step));
        var evaluations = lines.Where(line => line.Split == MetricsSplit.Validation).ToArray();
        evaluations.Select(line => line.Step).ShouldBe([12, 24, 30]);
        lines[0].Loss!.Value.ShouldBeGreaterThan(2);
        lines[0].GradNorm!.Value.ShouldBeGreaterThan(0);
        lines[0].LearningRate!.Value.ShouldBe(0.0006, 1e-12);
        lines[0].Tokens.ShouldBe(128);
        evaluations.Min(line => line.Loss!.Value).ShouldBe(json.GetProperty("val_loss").GetDouble(), 1e-9);
        evaluations.MinBy(line => line.Loss)!.BitsPerByte!.Value.ShouldBe(json.GetProperty("val_bits_per_byte").GetDouble(), 1e-9);
    }

    [Fact]
    public void Evaluations_on_the_way_may_be_capped_the_last_one_takes_all()
    {
        using var mini = new MiniRun("training.eval_tokens=40", "training.steps=10");
        var json = JsonDocument.Parse(mini.Run()!).RootElement;
        var evaluation = MetricsLog.Read(mini["metrics.jsonl"]).Single(line => line.Split == MetricsSplit.Validation);
        evaluation.Tokens.ShouldBe(32); // two windows of 16
        evaluation.Loss!.Value.ShouldNotBe(json.GetProperty("val_loss").GetDouble());
    }

    [Fact]
    public void The_report_opens_offline_and_has_baselines_curves_settings_and_samples()
    {
        using var mini = new MiniRun();
        mini.Run();
        var report = File.ReadAllText(mini["report.html"]);
        foreach (var part in (string[])["<svg", "Unigram", "Bigram", "the finished model", "hidden_size"]) report.ShouldContain(part);
        report.ShouldNotContain("src=\"http");
        report.ShouldNotContain("href=\"http");
    }

    [Fact]
    public void The_model_of_the_run_speaks()
    {
        using var mini = new MiniRun();
        mini.Run();
        using var device = new CpuDevice(1);
        using var generator = new TextGenerator(ModelFolder.Load(mini["model"]), device);
        generator.Complete(generator.Encode("the "), SamplingOptions.Greedy, new GenerationOptions { MaxOutputTokens = 10 }).Length.ShouldBe(10);
    }

    [Fact]
    public void A_model_that_does_not_beat_the_bigram_is_called_out_on_the_terminal_and_in_the_report()
    {
        using var weak = new MiniRun("training.steps=2");
        weak.Run();
        weak.Display.All.ShouldContain("WARNING: this model does not beat the bigram");
        File.ReadAllText(weak["report.html"]).ShouldContain("This model does not beat the bigram");
        using var strong = new MiniRun("training.steps=400", "model.dropout=0", "training.eval_every=100", "data.sequence_length=32", "training.gradient_accumulation=1", "training.batch_size=8", "optimizer.learning_rate=1e-2");
        var json = JsonDocument.Parse(strong.Run()!).RootElement;
        json.GetProperty("val_loss").GetDouble().ShouldBeLessThan(json.GetProperty("bigram_loss").GetDouble());
        strong.Display.All.ShouldNotContain("WARNING");
        strong.Display.All.ShouldContain("bigram");
        File.ReadAllText(strong["report.html"]).ShouldNotContain("This model does not beat the bigram");
    }

    [Theory]
    [InlineData("bpe", 60)]
    [InlineData("unigram", 30)]
    public void Training_in_bf16_and_a_tokenizer_of_pieces_run_too(string type, int pieces)
    {
        using var mini = new MiniRun("training.precision=bf16", "training.steps=3", $"tokenizer.type={type}", $"tokenizer.vocab_size={pieces}");
        JsonDocument.Parse(mini.Run()!).RootElement.GetProperty("val_loss").GetDouble().ShouldBeInRange(2.5, 6);
    }

    [Fact]
    public void The_same_recipe_gives_the_same_model_and_another_seed_another()
    {
        using var mini = new MiniRun("training.steps=5");
        mini.Run(output: mini.Folder("one"));
        mini.Run(output: mini.Folder("two"));
        mini.Recipe = mini.Recipe with { Training = mini.Recipe.Training with { Seed = 6 } };
        mini.Run(output: mini.Folder("three"));
        byte[] Weights(string run) => File.ReadAllBytes(mini.Folder(run + "/model/model.safetensors"));
        Weights("two").ShouldBe(Weights("one"));
        Weights("three").ShouldNotBe(Weights("one"));
    }
}
