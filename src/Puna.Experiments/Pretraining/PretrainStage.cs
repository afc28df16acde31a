using System.Globalization;
using Puna.Evaluation;
using Puna.Experiments.Recipes;
using Puna.Experiments.Reports;
using Puna.Experiments.Runs;
using Puna.Inference;
using Puna.Models;
using Puna.Tensors;
using Puna.Training;

namespace Puna.Experiments.Pretraining;

/// <summary>The training itself, with its log, its evaluations, its samples, its checkpoints and its best model.</summary>
internal sealed class PretrainStage(Recipe recipe, RunFolder run, LanguageModel model, Trainer trainer, Device device, Precision precision, HeldOutPart validation, TrainingClock clock, IRunDisplay display) : IDisposable
{
    private const int FinalSamples = 3;
    private RunMetrics? _metrics;
    private double _secondsBefore;
    private readonly LossSpikes _spikes = new();
    private double _best = double.PositiveInfinity;
    private (int Step, double Loss)? _evaluated;

    /// <summary>Text that the model wrote on the way.</summary>
    public IReadOnlyList<ReportSample> Samples => Metrics.Samples;

    /// <summary>What counting gets, for the report on the way.</summary>
    public required BaselineScores Baselines { get; init; }

    /// <summary>Everything that hears of the figures; from the training on.</summary>
    public RunMetrics Metrics => _metrics ?? throw new InvalidOperationException("the training has not begun");

    /// <summary>What the time of the run went to until now.</summary>
    public TimeAccount Account
    {
        get
        {
            var restarts = RestartLog.Read(run.RestartsPath);
            return new TimeAccount(clock.Spent, restarts.Count, restarts.Sum(restart => restart.LostSteps), trainer.Skipped);
        }
    }

    /// <summary>Goes on from a checkpoint, or says that there is none.</summary>
    public void Resume(ResumePoint? point, bool isChangeAllowed)
    {
        var lines = MetricsLog.ReadWhole(run.MetricsPath);
        if (point is not null)
        {
            RequireSameTokenizer(point.Folder);
            var state = point.Load(trainer, isChangeAllowed);
            (_secondsBefore, _best) = (state.Seconds, state.BestLoss);
            GoOn(lines, state.Time);
            if (double.IsFinite(_best) && !Directory.Exists(run.BestPath))
            {
                _best = double.PositiveInfinity;
                display.Say($"WARNING: {run.BestPath} is gone; the best model is looked for from here on");
            }
            display.Say($"resuming at step {state.Step}");
            return;
        }
        if (lines.Count > 0) GoOn(lines, TimeSpent.None);
        display.Say($"no checkpoint in {run.Root} yet: starting from step 0");
    }

    public TrainingOutcome Train(CancellationToken cancellation)
    {
        try
        {
            return Run(cancellation);
        }
        catch (ArithmeticException exception)
        {
            throw new ArithmeticException($"{exception.Message}; {LastGood()}");
        }
    }

    private TrainingOutcome Run(CancellationToken cancellation)
    {
        _metrics = RunMetrics.Open(run, recipe, recipe.Name, model.Network.Config, device, precision, $"puna pretrain --resume --output {run.Root}", display, trainer.Step, (Baselines.Unigram.Loss, Baselines.Bigram.Loss));
        Metrics.Begin(null, recipe.Data.SequenceLength, recipe.Training.Steps, trainer.Step);
        using var scorer = new ModelScorer(model.Network, device, precision);
        var rows = Capped(validation.Rows);
        return TrainingLoop.Run(trainer, new TrainingHooks
        {
            EvaluateEvery = recipe.Training.EvalEvery,
            SaveEvery = recipe.Training.CheckpointEvery,
            Stepped = progress =>
            {
                display.Step(Metrics.Step(progress, MetricsLine.Of(progress, _spikes) with { Elapsed = clock.Spent.Elapsed }));
                if (progress.Result.IsSkipped)
                    display.Say(string.Create(CultureInfo.InvariantCulture, $"WARNING: step {progress.Result.Step} is skipped: loss {progress.Result.Loss}, gradient norm {progress.Result.GradientNorm}; the weights stay as they were ({trainer.SkippedInARow} in a row, at most {recipe.Training.MaxSkippedSteps})"));
                if (recipe.Training.SampleEvery > 0 && progress.Result.Step % recipe.Training.SampleEvery == 0) Sample($"after {progress.Result.Step} steps", progress.Result.Step);
            },
            Evaluate = progress => Evaluate(progress, scorer, rows),
            Save = progress => Save(progress, cancellation.IsCancellationRequested),
        }, _secondsBefore, clock, cancellation);
    }

    /// <summary>Text of the finished model.</summary>
    public void SampleFinished()
    {
        for (var n = 1; n <= FinalSamples; n++) Sample("the finished model", recipe.Training.Steps + n);
        Metrics.Dispose(); // the last figures are written, what follows is the report on them
    }

    /// <summary>A finished run does not need them, but for the best ones that it was told to keep.</summary>
    public void DeleteCheckpoints() => CheckpointShelf.Clear(run, recipe.Training.KeepBest);

    /// <summary>The log says until when the earlier sittings lived and how far they came; what of that the checkpoint does not know was lost.</summary>
    private void GoOn(IReadOnlyList<MetricsLine> lines, TimeSpent saved)
    {
        var elapsed = lines.Select(line => line.Elapsed ?? 0).Concat(RestartLog.Read(run.RestartsPath).Select(restart => restart.Elapsed)).Where(double.IsFinite).Append(saved.Elapsed).Max();
        clock.GoOn(saved, elapsed);
        var lost = Math.Max(0, lines.Select(line => line.Step).DefaultIfEmpty(0).Max() - trainer.Step);
        RestartLog.Append(run.RestartsPath, new Restart(trainer.Step, lost, clock.Spent.Elapsed));
        foreach (var line in lines.Where(line => line.Split == MetricsSplit.Train && line.Step <= trainer.Step && !line.IsSkipped)) _spikes.Add(line.Loss ?? double.NaN);
    }

    /// <summary>Weights that some later step trained on are good; those of the latest step before a failure may be what failed.</summary>
    private string LastGood()
    {
        var present = run.CheckpointSteps();
        var failed = trainer.Step - trainer.SkippedInARow;
        var good = present.Where(step => step < failed).Select(step => (long?)step).LastOrDefault();
        var doubtful = present.Contains(failed) ? $"{RunFolderNames.Step(failed)} holds the weights that failed" : null;
        if (good is not { } last) return doubtful is null ? "there is no checkpoint before it" : $"there is no good checkpoint: {doubtful}";
        return $"the last good checkpoint is {run.CheckpointPath(last)}{(doubtful is null ? "" : $" ({doubtful}: delete it to go on from the good one)")}";
    }

    public void Dispose() => _metrics?.Dispose();

    /// <summary>A tokenizer trained on a text that was changed meanwhile would give other ids to the same words.</summary>
    private void RequireSameTokenizer(string checkpoint)
    {
        var (stored, present) = (Text.Tokenizers.Load(checkpoint), model.Tokenizer!);
        if (stored.VocabularySize == present.VocabularySize && Enumerable.Range(0, present.VocabularySize).All(id => stored.IdToPiece(id) == present.IdToPiece(id))) return;
        throw new InvalidDataException($"{checkpoint}: its tokenizer is not the one that the text gives now, so the text changed since the run began; give the same text, or start again with --overwrite");
    }

    private void Evaluate(TrainingProgress progress, ModelScorer scorer, TokenRows rows)
    {
        var score = scorer.Score(rows);
        Metrics.Evaluated(new MetricsLine(progress.Result.Step, MetricsSplit.Validation)
        {
            Loss = score.Loss,
            Accuracy = score.Accuracy,
            Perplexity = score.Perplexity,
            BitsPerByte = score.Loss * rows.LabelCount / (Math.Log(2) * validation.Bytes * (rows.LabelCount / (double)validation.Rows.LabelCount)),
            Seconds = progress.Seconds,
            Elapsed = clock.Spent.Elapsed,
            Tokens = score.Count,
        });
        display.Say($"step {progress.Result.Step}: validation loss {Figures.Loss(score.Loss)}, perplexity {Figures.Perplexity(score.Perplexity)}, accuracy {Figures.Share(score.Accuracy)}");
        _evaluated = (progress.Result.Step, score.Loss);
        if (double.IsFinite(_best) && !(score.Loss < _best)) return;
        try
        {
            Puna.Text.AtomicFolder.Write(run.BestPath, folder => ModelFolder.Save(folder, model));
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException && progress.Result.Step < progress.Steps)
        {
            display.Say($"WARNING: the best model so far could not be written ({exception.Message}); the run goes on and tries again at the next evaluation");
            return;
        }
        if (!double.IsNaN(score.Loss)) _best = score.Loss;
    }

    /// <summary>A checkpoint that cannot be written does not end a run that goes on: the ones before are whole, and the next may find room.</summary>
    private void Save(TrainingProgress progress, bool isStopped)
    {
        Metrics.Flush();
        var step = progress.Result.Step;
        try
        {
            TrainingCheckpoint.Save(run.CheckpointPath(step), trainer, model, progress.Seconds, _best, clock.Spent, _evaluated?.Step == step ? _evaluated?.Loss : null,
                folder => Puna.Text.AtomicFile.WriteText(Path.Combine(folder, ResumePoint.RecipeFile), RecipeWriter.ToYaml(recipe)));
            // While steps are skipped the present weights may be the trouble, and an older checkpoint the last good one.
            if (trainer.SkippedInARow == 0) CheckpointShelf.Prune(run, step, recipe.Training.KeepLast, recipe.Training.KeepBest);
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            var before = run.CheckpointSteps() is [.., var last] ? $"{RunFolderNames.Step(last)} is whole" : "there is none before it";
            var sentence = $"checkpoint {RunFolderNames.Step(step)} could not be written ({exception.Message}); {before}";
            if (isStopped) throw new IOException($"{sentence}.", exception);
            display.Say($"WARNING: {sentence}, and the run goes on");
        }
    }

    /// <summary>What the model goes on with after the first token of the validation text.</summary>
    private void Sample(string note, int draw)
    {
        using var generator = new TextGenerator(model, device, precision: precision);
        int[] prompt = [validation.Rows.Ids[0]];
        var text = generator.Complete(prompt, new SamplingOptions { Temperature = 0.8, Seed = unchecked(recipe.Training.Seed + draw) }, new GenerationOptions { MaxOutputTokens = 100 });
        Metrics.Sample(trainer.Step, new ReportSample(model.Tokenizer!.Decode(prompt), text, note));
    }

    private TokenRows Capped(TokenRows rows)
    {
        if (recipe.Training.EvalTokens is not { } tokens || tokens >= rows.Ids.Length) return rows;
        var capped = new TokenRows(Math.Max(1, tokens / rows.Length), rows.Length, rows.Documents is not null);
        Array.Copy(rows.Ids, capped.Ids, capped.Ids.Length);
        Array.Copy(rows.Labels, capped.Labels, capped.Ids.Length);
        Array.Copy(rows.Positions, capped.Positions, capped.Ids.Length);
        if (rows.Documents is not null) Array.Copy(rows.Documents, capped.Documents!, capped.Ids.Length);
        return capped;
    }
}
