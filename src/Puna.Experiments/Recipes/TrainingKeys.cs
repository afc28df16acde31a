using YamlDotNet.RepresentationModel;
using static Puna.Experiments.Recipes.KeyTypes;

namespace Puna.Experiments.Recipes;

/// <summary>The keys of <see cref="TrainingSection"/>, <see cref="OptimizerSection"/> and <see cref="ScheduleSection"/>.</summary>
internal static class TrainingKeys
{
    public static RecipeKey[] All() => [.. Training(), .. Optimizer(), .. Schedule()];

    private static RecipeKey[] Training() =>
    [
        Whole("training.steps", "optimizer steps", r => r.Training.Steps, (r, v) => r with { Training = r.Training with { Steps = v } }, 1, null, "steps", "max_steps", "max_iters", "iters"),
        Whole("training.batch_size", "sequences a forward pass", r => r.Training.BatchSize, (r, v) => r with { Training = r.Training with { BatchSize = v } }, 1, null, "batch_size", "per_device_train_batch_size", "micro_batch_size"),
        Whole("training.gradient_accumulation", "forward passes an optimizer step", r => r.Training.GradientAccumulation, (r, v) => r with { Training = r.Training with { GradientAccumulation = v } }, 1, null, "gradient_accumulation_steps"),
        Choice("training.precision", "number format of the matrix products", [("fp32", TrainingPrecision.Fp32), ("bf16", TrainingPrecision.Bf16), ("auto", TrainingPrecision.Auto)], r => r.Training.Precision, (r, v) => r with { Training = r.Training with { Precision = v } }, "precision"),
        Whole("training.checkpoint_every", "steps between checkpoints; 0: only at the end", r => r.Training.CheckpointEvery, (r, v) => r with { Training = r.Training with { CheckpointEvery = v } }, 0, null, "save_steps"),
        Whole("training.keep_last", "newest checkpoints that are kept; with 1 there is none to fall back on", r => r.Training.KeepLast, (r, v) => r with { Training = r.Training with { KeepLast = v } }, 1, null, "save_total_limit"),
        Whole("training.keep_best", "checkpoints with the lowest validation loss that are kept besides, also at the end (best/ has the best weights anyway)", r => r.Training.KeepBest, (r, v) => r with { Training = r.Training with { KeepBest = v } }, 0),
        Whole("training.max_skipped_steps", "at most so many steps in a row are skipped because loss or gradient is not finite; the next one ends the run", r => r.Training.MaxSkippedSteps, (r, v) => r with { Training = r.Training with { MaxSkippedSteps = v } }, 0),
        Whole("training.eval_every", "steps between evaluations; 0: only at the end", r => r.Training.EvalEvery, (r, v) => r with { Training = r.Training with { EvalEvery = v } }, 0, null, "eval_steps", "eval_interval"),
        Whole("training.eval_tokens", "at most so many validation tokens are scored during training", r => r.Training.EvalTokens, (r, v) => r with { Training = r.Training with { EvalTokens = v } }, 1, "all"),
        Whole("training.sample_every", "steps between samples; 0: only at the end", r => r.Training.SampleEvery, (r, v) => r with { Training = r.Training with { SampleEvery = v } }, 0),
        new("training.seed", YamlValue.WholeType(0, long.MaxValue), "seed of everything drawn", null, ["seed"],
            (r, node, _) => r with { Training = r.Training with { Seed = YamlValue.Whole(node, 0, long.MaxValue) } }, r => YamlText.Of(r.Training.Seed)),
        Choice("training.activation_checkpointing", "what the backward pass computes again", [("none", ActivationCheckpointing.None), ("block", ActivationCheckpointing.Block)], r => r.Training.ActivationCheckpointing, (r, v) => r with { Training = r.Training with { ActivationCheckpointing = v } }),
    ];

    private static RecipeKey[] Optimizer() =>
    [
        Choice("optimizer.name", "the algorithm", [("adamw", OptimizerName.AdamW)], r => r.Optimizer.Name, (r, v) => r with { Optimizer = r.Optimizer with { Name = v } }, "optim"),
        Number("optimizer.learning_rate", "learning rate at the top of the schedule", r => r.Optimizer.LearningRate, (r, v) => r with { Optimizer = r.Optimizer with { LearningRate = v } }, NumberRange.Positive, "learning_rate", "lr"),
        ListKeys.Betas,
        Beta("optimizer.beta1", "adam_beta1", "beta1", (r, v) => r with { Optimizer = r.Optimizer with { Beta1 = v } }),
        Beta("optimizer.beta2", "adam_beta2", "beta2", (r, v) => r with { Optimizer = r.Optimizer with { Beta2 = v } }),
        Number("optimizer.eps", "added to the root of the mean of squares", r => r.Optimizer.Eps, (r, v) => r with { Optimizer = r.Optimizer with { Eps = v } }, NumberRange.Positive, "adam_epsilon"),
        Number("optimizer.weight_decay", "decoupled weight decay", r => r.Optimizer.WeightDecay, (r, v) => r with { Optimizer = r.Optimizer with { WeightDecay = v } }, NumberRange.NotNegative, "weight_decay"),
        Number("optimizer.max_grad_norm", "the gradient is scaled down to this norm; 0: never", r => r.Optimizer.MaxGradNorm, (r, v) => r with { Optimizer = r.Optimizer with { MaxGradNorm = v } }, NumberRange.NotNegative, "max_grad_norm", "grad_clip"),
    ];

    private static RecipeKey[] Schedule() =>
    [
        Choice("schedule.name", "the shape after the warm-up", [("cosine", ScheduleName.Cosine), ("constant", ScheduleName.Constant)], r => r.Schedule.Name, (r, v) => r with { Schedule = r.Schedule with { Name = v } }, "lr_scheduler_type"),
        Whole("schedule.warmup_steps", "steps over which the rate rises from 0 to the top", r => r.Schedule.WarmupSteps, (r, v) => r with { Schedule = r.Schedule with { WarmupSteps = v } }, 0, null, "warmup_steps", "warmup_iters"),
        Number("schedule.final_fraction", "what is left of the top rate at the last step", r => r.Schedule.FinalFraction, (r, v) => r with { Schedule = r.Schedule with { FinalFraction = v } }, NumberRange.Share, "final_fraction"),
        Whole("schedule.decay_steps", "step at which the final fraction is reached", r => r.Schedule.DecaySteps, (r, v) => r with { Schedule = r.Schedule with { DecaySteps = v } }, 1, "training.steps", "lr_decay_iters"),
    ];

    /// <summary>One of the two betas by itself; written as the pair.</summary>
    private static RecipeKey Beta(string path, string alias, string shortAlias, Func<Recipe, double, Recipe> set) =>
        new(path, NumberRange.BelowOne.ToString(), "one of the betas by itself", "see optimizer.betas", [alias, shortAlias],
            (Recipe r, YamlNode node, string _) => set(r, YamlValue.Number(node, NumberRange.BelowOne)), _ => null);
}
