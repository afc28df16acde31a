using Puna.Experiments.Reports;
using Puna.Inference;

namespace Puna.Cli.Reporting;

/// <summary>The figures of a generation.</summary>
internal static class GenerationReport
{
    public static string Line(GenerationStatistics statistics, SamplingOptions sampling) =>
        $"{Figures.Count(statistics.PromptTokens)} prompt tokens in {Figures.Duration(statistics.PromptSeconds)}, {Figures.Count(statistics.GeneratedTokens)} tokens at {Figures.Significant(statistics.TokensPerSecond)} a second, "
        + $"ended by {(statistics.FinishReason == FinishReason.Stop ? "a stop" : "the limit")}{(sampling.Temperature > 0 ? $", seed {sampling.Seed}" : ", greedy")}";

    public static void WriteJson(TextWriter output, string text, TextGenerator generator, SamplingOptions sampling) => JsonOutput.WriteObject(output, json =>
    {
        var statistics = generator.Statistics;
        json.WriteString("text", text);
        json.WriteStartArray("tokens");
        foreach (var id in generator.Tokens) json.WriteNumberValue(id);
        json.WriteEndArray();
        json.WriteString("finish_reason", statistics.FinishReason == FinishReason.Stop ? "stop" : "length");
        json.WriteNumber("prompt_tokens", statistics.PromptTokens);
        json.WriteNumber("generated_tokens", statistics.GeneratedTokens);
        json.WriteNumber("prompt_seconds", statistics.PromptSeconds);
        json.WriteNumber("tokens_per_second", statistics.TokensPerSecond);
        json.WriteNumber("temperature", sampling.Temperature);
        json.WriteNumber("seed", sampling.Seed);
    });
}
