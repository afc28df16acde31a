using System.Text.Json;
using Puna.Training;

namespace Puna.Experiments.Planning;

/// <summary>A plan as JSON: the same facts as the table, in units that the names say.</summary>
public static class PlanJson
{
    /// <summary>Writes the members of one object.</summary>
    /// <param name="json">In an open object.</param>
    /// <param name="plan">The plan.</param>
    /// <param name="source">The law beside the rule of twenty.</param>
    /// <param name="life">The comparison of sizes; null for none.</param>
    public static void Write(Utf8JsonWriter json, TrainingPlan plan, LawSource source, LifetimePlan? life)
    {
        json.WriteString("recipe", plan.Recipe.Name);
        json.WriteNumber("parameters", plan.Config.ParameterCount);
        json.WriteNumber("multiplied_parameters", ModelFlops.MultipliedParameters(plan.Config));
        json.WriteNumber("vocabulary", plan.Config.VocabularySize);
        json.WriteBoolean("vocabulary_is_assumed", plan.VocabularyIsAssumed);
        json.WriteNumber("steps", plan.Steps);
        json.WriteNumber("tokens", plan.Tokens);
        json.WriteNumber("tokens_per_parameter", plan.Tokens / plan.Parameters);
        json.WriteNumber("flops", plan.Flops);
        json.WriteNumber("flops_6nd", 6 * plan.Parameters * plan.Tokens);
        json.WriteStartArray("phases");
        foreach (var phase in plan.Phases)
        {
            json.WriteStartObject();
            json.WriteNumber("steps", phase.Steps);
            json.WriteNumber("batch_tokens", phase.BatchTokens);
            json.WriteNumber("sequence_length", phase.SequenceLength);
            json.WriteNumber("flops_per_token", phase.FlopsPerToken);
            json.WriteEndObject();
        }
        json.WriteEndArray();
        json.WriteNumber("rule_of_20_tokens", ScalingLaw.TokensPerParameter * plan.Parameters);
        json.WriteStartArray("laws");
        foreach (var (name, law) in LawSource.All.Contains(source) ? LawSource.All : LawSource.All.Append(source)) WriteLaw(json, plan, name, law);
        json.WriteEndArray();
        WriteDevices(json, plan);
        if (life is not null) WriteLife(json, life);
    }

    private static void WriteLaw(Utf8JsonWriter json, TrainingPlan plan, string name, ScalingLaw law)
    {
        var best = law.Optimum(6 * plan.Parameters * plan.Tokens);
        json.WriteStartObject();
        json.WriteString("name", name);
        json.WriteNumber("optimal_tokens_of_size", law.OptimalTokens(plan.Parameters));
        json.WriteNumber("optimal_parameters_of_compute", best.Parameters);
        json.WriteNumber("optimal_tokens_of_compute", best.Tokens);
        json.WriteNumber("loss", law.Loss(plan.Parameters, plan.Tokens));
        json.WriteNumber("loss_at_optimum", law.Loss(best.Parameters, best.Tokens));
        json.WriteEndObject();
    }

    private static void WriteDevices(Utf8JsonWriter json, TrainingPlan plan)
    {
        json.WriteString("gpu", plan.Device.Name);
        json.WriteNumber("gpus", plan.Layout.Devices);
        json.WriteNumber("data_parallel", plan.Layout.DataParallel);
        json.WriteNumber("tensor_parallel", plan.Layout.TensorParallel);
        json.WriteNumber("pipeline_parallel", plan.Layout.PipelineParallel);
        json.WriteNumber("zero", plan.Layout.Zero);
        json.WriteStartObject("memory_bytes");
        foreach (var (name, bytes) in plan.Memory) json.WriteNumber(name, bytes);
        json.WriteNumber("total", plan.MemoryBytes);
        json.WriteNumber("available", plan.Device.MemoryBytes);
        json.WriteEndObject();
        json.WriteBoolean("fits", plan.Fits);
        if (plan.LeastDevices is { } least) json.WriteNumber("least_gpus", least);
        else json.WriteNull("least_gpus");
        json.WriteNumber("mfu", plan.Mfu);
        json.WriteBoolean("mfu_is_assumed", plan.MfuIsAssumed);
        json.WriteStartArray("peaks");
        foreach (var (format, peak) in plan.Device.Peaks)
        {
            json.WriteStartObject();
            json.WriteString("format", format);
            json.WriteNumber("flops_per_second", peak);
            json.WriteNumber("share", plan.FlopsPerSecond / peak);
            json.WriteEndObject();
        }
        json.WriteEndArray();
        json.WriteNumber("tokens_per_second_per_gpu", plan.TokensPerSecond);
        json.WriteNumber("gpu_hours", plan.DeviceHours);
        json.WriteNumber("hours", plan.Hours);
        json.WriteNumber("price_per_gpu_hour", plan.PricePerHour);
        json.WriteBoolean("price_is_assumed", plan.PriceIsAssumed);
        json.WriteNumber("cost", plan.Cost);
    }

    private static void WriteLife(Utf8JsonWriter json, LifetimePlan life)
    {
        json.WriteStartObject("life");
        json.WriteString("law", life.Source.Name);
        json.WriteNumber("target_loss", life.Loss);
        json.WriteNumber("served_tokens", life.ServedTokens);
        WriteCost(json, "best", life.Best);
        WriteCost(json, "chinchilla", life.Chinchilla);
        json.WriteNumber("half_size_wins_from_tokens", life.HalfWinsFrom);
        json.WriteStartArray("sizes");
        foreach (var (name, cost) in life.Rows) WriteCost(json, null, cost, name);
        json.WriteEndArray();
        json.WriteEndObject();
    }

    private static void WriteCost(Utf8JsonWriter json, string? property, Lifetime cost, string? name = null)
    {
        if (property is null) json.WriteStartObject();
        else json.WriteStartObject(property);
        if (name is not null) json.WriteString("name", name);
        json.WriteNumber("parameters", cost.Model.Parameters);
        Finite(json, "tokens", cost.Model.Tokens);
        Finite(json, "training_flops", cost.TrainingFlops);
        json.WriteNumber("inference_flops", cost.InferenceFlops);
        Finite(json, "total_flops", cost.TotalFlops);
        json.WriteEndObject();
    }

    /// <summary>JSON has no infinity: what cannot be reached is null.</summary>
    private static void Finite(Utf8JsonWriter json, string name, double value)
    {
        if (double.IsFinite(value)) json.WriteNumber(name, value);
        else json.WriteNull(name);
    }
}
