using System.Globalization;
using Puna.Experiments.Planning;
using Puna.Experiments.Recipes;
using Puna.Experiments.Reports;
using Puna.Experiments.World;
using Puna.Models;
using Puna.Training;

namespace Puna.Experiments.Scaling;

/// <summary>
/// One training of a ladder. The rules by which a width becomes a training, the same for every size: heads of 16; max(2, width/32 rounded
/// up) layers; feed-forward 8/3 of the width rounded up to 8; initial weights 1/√width; peak rate that of the recipe times
/// √(the recipe's hidden_size / width); warm-up of the recipe, but a tenth of the steps at most; cosine ending at the run's own end, as
/// Hoffmann et al. 2022 (section 3.1) insist; the same batch for all.
/// </summary>
/// <param name="Recipe">The recipe of this training alone.</param>
/// <param name="Config">Its network.</param>
/// <param name="Budget">The budget it belongs to; null for a single run.</param>
public sealed record LadderRun(Recipe Recipe, IModelConfig Config, double? Budget)
{
    private const int HeadSize = 16;
    private const int LeastSteps = 20;

    /// <summary>What it is called in the results.</summary>
    public string Name => string.Create(CultureInfo.InvariantCulture, $"w{Config.HiddenSize}-l{Config.LayerCount}-{Recipe.Training.Steps}");

    /// <summary>Optimizer steps.</summary>
    public int Steps => Recipe.Training.Steps;

    /// <summary>D: tokens, each seen once.</summary>
    public double Tokens => (double)Recipe.TokensPerStep * Steps;

    /// <summary>N, as the operations count it: every weight that is multiplied with.</summary>
    public double Parameters => ModelFlops.MultipliedParameters(Config);

    /// <summary>Operations of the training, 6N + 12LHQT a token.</summary>
    public double Flops => Tokens * ModelFlops.TrainingPerToken(Config, Recipe.Data.SequenceLength);

    /// <summary>Operations to serve one token at the end of a window.</summary>
    public double InferencePerToken => ModelFlops.InferencePerToken(Config, Recipe.Data.SequenceLength);

    /// <summary>All that the result depends on, as a short text: a kept result with another one belongs to other settings.</summary>
    public string Settings => TextHash.Of(RecipeWriter.ToYaml(Recipe)).ToString("x16", CultureInfo.InvariantCulture);

    /// <summary>The run in words.</summary>
    public string Describe() => $"width {Config.HiddenSize}, {Config.LayerCount} layers, {Figures.Short(Parameters)} parameters on {Figures.Short(Tokens)} tokens ({Figures.Significant(Tokens / Parameters)} each), {Steps} steps, {Flops.ToString("0.0e0", CultureInfo.InvariantCulture)} FLOPs";

    /// <summary>All trainings that a recipe asks for, budgets first and from the smallest on, single runs after them.</summary>
    /// <param name="recipe">With a section scaling.</param>
    /// <exception cref="InvalidDataException">It asks for none, or for one that cannot be.</exception>
    public static IReadOnlyList<LadderRun> All(Recipe recipe)
    {
        var scaling = recipe.Scaling;
        if (scaling.Ladder.Count == 0 && scaling.Runs.Count == 0)
            throw new InvalidDataException($"the recipe '{recipe.Name}' has nothing for puna scaling to train; set scaling.ladder or scaling.runs, as in: puna recipes scaling-world");
        if (scaling.Ladder.Select(budget => budget.Flops).Distinct().Count() < scaling.Ladder.Count) throw new InvalidDataException($"the recipe '{recipe.Name}' has a budget twice in scaling.ladder; put its widths together");
        return
        [
            .. scaling.Ladder.OrderBy(budget => budget.Flops).SelectMany(budget => budget.Widths.Order().Select(width => AtBudget(recipe, width, budget.Flops))),
            .. scaling.Runs.Select(run => Make(recipe, run.Width, run.Layers, null, _ => run.Tokens)),
        ];
    }

    private static LadderRun AtBudget(Recipe recipe, int width, double budget) =>
        Make(recipe, width, null, budget, config => budget / ModelFlops.TrainingPerToken(config, recipe.Data.SequenceLength));

    private static LadderRun Make(Recipe recipe, int width, int? layers, double? budget, Func<IModelConfig, double> tokens)
    {
        if (width % HeadSize != 0) throw new InvalidDataException($"a ladder's width of {width} is no multiple of {HeadSize}, the width of its heads");
        var model = recipe.Model with
        {
            HiddenSize = width,
            IntermediateSize = ((width * 8 / 3) + 7) / 8 * 8,
            LayerCount = layers ?? Math.Max(2, (width + 31) / 32),
            HeadCount = width / HeadSize,
            KeyValueHeadCount = width / HeadSize,
            HeadDim = HeadSize,
            ContextLength = recipe.Data.SequenceLength,
            InitializerRange = 1 / Math.Sqrt(width),
        };
        var shaped = recipe with { Name = "", Description = "", Plan = new(), Scaling = new ScalingSection { HeldOutStories = recipe.Scaling.HeldOutStories, Records = recipe.Scaling.Records }, Model = model };
        var config = PlannedModel.Of(shaped, recipe.Tokenizer.VocabSize ?? throw new InvalidDataException("puna scaling trains a BPE tokenizer on the built-in world; give tokenizer.vocab_size, and neither tokenizer.path nor characters"));
        var steps = Math.Round(tokens(config) / recipe.TokensPerStep);
        if (steps < LeastSteps || steps > int.MaxValue)
            throw new InvalidDataException($"width {width} with {(budget is { } flops ? $"{flops:0.0e0} FLOPs" : $"{tokens(config):0} tokens")} would take {steps} steps of {recipe.TokensPerStep} tokens; a run has {LeastSteps} steps at least: change the budget, the width or training.batch_size");
        return new LadderRun(shaped with
        {
            Training = recipe.Training with { Steps = (int)steps },
            Optimizer = recipe.Optimizer with { LearningRate = recipe.Optimizer.LearningRate * Math.Sqrt((double)recipe.Model.HiddenSize / width) },
            Schedule = recipe.Schedule with { WarmupSteps = Math.Min(recipe.Schedule.WarmupSteps, (int)steps / 10), DecaySteps = null },
        }, config, budget);
    }
}
