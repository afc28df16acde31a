using Puna.Experiments.Benchmarks;
using Puna.Experiments.Reports;

namespace Puna.Cli.Reporting;

/// <summary>The figures of <c>puna bench --encode</c>.</summary>
internal static class TokenizerBenchReport
{
    public static void Write(TextWriter output, TokenizerBench result)
    {
        output.WriteLine($"text            {Figures.Count(result.Bytes)} bytes, {Figures.Count(result.Tokens)} tokens line by line");
        output.WriteLine($"by line         {Speed(result.ByLine)} on one thread, {Speed(result.Threaded)} on {result.Threads}");
        output.WriteLine($"one string      {Speed(result.OneMegabyte)} for a megabyte, {Speed(result.Whole)} for the whole text, on one thread");
    }

    public static void WriteJson(TextWriter output, TokenizerBench result) => JsonOutput.WriteObject(output, json =>
    {
        json.WriteNumber("bytes", result.Bytes);
        json.WriteNumber("tokens", result.Tokens);
        json.WriteNumber("by_line_bytes_per_second", result.ByLine);
        json.WriteNumber("one_megabyte_bytes_per_second", result.OneMegabyte);
        json.WriteNumber("one_string_bytes_per_second", result.Whole);
        json.WriteNumber("threads", result.Threads);
        json.WriteNumber("threaded_bytes_per_second", result.Threaded);
    });

    private static string Speed(double bytes) => $"{Figures.Significant(bytes / 1e6)} MB/s";
}
