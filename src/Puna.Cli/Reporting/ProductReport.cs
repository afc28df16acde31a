using System.Globalization;
using Puna.Experiments.Benchmarks;
using Puna.Tensors;

namespace Puna.Cli.Reporting;

/// <summary>The figures of <c>puna bench --product</c>.</summary>
internal static class ProductReport
{
    public static void Write(TextWriter output, ProductBench bench, bool asJson)
    {
        if (asJson)
        {
            WriteJson(output, bench);
            return;
        }
        output.WriteLine($"{HardwareProbe.ProcessorName}, {bench.Tier.Name}, {(bench.Tier.HasBFloat16 ? "bf16" : "fp32")}");
        output.WriteLine("threads          M×N×K  GFLOP/s  of the peak  with packing  packing");
        foreach (var line in bench.Lines)
        {
            output.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{line.Threads,7}  {$"{line.Speed.M}×{line.Speed.N}×{line.Speed.K}",13}  {line.Speed.Flops / 1e9,7:0}  {line.Share,11:0.0%}  {line.Speed.FlopsWithPacking / 1e9,12:0}  {1e6 * line.Speed.PackingSeconds,4:0} µs"));
        }
    }

    private static void WriteJson(TextWriter output, ProductBench bench) => JsonOutput.WriteLine(output, json =>
    {
        json.WriteStartObject();
        json.WriteString("processor", HardwareProbe.ProcessorName);
        json.WriteString("tier", bench.Tier.Name);
        json.WriteStartArray("products");
        foreach (var line in bench.Lines)
        {
            json.WriteStartObject();
            json.WriteNumber("threads", line.Threads);
            json.WriteNumber("m", line.Speed.M);
            json.WriteNumber("n", line.Speed.N);
            json.WriteNumber("k", line.Speed.K);
            json.WriteNumber("flops", line.Speed.Flops);
            json.WriteNumber("flops_with_packing", line.Speed.FlopsWithPacking);
            json.WriteNumber("packing_seconds", line.Speed.PackingSeconds);
            json.WriteNumber("peak_flops_before", line.PeakBefore);
            json.WriteNumber("peak_flops_after", line.PeakAfter);
            json.WriteEndObject();
        }
        json.WriteEndArray();
        json.WriteEndObject();
    });
}
