using System.Runtime.InteropServices;
using Puna.Evaluation;
using Puna.Experiments.Recipes;
using Puna.Experiments.Reports;
using Puna.Experiments.Runs;
using Puna.Models;
using Puna.Tensors;

namespace Puna.Experiments.Pretraining;

/// <summary>What a pretraining run says at its end, on the terminal and as a page.</summary>
internal static class PretrainReport
{
    public static void Write(Recipe recipe, RunFolder run, LanguageModel model, Device device, Precision precision, PretrainResult result, BaselineScores baselines, BaselineScores? testBaselines, IReadOnlyList<ReportSample> samples, RunMetrics metrics, TableSection? data = null) =>
        TrainingReport.Build(new TrainingReportData(recipe, metrics.Curves(), Model(result, model), Baseline("Unigram", baselines.Unigram, testBaselines?.Unigram), Baseline("Bigram", baselines.Bigram, testBaselines?.Bigram))
        {
            Samples = samples,
            Data = data,
            Environment = [.. Environment(device, precision), .. metrics.Environment],
            ParameterCount = model.Network.Config.ParameterCount,
            TokensPerSecond = result.TokensPerSecond,
            Seconds = result.Seconds,
            Account = result.Account,
            ModelPath = run.ModelPath,
        }).Save(run.ReportPath);

    /// <summary>The baselines beside the model, and a loud line where the model is no better.</summary>
    public static void Say(IRunDisplay display, LanguageModel model, PretrainResult result, BaselineScores baselines, BaselineScores? testBaselines)
    {
        var name = model.Network.Config.ModelType;
        Part(display, "validation", name, result.Validation, baselines);
        if (result.Test is { } test && testBaselines is { } scores) Part(display, "test", name, test, scores);
        if (result.Validation.Loss >= baselines.Bigram.Loss) display.Say("WARNING: this model does not beat the bigram: it has not learned to look further back than one token");
    }

    public static List<(string Name, string Value)> Environment(Device device, Precision precision) =>
    [
        ("Processor", HardwareProbe.ProcessorName),
        ("Device", $"{device.Name}, {device.Description}"),
        ("Precision", precision == Precision.BFloat16 ? "bf16" : "fp32"),
        ("System", $"{RuntimeInformation.OSDescription}, {RuntimeInformation.FrameworkDescription}"),
    ];

    public static ScoredModel Baseline(string name, TokenScore validation, TokenScore? test) =>
        new(name, new Score(validation.Loss, validation.Accuracy), test is { } score ? new Score(score.Loss, score.Accuracy) : null);

    private static ScoredModel Model(PretrainResult result, LanguageModel model) => new(model.Network.Config is Gpt2Config ? "GPT-2" : "Llama", Score(result.Validation), result.Test is { } test ? Score(test) : null);

    private static Score Score(PartScore score) => new(score.Loss, score.Accuracy, score.BitsPerByte);

    private static void Part(IRunDisplay display, string part, string name, PartScore model, BaselineScores baselines)
    {
        display.Say($"{part,-10}  {"loss",8}  {"perplexity",10}  {"accuracy",8}");
        Row(display, name, model.Loss, model.Perplexity, model.Accuracy);
        Row(display, "bigram", baselines.Bigram.Loss, baselines.Bigram.Perplexity, baselines.Bigram.Accuracy);
        Row(display, "unigram", baselines.Unigram.Loss, baselines.Unigram.Perplexity, baselines.Unigram.Accuracy);
    }

    private static void Row(IRunDisplay display, string name, double loss, double perplexity, double accuracy) =>
        display.Say($"{name,-10}  {loss,8:0.0000}  {perplexity,10:0.00}  {accuracy,8:0.0000}");
}
