using Puna.Experiments.Reports;
using Puna.Inference;

namespace Puna.Cli.Reporting;

/// <summary>The figures of a generation.</summary>
internal static class GenerationReport
{
    /// <summary>One line of them.</summary>
    /// <param name="statistics">The figures.</param>
    /// <param name="sampling">How tokens were drawn; null where none were.</param>
    public static string Line(GenerationStatistics statistics, SamplingOptions? sampling) =>
        $"{Drafts(statistics)}{Figures.Count(statistics.PromptTokens)} prompt tokens in {Figures.Duration(statistics.PromptSeconds)}, {Figures.Count(statistics.GeneratedTokens)} tokens at {Figures.Significant(statistics.TokensPerSecond)} a second, "
        + $"ended by {(statistics.FinishReason == FinishReason.Stop ? "a stop" : "the limit")}{(sampling is null ? ", nothing drawn" : sampling.Temperature > 0 ? $", seed {sampling.Seed}" : ", greedy")}";

    /// <summary>What became of drafts, where there were any. The seed ends the line.</summary>
    private static string Drafts(GenerationStatistics statistics) => statistics.Passes == 0 ? ""
        : $"{Figures.Percent(statistics.AcceptanceRate)} of {Figures.Count(statistics.DraftedTokens)} drafted tokens taken, {Figures.Significant(statistics.TokensPerPass)} tokens a pass; ";

    public static void WriteJson(TextWriter output, string text, TextGenerator generator, SamplingOptions? sampling) => JsonOutput.WriteObject(output, json =>
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
        if (statistics.Passes > 0)
        {
            json.WriteNumber("drafted_tokens", statistics.DraftedTokens);
            json.WriteNumber("accepted_tokens", statistics.AcceptedTokens);
            json.WriteNumber("acceptance_rate", statistics.AcceptanceRate);
            json.WriteNumber("tokens_per_pass", statistics.TokensPerPass);
        }
        if (sampling is null) return;
        json.WriteNumber("temperature", sampling.Temperature);
        json.WriteNumber("seed", sampling.Seed);
    });
}
