using Puna.Evaluation;
using Puna.Experiments.Reports;
using Puna.Experiments.Runs;
using Puna.Models;
using Puna.Tensors;
using Puna.Training;

namespace Puna.Experiments.Quickstart;

/// <summary>One stage of training within a run of several: its steps go to the log and the display under the stage's name.</summary>
internal sealed class TrainedStage(Device device, Precision precision, RunMetrics metrics, IRunDisplay display, CancellationToken cancellation)
{
    /// <summary>Trains to the last step.</summary>
    /// <exception cref="OperationCanceledException">It was stopped.</exception>
    public TrainingOutcome Train(string name, LanguageNetwork network, TokenRows rows, TrainerOptions options, int evaluateEvery, Func<TokenScore>? evaluate)
    {
        options = options with { Precision = precision };
        MemoryPlan.For(network.Config, options, device, rows.Length, rows.Ids.Length).Require();
        using var trainer = new Trainer(network, device, new RowData(rows, options.Seed), options);
        metrics.Begin(name, rows.Length, options.Steps);
        var spikes = new LossSpikes();
        var outcome = TrainingLoop.Run(trainer, new TrainingHooks
        {
            Stepped = progress => display.Step(metrics.Step(progress, MetricsLine.Of(progress, spikes) with { Stage = name })),
            EvaluateEvery = evaluateEvery,
            Evaluate = evaluate is null ? null : progress =>
            {
                var score = evaluate();
                metrics.Evaluated(new MetricsLine(progress.Result.Step, MetricsSplit.Validation) { Stage = name, Loss = score.Loss, Accuracy = score.Accuracy, Perplexity = score.Perplexity, Seconds = progress.Seconds, Tokens = score.Count });
                display.Say($"step {progress.Result.Step}: held-out loss {Figures.Loss(score.Loss)}, accuracy {Figures.Share(score.Accuracy)}");
            },
        }, cancellation: cancellation);
        cancellation.ThrowIfCancellationRequested();
        return outcome;
    }
}
