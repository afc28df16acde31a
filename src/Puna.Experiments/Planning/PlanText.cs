using System.Globalization;
using Puna.Experiments.Reports;
using Puna.Training;

namespace Puna.Experiments.Planning;

/// <summary>A plan as a table to read.</summary>
public static class PlanText
{
    private const int Indent = 14;

    /// <summary>Writes a plan.</summary>
    /// <param name="output">Where to.</param>
    /// <param name="plan">The plan.</param>
    /// <param name="source">The law beside the rule of twenty.</param>
    public static void Write(TextWriter output, TrainingPlan plan, LawSource source)
    {
        var (config, longest) = (plan.Config, plan.Phases.MaxBy(phase => phase.Tokens)!);
        output.WriteLine($"{plan.Recipe.Name}: {plan.Recipe.Description}");
        Line(output, "model", $"{Figures.Count(config.ParameterCount)} parameters ({Figures.Count(ModelFlops.MultipliedParameters(config))} of them multiplied with): {config.LayerCount} layers of {config.HiddenSize}, {config.HeadCount} heads over {config.KeyValueHeadCount}, feed-forward {config.IntermediateSize}, vocabulary {Figures.Count(config.VocabularySize)}{(plan.VocabularyIsAssumed ? " (assumed: give --data to count the characters)" : "")}");
        Line(output, "training", $"{Figures.Count(plan.Steps)} steps, {Tokens(plan.Tokens)} tokens, {Figures.Significant(plan.Tokens / plan.Parameters)} a parameter");
        foreach (var phase in plan.Phases) Line(output, "", $"{Figures.Count(phase.Steps)} steps × {Figures.Count(phase.BatchTokens)} tokens in windows of {Figures.Count(phase.SequenceLength)}");
        Line(output, "compute", $"{Flops(plan.Flops)} FLOPs: {Flops(longest.FlopsPerToken)} a token (6N + 12LHQT, PaLM appendix B); 6ND is {Flops(6 * plan.Parameters * plan.Tokens)}");
        Chinchilla(output, plan, source);
        output.WriteLine();
        Memory(output, plan);
        output.WriteLine();
        Time(output, plan);
    }

    /// <summary>Writes the comparison of sizes over a life.</summary>
    /// <param name="output">Where to.</param>
    /// <param name="life">The comparison.</param>
    public static void Write(TextWriter output, LifetimePlan life)
    {
        output.WriteLine();
        Line(output, "life", $"loss {Loss(life.Loss)}{(life.LossIsTheRecipes ? " (the recipe's own by the law)" : "")}, {Tokens(life.ServedTokens)} tokens served; law {life.Source.Name}, 6ND to train and 2N a token to serve");
        Line(output, "", $"{"",-24}{"size",10}{"tokens",11}{"a param.",10}{"training",12}{"inference",12}{"total",12}");
        foreach (var (name, cost) in life.Rows)
        {
            var (n, d) = (cost.Model.Parameters, cost.Model.Tokens);
            var costs = double.IsFinite(d)
                ? $"{Tokens(d),11}{Figures.Significant(d / n),10}{Flops(cost.TrainingFlops),12}{Flops(cost.InferenceFlops),12}{Flops(cost.TotalFlops),12}"
                : "  too small for this loss, however long it is trained";
            Line(output, "", $"{name,-24}{Tokens(n),10}{costs}{(cost == life.Best ? "  <- least" : "")}");
        }
        var saved = 1 - (life.Best.TotalFlops / life.Chinchilla.TotalFlops);
        Line(output, "", saved > 0.0005
            ? $"the best is {Figures.Significant(life.Best.Model.Parameters / life.Chinchilla.Model.Parameters)} of Chinchilla's size on {Figures.Significant(life.Best.Model.Tokens / life.Chinchilla.Model.Tokens)} times the tokens: {Percent(saved)} less in all"
            : "with so little served, Chinchilla's size is the best");
        Line(output, "", $"half of Chinchilla's size, trained longer, wins from {Tokens(life.HalfWinsFrom)} tokens served");
    }

    private static void Chinchilla(TextWriter output, TrainingPlan plan, LawSource source)
    {
        var rule = ScalingLaw.TokensPerParameter * plan.Parameters;
        Line(output, "Chinchilla", $"by the rule of {ScalingLaw.TokensPerParameter} tokens a parameter this size wants {Tokens(rule)}: this is {Figures.Significant(plan.Tokens / rule)} times that");
        foreach (var (name, law) in LawSource.All.Contains(source) ? LawSource.All : LawSource.All.Append(source))
        {
            var best = law.Optimum(6 * plan.Parameters * plan.Tokens);
            Line(output, "", $"law {name}: this size wants {Tokens(law.OptimalTokens(plan.Parameters))}; this compute wants {Tokens(best.Parameters)} on {Tokens(best.Tokens)}; loss {Loss(law.Loss(plan.Parameters, plan.Tokens))} against {Loss(law.Loss(best.Parameters, best.Tokens))}");
        }
        Line(output, "", "(the laws are of their own text and tokenizer: read the shape, not the loss)");
    }

    private static void Memory(TextWriter output, TrainingPlan plan)
    {
        var (device, layout) = (plan.Device, plan.Layout);
        var isProcessor = device.Name == Accelerator.Cpu;
        Line(output, "memory", $"{Figures.Count(layout.Devices)} × {device.Description}, {(isProcessor ? Figures.Bytes(device.MemoryBytes) : Figures.Significant(device.MemoryBytes / 1e9) + " GB")} each"
            + (isProcessor ? "" : $"; copies {Figures.Count(layout.DataParallel)}, tensor parallel {layout.TensorParallel}, pipeline parallel {layout.PipelineParallel}, ZeRO {layout.Zero}, recomputation {layout.Recomputation.ToString().ToLowerInvariant()}"));
        foreach (var (name, bytes) in plan.Memory) Line(output, "", $"{name,-34}{Giga(bytes),10} GB");
        Line(output, "", $"{$"of the fullest device{(plan.Fits ? "" : ": TOO MUCH")}",-34}{Giga(plan.MemoryBytes),10} GB of {Giga(device.MemoryBytes)}, {Figures.Count(plan.Recipe.Training.BatchSize)} {(plan.Recipe.Training.BatchSize == 1 ? "sequence" : "sequences")} of {Figures.Count(plan.Recipe.Data.SequenceLength)} at a time{(isProcessor ? "" : "; buffers come on top")}");
        if (isProcessor) return;
        Line(output, "", plan.LeastDevices is { } least
            ? $"so split, it fits on {Figures.Count(least)} {(least == 1 ? "device" : "devices")} or more"
            : "so split, it fits on no number of devices: raise --zero, --tp or --pp, or use --recompute full");
    }

    private static void Time(TextWriter output, TrainingPlan plan)
    {
        var device = plan.Device;
        Line(output, "time", $"{Hours(plan.Hours)} on {Figures.Count(plan.Layout.Devices)} {device.Name}: {Figures.Significant(plan.DeviceHours, 4)} device-hours at {Figures.Significant(plan.TokensPerSecond)} tokens/s and {Figures.Significant(plan.FlopsPerSecond / 1e12)} TFLOP/s each{(plan.MfuIsAssumed ? " (the utilisation is an assumption)" : "")}");
        foreach (var (format, peak) in device.Peaks) Line(output, "", $"{Percent(plan.FlopsPerSecond / peak)} of the peak {Figures.Significant(peak / 1e12, 4)} TFLOP/s {format}");
        Line(output, "cost", $"{Figures.Significant(plan.Cost)} US dollars at {Figures.Significant(plan.PricePerHour)} an hour and device{(plan.PriceIsAssumed ? " (an assumption; --price says what you pay)" : "")}");
    }

    private static void Line(TextWriter output, string name, string text) => output.WriteLine($"{name,-Indent}{text}");

    private static string Loss(double value) => value.ToString("0.000", CultureInfo.InvariantCulture);

    private static string Percent(double share) => (100 * share).ToString("0.0", CultureInfo.InvariantCulture) + " %";

    private static string Flops(double value) => value.ToString("0.00e0", CultureInfo.InvariantCulture);

    private static string Giga(double bytes) => (bytes / 1e9).ToString(bytes < 1e8 ? "0.000" : "#,0.0", CultureInfo.InvariantCulture);

    private static string Tokens(double value) => value switch
    {
        >= 1e15 and < double.PositiveInfinity => Figures.Significant(value / 1e12) + " T",
        >= 1e12 and < 1e15 => Figures.Significant(value / 1e12, 4) + " T",
        _ => Figures.Short(value),
    };

    private static string Hours(double hours) => hours switch
    {
        < 1 => Figures.Duration(3600 * hours),
        < 48 => Figures.Significant(hours) + " hours",
        < 24 * 700 => Figures.Significant(hours / 24) + " days",
        _ => Figures.Significant(hours / 24 / 365) + " years",
    };
}
