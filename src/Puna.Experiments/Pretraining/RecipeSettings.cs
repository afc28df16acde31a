using Puna.Experiments.Planning;
using Puna.Experiments.Recipes;
using Puna.Models;
using Puna.Tensors;
using Puna.Text;
using Puna.Training;

namespace Puna.Experiments.Pretraining;

/// <summary>A recipe's sections as the rooms below want them.</summary>
internal static class NetworkConfig
{
    public static LlamaConfig Of(Recipe recipe, Tokenizer tokenizer) => PlannedModel.Of(recipe, tokenizer.VocabularySize) with
    {
        BosTokenId = tokenizer.BosId is { } bos && recipe.Data.Encode == EncodeUnit.Documents ? bos : null,
        EosTokenIds = tokenizer.EosId is { } eos ? [eos] : [],
    };
}

internal static class TrainerSettings
{
    public static TrainerOptions Of(Recipe recipe, Precision precision) => new()
    {
        Steps = recipe.Training.Steps,
        BatchSize = recipe.Training.BatchSize,
        GradientAccumulation = recipe.Training.GradientAccumulation,
        Precision = precision,
        Seed = (ulong)recipe.Training.Seed,
        Dropout = recipe.Model.Dropout,
        Optimizer = new AdamWOptions
        {
            LearningRate = recipe.Optimizer.LearningRate,
            Beta1 = recipe.Optimizer.Beta1,
            Beta2 = recipe.Optimizer.Beta2,
            Epsilon = recipe.Optimizer.Eps,
            WeightDecay = recipe.Optimizer.WeightDecay,
            MaxGradientNorm = recipe.Optimizer.MaxGradNorm,
        },
        Schedule = new LearningRateSchedule(recipe.Schedule.Name == ScheduleName.Constant ? ScheduleShape.Constant : ScheduleShape.Cosine,
            recipe.Optimizer.LearningRate, recipe.Schedule.WarmupSteps, recipe.Schedule.DecaySteps ?? recipe.Training.Steps, recipe.Schedule.FinalFraction),
    };
}

/// <summary>fp32, bf16 or auto.</summary>
public static class PrecisionChoice
{
    /// <summary>The precision of a recipe; auto takes what is fastest here and says so.</summary>
    /// <param name="precision">As in the recipe.</param>
    /// <param name="display">Hears what auto chose.</param>
    public static Precision Of(TrainingPrecision precision, IRunDisplay display)
    {
        if (precision == TrainingPrecision.Auto) display.Say("precision fp32: no tier of this build computes bf16 faster");
        return precision == TrainingPrecision.Bf16 ? Precision.BFloat16 : Precision.Float32;
    }
}
