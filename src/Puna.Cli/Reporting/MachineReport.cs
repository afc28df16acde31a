using System.Runtime.InteropServices;
using Puna.Experiments.Reports;
using Puna.Tensors;

namespace Puna.Cli.Reporting;

/// <summary>What doctor finds: everything a run depends on, measured.</summary>
internal sealed record MachineReport(KernelTier Used, string Why, int Threads, IReadOnlyDictionary<string, double> Flops, double Bandwidth)
{
    private static readonly TimeSpan Time = TimeSpan.FromMilliseconds(300);

    /// <summary>Measures every tier that is present, all threads at once, and the memory.</summary>
    /// <exception cref="InvalidDataException">The environment names a tier or a number of threads that cannot be.</exception>
    public static MachineReport Measure(int threads)
    {
        var forced = Environment.GetEnvironmentVariable(KernelTier.Variable);
        var used = KernelTier.Choose();
        var count = threads > 0 ? threads : ProcessorLimits.DefaultThreads();
        var why = string.IsNullOrWhiteSpace(forced) || forced == "auto" ? "the best this machine has" : $"{KernelTier.Variable} says so";
        return new MachineReport(used, why, count, KernelTier.Available.ToDictionary(tier => tier.Name, tier => HardwareProbe.PeakFlops(tier, count, Time)), HardwareProbe.ReadBandwidth(count, Time));
    }

    public void Write(TextWriter output)
    {
        output.WriteLine($"processor   {HardwareProbe.ProcessorName}");
        output.WriteLine($"system      {RuntimeInformation.OSDescription.Trim()}, {RuntimeInformation.FrameworkDescription}");
        output.WriteLine($"threads     {Threads} of {Environment.ProcessorCount} processors ({ProcessorLimits.ThreadsVariable} or --threads changes it)");
        output.WriteLine($"memory      {Figures.Significant(ProcessorLimits.TotalMemoryBytes / (double)(1L << 30))} GiB may be used");
        output.WriteLine($"bandwidth   {Figures.Significant(Bandwidth / 1e9)} GB/s read from memory, all threads");
        output.WriteLine($"device      cpu (this build has no other)");
        output.WriteLine($"kernels     {Used.Name}: {Why} ({KernelTier.Variable} changes it)");
        foreach (var tier in KernelTier.All)
            output.WriteLine($"  {tier.Name,-10} {(tier.IsSupported ? $"{Figures.Significant(Flops[tier.Name] / 1e9),7} {(tier.Format == "int8" ? "GOP/s" : "GFLOP/s")}" : "not here"),-15} {tier.Format}  {tier.Description}{(tier == Used ? "  <- used" : tier.Missing is { } reason ? $": {reason}" : "")}");
    }

    public void WriteJson(TextWriter output) => JsonOutput.WriteObject(output, json =>
    {
        json.WriteString("processor", HardwareProbe.ProcessorName);
        json.WriteString("system", RuntimeInformation.OSDescription.Trim());
        json.WriteString("runtime", RuntimeInformation.FrameworkDescription);
        json.WriteNumber("processors", Environment.ProcessorCount);
        json.WriteNumber("threads", Threads);
        json.WriteNumber("memory_bytes", ProcessorLimits.TotalMemoryBytes);
        json.WriteNumber("read_bytes_per_second", Bandwidth);
        json.WriteString("device", "cpu");
        json.WriteString("tier", Used.Name);
        json.WriteString("tier_reason", Why);
        json.WriteStartArray("tiers");
        foreach (var tier in KernelTier.All)
        {
            json.WriteStartObject();
            json.WriteString("name", tier.Name);
            json.WriteString("description", tier.Description);
            json.WriteString("format", tier.Format);
            json.WriteBoolean("present", tier.IsSupported);
            if (tier.Missing is { } reason) json.WriteString("missing", reason);
            if (Flops.TryGetValue(tier.Name, out var flops)) json.WriteNumber("flops", flops);
            json.WriteEndObject();
        }
        json.WriteEndArray();
    });
}
