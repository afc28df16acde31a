using Puna.Evaluation;
using Puna.Experiments.Planning;
using Puna.Experiments.Recipes;
using Puna.Experiments.Reports;
using Puna.Experiments.Runs;
using Puna.Experiments.Suspects;
using Puna.Models;
using Puna.Tensors;
using Puna.Text;
using Puna.Training;

namespace Puna.Experiments.Pretraining;

/// <summary>
/// A whole pretraining run from a recipe: text, tokenizer, split, baselines, training with evaluations and checkpoints, the best
/// model, its report. Everything lands in a run folder (docs/run-folder.md).
/// </summary>
public sealed class PretrainRun
{
    private readonly Recipe _recipe;
    private readonly RunOptions _options;
    private readonly IRunDisplay _display;

    private PretrainRun(Recipe recipe, RunOptions options, IRunDisplay display) => (_recipe, _options, _display) = (recipe, options, display);

    /// <summary>Runs to the end, or to a cancellation, which leaves a checkpoint to resume from.</summary>
    /// <param name="recipe">With data.</param>
    /// <param name="options">Where and on what.</param>
    /// <param name="display">Where to say what happens.</param>
    /// <param name="cancellation">Stops after the present step.</param>
    /// <returns>The result as JSON; null where the run was stopped.</returns>
    /// <exception cref="InvalidDataException">Recipe, data, folder or machine do not allow the run; nothing was written.</exception>
    /// <exception cref="IOException">The disk is full or not writable.</exception>
    public static string? Run(Recipe recipe, RunOptions options, IRunDisplay display, CancellationToken cancellation = default)
    {
        PlannedModel.RefuseToRun(recipe);
        recipe.RequireData();
        if (options.Mode == RunFolderMode.Resume && RunFolder.IsRunFolder(options.Output) && RunFolder.Read(options.Output) is { IsFinished: true } finished)
        {
            display.Say($"the run in {options.Output} is finished; its model is {finished.ModelPath}");
            return File.ReadAllText(finished.ResultPath).TrimEnd();
        }
        return new PretrainRun(StreamedSettings.IsNeeded(recipe) ? StreamedSettings.Documents(recipe) : recipe, options, display).Execute(cancellation);
    }

    private string? Execute(CancellationToken cancellation)
    {
        var clock = new TrainingClock();
        RunFolder.Check(_options.Output, _options.Mode);
        using var before = RunFolder.IsRunFolder(_options.Output) ? RunFolder.Read(_options.Output).Lock() : null;
        var point = ResumePoint.Find(_options, _recipe, _display);
        var (device, reason) = Device.Open(_options.Device, _options.Threads);
        using var opened = device;
        _display.Say(reason);
        var precision = PrecisionChoice.Of(_recipe.Training.Precision, _display);

        var (tokenizer, split, corpus) = StreamedSettings.IsNeeded(_recipe) ? Stream(cancellation) : Read(cancellation);
        using var streamed = corpus;
        _display.Say($"vocabulary {tokenizer.VocabularySize}; {Figures.Count(split.TrainingTokens)} training tokens, {Figures.Count(split.Validation.Rows.LabelCount)} scored for validation"
            + (split.Test is { } test ? $", {Figures.Count(test.Rows.LabelCount)} for test" : ""));

        var config = NetworkConfig.Of(_recipe, tokenizer);
        var settings = TrainerSettings.Of(_recipe, precision);
        MemoryPlan.For(config, settings, device, _recipe.Data.SequenceLength, (streamed is null ? split.TrainingTokens : 0) + (3 * split.Validation.Rows.LabelCount)).Require();
        cancellation.ThrowIfCancellationRequested();

        var run = RunFolder.Open(_options.Output, _options.Mode);
        run.WriteRecipe(_recipe);
        using var inUse = before is null ? run.Lock() : null;
        _display.Say($"run folder {run.Root}");
        var (baselines, testBaselines) = split.Baselines(tokenizer.VocabularySize);
        var network = ModelDefects.Apply(_recipe.Model, LanguageNetwork.Create(config), _display);
        network.Initialize((ulong)_recipe.Training.Seed);
        var model = new LanguageModel(network, tokenizer, null);
        using var trainer = new Trainer(network, device, split.Training, settings);

        using var stage = new PretrainStage(_recipe, run, model, trainer, device, precision, split.Validation, clock, _display) { Baselines = baselines };
        _display.Stage("pretrain");
        _display.Say($"{Figures.Count(config.ParameterCount)} parameters, {Figures.Count(_recipe.TokensPerStep)} tokens a step, {Figures.Count(_recipe.Training.Steps)} steps");
        if (_options.Mode == RunFolderMode.Resume) stage.Resume(point, _options.AllowChangedRecipe);
        var outcome = stage.Train(cancellation);
        if (!outcome.Finished)
        {
            _display.Stage("stopped"); // so that the way to go on stands last
            _display.Say($"stopped at step {trainer.Step} with a checkpoint; go on with: puna pretrain --resume --output {_options.Output}");
            return null;
        }
        return Finish(run, model, device, precision, split, streamed?.Table, stage, outcome, baselines, testBaselines);
    }

    /// <summary>All text in memory.</summary>
    private (Tokenizer Tokenizer, CorpusSplit Split, StreamedCorpus? Streamed) Read(CancellationToken cancellation)
    {
        _display.Stage("read the text");
        var texts = _recipe.Data.Train.Select(source => TextFile.Read(source.Path)).ToArray();
        _display.Say($"{texts.Length} {(texts.Length == 1 ? "file" : "files")}, {Figures.Count(texts.Sum(text => (long)text.Length))} characters");
        _display.Stage("tokenizer");
        var tokenizer = TokenizerChoice.Make(_recipe.Tokenizer, string.Join('\n', texts), _display, cancellation);
        return (tokenizer, CorpusSplit.Make(_recipe, texts, tokenizer), null);
    }

    /// <summary>Shards on disk: those of data.shards, else the run's own, which are written anew where they do not fit, unless the run was begun with them.</summary>
    private (Tokenizer Tokenizer, CorpusSplit Split, StreamedCorpus? Streamed) Stream(CancellationToken cancellation)
    {
        var reuse = _recipe.Data.Shards is not null || _options.Mode == RunFolderMode.Resume ? ShardReuse.Require : ShardReuse.Replace;
        var isNew = !Directory.Exists(_options.Output);
        try
        {
            var (shards, tokenizer) = ShardPreparation.Prepare(_recipe, _recipe.Data.Shards ?? RunFolderNames.ShardsOf(_options.Output), reuse, _options.Threads, _display, cancellation);
            var corpus = StreamedCorpus.Open(_recipe, shards, tokenizer, _display);
            return (tokenizer, corpus.Split, corpus);
        }
        catch when (isNew && Directory.Exists(_options.Output) && !ShardFolder.Exists(RunFolderNames.ShardsOf(_options.Output)))
        {
            Directory.Delete(_options.Output, recursive: true); // nothing is in it; finished shards would be kept for the next try
            throw;
        }
    }

    /// <summary>The model of the run is the one with the lowest validation loss; it is scored whole on validation and test.</summary>
    private string Finish(RunFolder run, LanguageModel model, Device device, Precision precision, CorpusSplit split, TableSection? data, PretrainStage stage, TrainingOutcome outcome, BaselineScores baselines, BaselineScores? testBaselines)
    {
        _display.Stage("evaluate");
        using (var weights = new HuggingFaceWeights(run.BestPath)) weights.CopyTo(model.Network);
        using var scorer = new ModelScorer(model.Network, device, precision);
        PartScore Score(HeldOutPart part)
        {
            var score = scorer.Score(part.Rows);
            return new PartScore(score.Loss, score.Accuracy, part.BitsPerByte(score.Loss));
        }
        var validation = Score(split.Validation);
        var test = split.Test is { } part ? Score(part) : null;
        AtomicFolder.Write(run.ModelPath, folder => ModelFolder.Save(folder, model));
        stage.SampleFinished();
        var result = new PretrainResult(validation, test, baselines.Unigram.Loss, baselines.Bigram.Loss, outcome.TokensPerSecond, outcome.Seconds, run.ModelPath) { Account = stage.Account };
        PretrainReport.Write(_recipe, run, model, device, precision, result, baselines, testBaselines, stage.Samples, stage.Metrics, data);
        Puna.Text.AtomicFile.WriteText(run.ResultPath, result.ToJson() + "\n");
        stage.DeleteCheckpoints();
        PretrainReport.Say(_display, model, result, baselines, testBaselines);
        _display.Say($"report {run.ReportPath}");
        _display.Say($"model {run.ModelPath}; try: puna generate --model {run.ModelPath} --prompt \"…\"");
        return result.ToJson();
    }
}
