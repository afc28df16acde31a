using Puna.Evaluation;
using Puna.Experiments.Pretraining;
using Puna.Models;
using Puna.Tensors;
using Puna.Training;

namespace Puna.Experiments.Scaling;

/// <summary>Trains one run of a ladder from fresh weights on the beginning of the stream, and scores it on the held-out stories.</summary>
internal sealed class LadderTrainer(StoryStream stream, TokenRows heldOut, Device device, Precision precision, IRunDisplay display)
{
    private const int CurvePoints = 60;

    /// <summary>Trains to the end.</summary>
    /// <exception cref="OperationCanceledException">It was stopped; nothing of it is kept.</exception>
    /// <exception cref="InvalidDataException">It does not fit in memory.</exception>
    public LadderResult Train(LadderRun run, CancellationToken cancellation)
    {
        var (recipe, training) = (run.Recipe, run.Recipe.Training);
        var settings = TrainerSettings.Of(recipe, precision);
        MemoryPlan.For(run.Config, settings, device, recipe.Data.SequenceLength, (long)(run.Tokens / 2)).Require();
        var network = LanguageNetwork.Create(run.Config);
        network.Initialize((ulong)training.Seed);
        using var trainer = new Trainer(network, device, new StreamData(stream, recipe.Data.SequenceLength), settings);
        var (curve, sum, count, every) = (new List<(double, double)>(), 0.0, 0, Math.Max(1, training.Steps / CurvePoints));
        var outcome = TrainingLoop.Run(trainer, new TrainingHooks
        {
            Stepped = progress =>
            {
                (sum, count) = (sum + progress.Result.Loss, count + 1);
                if (progress.Result.Step % every == 0)
                {
                    curve.Add(((double)progress.Result.Step * recipe.TokensPerStep, sum / count));
                    (sum, count) = (0, 0);
                }
                display.Step(progress);
            },
        }, cancellation: cancellation);
        cancellation.ThrowIfCancellationRequested();
        using var scorer = new ModelScorer(network, device, precision);
        return new LadderResult(run, scorer.Score(heldOut, cancellation: cancellation).Loss, outcome.Seconds, curve);
    }
}
