using Puna.Training;
using YamlDotNet.RepresentationModel;
using static Puna.Experiments.Recipes.KeyTypes;

namespace Puna.Experiments.Recipes;

/// <summary>The keys of <see cref="PlanSection"/>. They are written only where they say something, since a training has no use for them.</summary>
internal static class PlanKeys
{
    private const string RampType = "a list of { until_tokens: NUMBER, batch_tokens: NUMBER, sequence_length: NUMBER }";
    private static readonly PlanSection Defaults = new();

    public static RecipeKey[] All() =>
    [
        Quiet(Flag("plan.only", "whether the recipe is to be planned, not run", r => r.Plan.Only, (r, v) => r with { Plan = r.Plan with { Only = v } }), p => p.Only),
        Words("plan.gpu", "accelerator that plan counts with: a100, h100, h200, t4 or cpu", r => r.Plan.Gpu, (r, v) => r with { Plan = r.Plan with { Gpu = v } }, "cpu"),
        Whole("plan.gpus", "devices", r => r.Plan.Gpus, (r, v) => r with { Plan = r.Plan with { Gpus = v } }, 1, "as few as hold it"),
        Quiet(Number("plan.mfu", "share of the peak that the training reaches", r => r.Plan.Mfu ?? double.NaN, (r, v) => r with { Plan = r.Plan with { Mfu = v } }, NumberRange.PositiveShare), p => p.Mfu, "an assumption"),
        Choice("plan.zero", "what the copies share among themselves: 1 the optimizer, 2 gradients too, 3 weights too", [("0", 0), ("1", 1), ("2", 2), ("3", 3)], r => r.Plan.Zero, (r, v) => r with { Plan = r.Plan with { Zero = v } }).Silent(p => p.Zero),
        Quiet(Whole("plan.tensor_parallel", "devices that share each block", r => r.Plan.TensorParallel, (r, v) => r with { Plan = r.Plan with { TensorParallel = v } }, 1), p => p.TensorParallel),
        Quiet(Whole("plan.pipeline_parallel", "stages of consecutive blocks", r => r.Plan.PipelineParallel, (r, v) => r with { Plan = r.Plan with { PipelineParallel = v } }, 1), p => p.PipelineParallel),
        Choice("plan.recomputation", "what the backward pass computes again", [("none", Recomputation.None), ("selective", Recomputation.Selective), ("full", Recomputation.Full)], r => r.Plan.Recomputation, (r, v) => r with { Plan = r.Plan with { Recomputation = v } }).Silent(p => p.Recomputation),
        new("plan.batch_ramp", RampType, "stretches at the beginning with smaller batches; their steps count in training.steps", "[]", [],
            (recipe, node, _) => recipe with { Plan = recipe.Plan with { BatchRamp = ReadRamp(node) } },
            recipe => recipe.Plan.BatchRamp.Count == 0 ? null : $"[{string.Join(", ", recipe.Plan.BatchRamp.Select(phase => $"{{ until_tokens: {YamlText.Of(phase.UntilTokens)}, batch_tokens: {YamlText.Of(phase.BatchTokens)}, sequence_length: {YamlText.Of(phase.SequenceLength)} }}"))}]"),
    ];

    private static RecipeKey Silent<T>(this RecipeKey key, Func<PlanSection, T> value) => Quiet(key, value);

    private static RecipeKey Quiet<T>(RecipeKey key, Func<PlanSection, T> value, string? @default = null) =>
        new(key.Path, key.Type, key.Description, @default ?? key.Default, [.. key.Aliases], key.Read,
            recipe => EqualityComparer<T>.Default.Equals(value(recipe.Plan), value(Defaults)) ? null : key.Write(recipe));

    private static ValueList<BatchPhase> ReadRamp(YamlNode node)
    {
        var phases = new List<BatchPhase>();
        foreach (var item in YamlValue.Items(node, RampType))
        {
            var fields = new MappingFields(item, RampType, "until_tokens", "batch_tokens", "sequence_length");
            var phase = new BatchPhase(YamlValue.Number(fields["until_tokens"], NumberRange.Positive), YamlValue.Whole(fields["batch_tokens"], 1, long.MaxValue), (int)YamlValue.Whole(fields["sequence_length"], 1, int.MaxValue));
            if (phases.Count > 0 && phase.UntilTokens <= phases[^1].UntilTokens) throw new RecipeValueException($"has until_tokens {YamlText.Of(phase.UntilTokens)} after {YamlText.Of(phases[^1].UntilTokens)}; each stretch must end later than the one before");
            phases.Add(phase);
        }
        return ValueList.Create<BatchPhase>([.. phases]);
    }
}
