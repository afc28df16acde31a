using Puna.Experiments.Recipes;
using Puna.Models;
using Puna.Tensors;
using Puna.Text;
using Puna.Training;

namespace Puna.Experiments.Pretraining;

/// <summary>A recipe's sections as the rooms below want them.</summary>
internal static class NetworkConfig
{
    public static IModelConfig Of(Recipe recipe, Tokenizer tokenizer) => Of(recipe, tokenizer.VocabularySize, tokenizer);

    /// <summary>The network for a vocabulary; special tokens are known where there is a tokenizer.</summary>
    public static IModelConfig Of(Recipe recipe, int vocabulary, Tokenizer? tokenizer = null) =>
        recipe.Model.Architecture == ModelArchitecture.Gpt2 ? Gpt2(recipe, vocabulary, tokenizer) : Llama(recipe, vocabulary, tokenizer);

    private static int? Bos(Recipe recipe, Tokenizer? tokenizer) => recipe.Data.Encode == EncodeUnit.Documents ? tokenizer?.BosId : null;

    private static int[] Eos(Tokenizer? tokenizer) => tokenizer?.EosId is { } eos ? [eos] : [];

    private static Gpt2Config Gpt2(Recipe recipe, int vocabulary, Tokenizer? tokenizer) => new Gpt2Config
    {
        HiddenSize = recipe.Model.HiddenSize,
        IntermediateSize = recipe.Model.IntermediateSize,
        LayerCount = recipe.Model.LayerCount,
        HeadCount = recipe.Model.HeadCount,
        VocabularySize = vocabulary,
        ContextLength = recipe.ContextLength,
        LayerNormEpsilon = recipe.Model.RmsNormEps,
        TieWordEmbeddings = recipe.Model.TieWordEmbeddings,
        InitializerRange = recipe.Model.InitializerRange,
        BosTokenId = Bos(recipe, tokenizer),
        EosTokenIds = Eos(tokenizer),
    }.Validate();

    private static LlamaConfig Llama(Recipe recipe, int vocabulary, Tokenizer? tokenizer) => new LlamaConfig
    {
        HiddenSize = recipe.Model.HiddenSize,
        IntermediateSize = recipe.Model.IntermediateSize,
        LayerCount = recipe.Model.LayerCount,
        HeadCount = recipe.Model.HeadCount,
        KeyValueHeadCount = recipe.Model.KeyValueHeadCount,
        HeadSize = recipe.Model.HeadDim,
        VocabularySize = vocabulary,
        ContextLength = recipe.ContextLength,
        RopeTheta = recipe.Model.RopeTheta,
        RmsNormEpsilon = recipe.Model.RmsNormEps,
        TieWordEmbeddings = recipe.Model.TieWordEmbeddings,
        InitializerRange = recipe.Model.InitializerRange,
        BosTokenId = Bos(recipe, tokenizer),
        EosTokenIds = Eos(tokenizer),
    }.Validate();
}

internal static class TrainerSettings
{
    public static TrainerOptions Of(Recipe recipe, Precision precision) => new()
    {
        Steps = recipe.Training.Steps,
        BatchSize = recipe.Training.BatchSize,
        GradientAccumulation = recipe.Training.GradientAccumulation,
        Precision = precision,
        RecomputesBlocks = recipe.Training.ActivationCheckpointing == ActivationCheckpointing.Block,
        Seed = (ulong)recipe.Training.Seed,
        Dropout = recipe.Model.Dropout,
        AttentionDropout = recipe.Model.AttentionDropout,
        MaxSkippedSteps = recipe.Training.MaxSkippedSteps,
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
        if (precision != TrainingPrecision.Auto) return precision == TrainingPrecision.Bf16 ? Precision.BFloat16 : Precision.Float32;
        var tier = KernelTier.Choose();
        display.Say(tier.HasBFloat16 ? $"precision bf16: {tier.Name} computes it faster" : $"precision fp32: {tier.Name} computes bf16 no faster");
        return tier.HasBFloat16 ? Precision.BFloat16 : Precision.Float32;
    }
}
