using System.Diagnostics;
using Puna.Evaluation;
using Puna.Experiments.Pretraining;
using Puna.Experiments.Recipes;
using Puna.Experiments.Reports;
using Puna.Experiments.Runs;
using Puna.Inference;
using Puna.Models;
using Puna.Tensors;
using Puna.Text;
using Puna.Training;

namespace Puna.Experiments.Quickstart;

/// <summary>
/// From nothing to a model that tells stories and answers questions about them: corpus, tokenizer, pretraining, fine-tuning,
/// evaluation, samples, report. With a text of one's own it stops after pretraining, since nobody wrote questions about that text.
/// </summary>
public sealed class QuickstartRun
{
    private readonly QuickstartOptions _options;
    private readonly IRunDisplay _display;
    private readonly CancellationToken _cancellation;
    private readonly Recipe _recipe;

    private QuickstartRun(QuickstartOptions options, Recipe recipe, IRunDisplay display, CancellationToken cancellation) =>
        (_options, _recipe, _display, _cancellation) = (options, recipe, display, cancellation);

    /// <summary>Runs to the end.</summary>
    /// <param name="options">Where and with what.</param>
    /// <param name="display">Where to say what happens.</param>
    /// <param name="cancellation">Stops after the present step.</param>
    /// <returns>The result; null where it was stopped.</returns>
    /// <exception cref="InvalidDataException">Folder, data or machine do not allow it.</exception>
    /// <exception cref="IOException">The disk is full or not writable.</exception>
    public static QuickstartResult? Run(QuickstartOptions options, IRunDisplay display, CancellationToken cancellation = default)
    {
        RunFolder.Check(options.Output, options.Mode);
        if (options.Data is not null) return OwnText.Run(options, display, cancellation);
        var recipe = RecipeLoader.Load("quickstart", [$"training.seed={options.Seed}"]);
        try
        {
            return new QuickstartRun(options, recipe, display, cancellation).Execute();
        }
        catch (OperationCanceledException)
        {
            display.Say($"stopped; start again with --output {options.Output} --overwrite");
            return null;
        }
    }

    private QuickstartResult Execute()
    {
        var clock = Stopwatch.StartNew();
        var (device, reason) = Device.Open(_options.Device, _options.Threads);
        using var opened = device;
        var precision = PrecisionChoice.Of(_options.Precision, _display);
        _display.Say(reason);
        _display.Say($"{_recipe.Training.Steps} steps of pretraining and {QuickstartPlan.FineTuningSteps} of fine-tuning: about {QuickstartPlan.ExpectedSeconds} seconds on two full cores");
        var run = RunFolder.Open(_options.Output, _options.Mode);

        _display.Stage("write the corpus");
        var data = new QuickstartData(_options.Seed);
        run.WriteRecipe(_recipe with { Data = _recipe.Data with { Train = [new DataSource(run.CorpusPath)] } });
        Puna.Text.AtomicFile.WriteText(run.CorpusPath, data.Corpus);
        _display.Say($"{Figures.Count(data.Stories.Count)} stories with interviews, and {data.HeldOut.Count} held out that never occur in training");

        _display.Stage("train the tokenizer");
        var tokenizer = data.TrainTokenizer(_recipe.Tokenizer.VocabSize!.Value, new Share(_display), _cancellation);
        var documents = data.Encode(tokenizer);
        _display.Say($"vocabulary {tokenizer.VocabularySize}, {Figures.Count(documents.Sum(ids => (long)ids.Length))} tokens, as in: {Pieces(tokenizer, data.HeldOut[0].Text)}");

        _display.Stage("pretrain");
        var network = LanguageNetwork.Create(NetworkConfig.Of(_recipe, tokenizer));
        network.Initialize((ulong)_options.Seed);
        var rows = data.HeldOutRows(tokenizer, _recipe.Data.SequenceLength);
        using var metrics = RunMetrics.Open(run, _recipe, "Quickstart", network.Config, device, precision, $"puna quickstart --overwrite --output {_options.Output}", _display);
        using var scorer = new ModelScorer(network, device, precision);
        var stage = new TrainedStage(device, precision, metrics, _display, _cancellation);
        var packed = SequencePacker.Pack(documents.Select(ids => new TrainingSample(ids)), _recipe.Data.SequenceLength);
        var outcome = stage.Train("pretrain", network, packed.Rows, TrainerSettings.Of(_recipe, precision), _recipe.Training.EvalEvery, () => scorer.Score(rows));
        var score = scorer.Score(rows);
        var baselines = QuickstartData.Baselines(documents, rows, tokenizer.VocabularySize);
        _display.Say($"held-out stories: loss {Figures.Loss(score.Loss)} (bigram {Figures.Loss(baselines.Bigram.Loss)}, unigram {Figures.Loss(baselines.Unigram.Loss)}), accuracy {Figures.Share(score.Accuracy)}");
        if (score.Loss >= baselines.Bigram.Loss) _display.Say("WARNING: this model does not beat the bigram: it has not learned to look further back than one token");
        AtomicFolder.Write(run.BasePath, folder => ModelFolder.Save(folder, new LanguageModel(network, tokenizer, null)));

        _display.Stage("tell stories");
        var samples = TellStories(network, tokenizer, device, data);
        foreach (var sample in QuickstartReport.Shown(samples)) metrics.Sample(_recipe.Training.Steps, sample);
        _display.Say($"of {samples.Stories.Count} stories {Figures.Share(samples.Consistent)} obey the world's rules, {Figures.Share(samples.Novel)} do not occur in training");

        _display.Stage("fine-tune on questions");
        var template = ChatTemplates.Llama2;
        var conversations = data.Conversations(tokenizer, template, network.Config.ContextLength);
        stage.Train("finetune", network, conversations.Rows, FineTuning(precision), 0, null);
        var model = new LanguageModel(network, tokenizer, template);
        AtomicFolder.Write(run.ModelPath, folder => ModelFolder.Save(folder, model));

        _display.Stage("ask about held-out stories");
        using var generator = new TextGenerator(model, device);
        var exam = QuestionExam.Take(generator, data.HeldOut, _display.Progress, _cancellation);
        exam.Save(run.HeldOutPath);
        _display.Say($"{Figures.Count(exam.Answers.Count)} questions: {Figures.Share(exam.Accuracy)} exact; without the story {Figures.Share(exam.WithoutStory)}, with another {Figures.Share(exam.OtherStory)}, most frequent answer {Figures.Share(exam.MostFrequent)}");

        _display.Stage("write smaller files");
        var full = new DirectoryInfo(run.BasePath).EnumerateFiles("*.safetensors").Sum(file => file.Length);
        var files = SmallFile.WriteAll(run.BasePath, run.GgufPath, rows, device, precision, _display, _cancellation);
        _display.Say($"held-out perplexity: {Figures.Perplexity(Math.Exp(score.Loss))} in {Figures.Bytes(full)} of F32, {string.Join(", ", files.Select(file => $"{Figures.Perplexity(file.Perplexity)} in {Figures.Bytes(file.Bytes)} of {file.Type}"))}");

        var result = new QuickstartResult(score.Loss, score.Accuracy, baselines.Unigram.Loss, baselines.Bigram.Loss, exam, samples, files, outcome.TokensPerSecond, clock.Elapsed.TotalSeconds, run.BasePath, run.ModelPath);
        metrics.Dispose();
        QuickstartReport.Write(_recipe, run, network.Config, device, precision, result, score, baselines, metrics);
        Puna.Text.AtomicFile.WriteText(run.ResultPath, result.ToJson() + "\n");
        _display.Stage("done");
        _display.Say($"report  {run.ReportPath}");
        _display.Say($"talk    puna chat --model {run.ModelPath}");
        _display.Say($"stories puna generate --model {run.BasePath}");
        return result;
    }

    private StorySamples TellStories(LanguageNetwork network, Tokenizer tokenizer, Device device, QuickstartData data)
    {
        using var generator = new TextGenerator(new LanguageModel(network, tokenizer, null), device);
        return StorySamples.Tell(generator, data.Stories.Select(story => story.Text).ToHashSet(StringComparer.Ordinal), _options.Seed, _display.Progress, _cancellation);
    }

    private TrainerOptions FineTuning(Precision precision) => new()
    {
        Steps = QuickstartPlan.FineTuningSteps,
        BatchSize = QuickstartPlan.FineTuningBatch,
        Precision = precision,
        Seed = (ulong)_options.Seed,
        Schedule = new LearningRateSchedule(ScheduleShape.Cosine, QuickstartPlan.FineTuningRate, 20, QuickstartPlan.FineTuningSteps, 0.05),
    };

    private static string Pieces(Tokenizer tokenizer, string text) => string.Join(' ', tokenizer.Encode(text).Take(12).Select(tokenizer.IdToPiece)) + " …";

    private sealed class Share(IRunDisplay display) : IProgress<double>
    {
        public void Report(double value) => display.Progress(value);
    }
}
