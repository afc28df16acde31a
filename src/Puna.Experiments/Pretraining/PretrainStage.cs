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
internal sealed class PretrainStage(Recipe recipe, RunFolder run, LanguageModel model, Trainer trainer, Device device, Precision precision, HeldOutPart validation, IRunDisplay display) : IDisposable
{
    private const int FinalSamples = 3;
    private RunMetrics? _metrics;
    private double _secondsBefore;
    private double _best = double.PositiveInfinity;

    /// <summary>Text that the model wrote on the way.</summary>
    public IReadOnlyList<ReportSample> Samples => Metrics.Samples;

    /// <summary>What counting gets, for the report on the way.</summary>
    public required BaselineScores Baselines { get; init; }

    /// <summary>Everything that hears of the figures; from the training on.</summary>
    public RunMetrics Metrics => _metrics ?? throw new InvalidOperationException("the training has not begun");

    /// <summary>Goes on from the newest checkpoint, or says that there is none.</summary>
    public void Resume()
    {
        if (run.CheckpointSteps() is not [.., var step])
        {
            display.Say($"no checkpoint in {run.Root} yet: starting from step 0");
            return;
        }
        RequireSameTokenizer(run.CheckpointPath(step));
        var state = TrainingCheckpoint.Load(run.CheckpointPath(step), trainer);
        (_secondsBefore, _best) = (state.Seconds, state.BestLoss);
        display.Say($"resuming at step {state.Step}");
    }

    public TrainingOutcome Train(int checkpointsKept, CancellationToken cancellation)
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
                display.Step(Metrics.Step(progress, Line(progress)));
                if (recipe.Training.SampleEvery > 0 && progress.Result.Step % recipe.Training.SampleEvery == 0) Sample($"after {progress.Result.Step} steps", progress.Result.Step);
            },
            Evaluate = progress => Evaluate(progress, scorer, rows),
            Save = progress => Save(progress, checkpointsKept),
        }, _secondsBefore, cancellation);
    }

    /// <summary>Text of the finished model.</summary>
    public void SampleFinished()
    {
        for (var n = 1; n <= FinalSamples; n++) Sample("the finished model", recipe.Training.Steps + n);
        Metrics.Dispose(); // the last figures are written, what follows is the report on them
    }

    /// <summary>A finished run does not need them.</summary>
    public void DeleteCheckpoints()
    {
        if (Directory.Exists(run.CheckpointsPath)) Directory.Delete(run.CheckpointsPath, recursive: true);
    }

    public void Dispose() => _metrics?.Dispose();

    /// <summary>A tokenizer trained on a text that was changed meanwhile would give other ids to the same words.</summary>
    private void RequireSameTokenizer(string checkpoint)
    {
        var (stored, present) = (Text.Tokenizers.Load(checkpoint), model.Tokenizer!);
        if (stored.VocabularySize == present.VocabularySize && Enumerable.Range(0, present.VocabularySize).All(id => stored.IdToPiece(id) == present.IdToPiece(id))) return;
        throw new InvalidDataException($"{checkpoint}: its tokenizer is not the one that the text gives now, so the text changed since the run began; give the same text, or start again with --overwrite");
    }

    private static MetricsLine Line(in TrainingProgress progress) => new(progress.Result.Step, MetricsSplit.Train)
    {
        Loss = progress.Result.Loss,
        LearningRate = progress.Result.LearningRate,
        GradNorm = progress.Result.GradientNorm,
        TokensPerSecond = progress.TokensPerSecond,
        Seconds = progress.Seconds,
        Tokens = progress.Result.Step * progress.Result.Tokens,
    };

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
            Tokens = score.Count,
        });
        display.Say($"step {progress.Result.Step}: validation loss {Figures.Loss(score.Loss)}, perplexity {Figures.Perplexity(score.Perplexity)}, accuracy {Figures.Share(score.Accuracy)}");
        if (double.IsFinite(_best) && !(score.Loss < _best)) return;
        if (!double.IsNaN(score.Loss)) _best = score.Loss;
        Puna.Text.AtomicFolder.Write(run.BestPath, folder => ModelFolder.Save(folder, model));
    }

    private void Save(TrainingProgress progress, int kept)
    {
        Metrics.Flush();
        TrainingCheckpoint.Save(run.CheckpointPath(progress.Result.Step), trainer, model, progress.Seconds, _best);
        foreach (var step in run.CheckpointSteps().SkipLast(kept)) Directory.Delete(run.CheckpointPath(step), recursive: true);
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
