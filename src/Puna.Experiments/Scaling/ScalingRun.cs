using Puna.Experiments.Pretraining;
using Puna.Experiments.Recipes;
using Puna.Experiments.Reports;
using Puna.Experiments.Runs;
using Puna.Tensors;

namespace Puna.Experiments.Scaling;

/// <summary>
/// A ladder from its recipe: every training on fresh tokens of the built-in world, smallest budget first, each kept as soon as it is
/// done; the largest budget is predicted from the others before it is trained; fits, intervals, report.
/// </summary>
public sealed class ScalingRun
{
    private readonly Recipe _recipe;
    private readonly RunOptions _options;
    private readonly IRunDisplay _display;
    private readonly int? _budgets;

    private ScalingRun(Recipe recipe, RunOptions options, IRunDisplay display, int? budgets) => (_recipe, _options, _display, _budgets) = (recipe, options, display, budgets);

    /// <summary>Runs to the end, or to a cancellation, after which finished trainings are kept to go on from.</summary>
    /// <param name="recipe">With a section scaling.</param>
    /// <param name="options">Where and on what.</param>
    /// <param name="display">Where to say what happens.</param>
    /// <param name="budgets">Train only so many of the smallest budgets; null for all.</param>
    /// <param name="cancellation">Stops after the present step.</param>
    /// <returns>The result; null where it was stopped.</returns>
    /// <exception cref="InvalidDataException">Recipe, folder or machine do not allow it; nothing was trained.</exception>
    /// <exception cref="IOException">The disk is full or not writable.</exception>
    public static ScalingResult? Run(Recipe recipe, RunOptions options, IRunDisplay display, int? budgets = null, CancellationToken cancellation = default)
    {
        try
        {
            return new ScalingRun(recipe, options, display, budgets).Execute(cancellation);
        }
        catch (OperationCanceledException)
        {
            display.Stage("stopped");
            display.Say($"stopped; the trainings that were finished are kept, go on with: puna scaling --resume --output {options.Output}");
            return null;
        }
    }

    private ScalingResult Execute(CancellationToken cancellation)
    {
        var runs = LadderRun.All(_recipe);
        RunFolder.Check(_options.Output, _options.Mode);
        var (device, reason) = Device.Open(_options.Device, _options.Threads);
        using var opened = device;
        _display.Say(reason);
        var precision = PrecisionChoice.Of(_recipe.Training.Precision, _display);
        var folder = RunFolder.Open(_options.Output, _options.Mode);
        folder.WriteRecipe(_recipe);
        var kept = new LadderResults(folder.LadderPath);
        var all = runs.Select(run => run.Budget).OfType<double>().Distinct().ToArray();
        if (_budgets is { } some && some < all.Length) runs = [.. runs.Where(run => run.Budget is not { } budget || Array.IndexOf(all, budget) < some)];

        var results = new List<LadderResult>();
        var work = new Work(this, device, precision, kept, runs, cancellation);
        var largest = all.Length > 2 ? all[^1] : (double?)null;
        CheckedPrediction? check = null;
        var isTried = largest is null;
        foreach (var run in runs)
        {
            if (!isTried && run.Budget == largest) TryPredict();
            results.Add(work.Take(run));
        }
        if (!isTried) TryPredict();

        _display.Stage("fit");
        var points = Points(results);
        var fit = points.Length > 0 ? ScalingFit.Of(points) : null;
        if (check is not null) check = check with { Measured = IsoFlop.Fit(points.Where(point => point.Budget == largest)) };
        var next = fit is { Budgets.Count: > 1 } ? fit.Predict(NextBudget(fit)) : null;
        var result = new ScalingResult(results, fit, fit is null ? null : Bootstrap.Of(fit, (ulong)_recipe.Training.Seed), check, next, new RunComparison([.. results.Where(done => done.Run.Budget is null)], _recipe.Scaling.ServeTokens));
        foreach (var line in ScalingText.Lines(result)) _display.Say(line);
        ScalingReport.Build(_recipe, result, PretrainReport.Environment(device, precision)).Save(folder.ReportPath);
        Puna.Text.AtomicFile.WriteText(folder.ResultPath, result.ToJson() + "\n");
        _display.Say($"report {folder.ReportPath}");
        return result;

        void TryPredict() => (isTried, check) = (true, Predict(results, largest!.Value));
    }

    private CheckedPrediction? Predict(IReadOnlyList<LadderResult> results, double budget)
    {
        if (ScalingFit.Of(Points(results.Where(result => result.Run.Budget < budget))).Predict(budget) is not { } prediction)
        {
            _display.Say($"{budget:0.0e0} FLOPs cannot be predicted: the smaller budgets show no best size");
            return null;
        }
        _display.Say(ScalingText.Of("predicted from the smaller budgets", prediction));
        return new CheckedPrediction(prediction, null);
    }

    /// <summary>As far above the largest as that is above the one before.</summary>
    private static double NextBudget(ScalingFit fit) => fit.Budgets[^1].Budget * fit.Budgets[^1].Budget / fit.Budgets[^2].Budget;

    private static ScalingPoint[] Points(IEnumerable<LadderResult> results) =>
        [.. results.Where(result => result.Run.Budget is not null).Select(result => new ScalingPoint(result.Run.Budget!.Value, result.Run.Parameters, result.Run.Tokens, result.Loss))];

    /// <summary>Trains what is not kept already. Tokenizer and stream are made when the first training needs them.</summary>
    private sealed class Work(ScalingRun owner, Device device, Precision precision, LadderResults kept, IReadOnlyList<LadderRun> runs, CancellationToken cancellation)
    {
        private LadderTrainer? _trainer;
        private int _number;
        private double _seconds, _flops;

        public LadderResult Take(LadderRun run)
        {
            _number++;
            if (kept.Find(run) is { } known) return known;
            cancellation.ThrowIfCancellationRequested();
            _trainer ??= Open();
            owner._display.Stage($"run {_number} of {runs.Count}{Left()}");
            owner._display.Say(run.Describe());
            var result = _trainer.Train(run, cancellation);
            (_seconds, _flops) = (_seconds + result.Seconds, _flops + run.Flops);
            kept.Add(result);
            owner._display.Say($"held-out loss {Figures.Loss(result.Loss)} after {Figures.Duration(result.Seconds)}, {Figures.Significant(result.FlopsPerSecond / 1e9)} GFLOP/s");
            return result;
        }

        private LadderTrainer Open()
        {
            owner._display.Stage("train the tokenizer");
            var recipe = owner._recipe;
            var stream = new StoryStream(recipe.Training.Seed, recipe.Tokenizer.VocabSize!.Value, recipe.Scaling.Records, new Share(owner._display), cancellation);
            var heldOut = stream.HeldOut(recipe.Scaling.HeldOutStories, recipe.Data.SequenceLength);
            owner._display.Say($"vocabulary {stream.Tokenizer.VocabularySize}; {Figures.Count(recipe.Scaling.HeldOutStories)} held-out stories of {Figures.Count(heldOut.LabelCount)} tokens; every run reads the same stream from its beginning, each token once");
            return new LadderTrainer(stream, heldOut, device, precision, owner._display);
        }

        /// <summary>What all the rest takes at the speed so far; small models are slower, so the estimate falls on the way.</summary>
        private string Left()
        {
            if (_flops == 0) return "";
            var left = runs.Skip(_number - 1).Where(run => kept.Find(run) is null).Sum(run => run.Flops);
            return $", about {Figures.Duration(left * _seconds / _flops)} left";
        }
    }

    private sealed class Share(IRunDisplay display) : IProgress<double>
    {
        public void Report(double value) => display.Progress(value);
    }
}
