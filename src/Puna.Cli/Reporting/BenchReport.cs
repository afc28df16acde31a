using System.Globalization;
using Puna.Experiments.Benchmarks;
using Puna.Experiments.Reports;
using Puna.Tensors;

namespace Puna.Cli.Reporting;

/// <summary>The figures of <c>puna bench</c>.</summary>
internal static class BenchReport
{
    public static void Write(TextWriter output, TrainingBenchResult result)
    {
        output.WriteLine($"recipe          {result.Recipe}: {Figures.Count(result.Parameters)} parameters, {Figures.Count(result.TokensPerStep)} tokens a step");
        output.WriteLine($"processor       {result.Processor}, {result.Tier}, {result.Threads} threads, {Name(result.Precision)}");
        output.WriteLine($"speed           {Figures.Significant(result.TokensPerSecond)} tokens/s over {result.Steps} steps");
        output.WriteLine(string.Create(CultureInfo.InvariantCulture, $"utilisation     {result.Mfu:0.0%} of {Figures.Significant(result.PeakFlops / 1e9)} GFLOP/s ({Figures.Significant(result.PeakBefore / 1e9)} before, {Figures.Significant(result.PeakAfter / 1e9)} after), {Figures.Short(result.FlopsPerToken)} FLOPs a token"));
        output.WriteLine($"memory          {Mega(result.PeakMemoryBytes)} MiB at most, {Mega(result.PlannedMemoryBytes)} predicted; activations {Mega(result.ActivationBytes)}, {Mega(result.PlannedActivationBytes)} predicted");
    }

    public static void WriteJson(TextWriter output, TrainingBenchResult result) => JsonOutput.WriteObject(output, json =>
    {
        json.WriteString("recipe", result.Recipe);
        json.WriteNumber("tokens_per_second", result.TokensPerSecond);
        json.WriteNumber("mfu", result.Mfu);
        json.WriteNumber("peak_flops", result.PeakFlops);
        json.WriteNumber("peak_flops_before", result.PeakBefore);
        json.WriteNumber("peak_flops_after", result.PeakAfter);
        json.WriteNumber("peak_memory_bytes", result.PeakMemoryBytes);
        json.WriteNumber("planned_memory_bytes", result.PlannedMemoryBytes);
        json.WriteNumber("activation_bytes", result.ActivationBytes);
        json.WriteNumber("planned_activation_bytes", result.PlannedActivationBytes);
        json.WriteNumber("parameters", result.Parameters);
        json.WriteString("tier", result.Tier);
        json.WriteString("precision", Name(result.Precision));
        json.WriteNumber("threads", result.Threads);
        json.WriteNumber("steps", result.Steps);
        json.WriteNumber("tokens_per_step", result.TokensPerStep);
        json.WriteNumber("flops_per_token", result.FlopsPerToken);
        json.WriteNumber("first_loss", result.FirstLoss);
        json.WriteString("processor", result.Processor);
    });

    private static string Name(Precision precision) => precision == Precision.BFloat16 ? "bf16" : "fp32";

    private static string Mega(long bytes) => Figures.Count(bytes >> 20);
}
