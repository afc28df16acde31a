using System.Globalization;
using System.Text.Json;
using Puna.Experiments.Reports;
using Puna.Inference;
using Puna.Text;

namespace Puna.Cli.Reporting;

/// <summary>The figures of a generation.</summary>
internal static class GenerationReport
{
    /// <summary>One line of them.</summary>
    /// <param name="statistics">The figures.</param>
    /// <param name="sampling">How tokens were drawn; null where none were.</param>
    /// <param name="samples">Answers that were drawn.</param>
    public static string Line(GenerationStatistics statistics, SamplingOptions? sampling, int samples = 1) =>
        $"{Drafts(statistics)}{Figures.Count(statistics.PromptTokens)} prompt tokens in {Figures.Duration(statistics.PromptSeconds)}, {Figures.Count(statistics.GeneratedTokens)} tokens at {Figures.Significant(statistics.TokensPerSecond)} a second, "
        + $"ended by {(statistics.FinishReason == FinishReason.Stop ? "a stop" : "the limit")}{Seeds(sampling, samples)}";

    private static string Seeds(SamplingOptions? sampling, int samples) => sampling switch
    {
        null => ", nothing drawn",
        { Temperature: <= 0 } => ", greedy",
        _ => samples == 1 ? $", seed {sampling.Seed}" : $", seeds {sampling.Seed} to {SampleSet.SeedOf(sampling.Seed, samples - 1)}",
    };

    /// <summary>What became of drafts, where there were any. The seed ends the line.</summary>
    private static string Drafts(GenerationStatistics statistics) => statistics.Passes == 0 ? ""
        : $"{Figures.Percent(statistics.AcceptanceRate)} of {Figures.Count(statistics.DraftedTokens)} drafted tokens taken, {Figures.Significant(statistics.TokensPerPass)} tokens a pass; ";

    public static void WriteJson(TextWriter output, string text, TextGenerator generator, SamplingOptions? sampling) => JsonOutput.WriteObject(output, json =>
    {
        var statistics = generator.Statistics;
        WriteSample(json, new Sample(text, generator.Tokens, statistics.FinishReason, sampling?.Seed ?? 0, generator.LogProbabilities), generator.Model.Tokenizer!, withSeed: sampling is not null);
        json.WriteNumber("prompt_tokens", statistics.PromptTokens);
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
    });

    public static void WriteJson(TextWriter output, IReadOnlyList<Sample> samples, GenerationStatistics statistics, SamplingOptions sampling, Tokenizer tokenizer) => JsonOutput.WriteObject(output, json =>
    {
        WriteSamples(json, samples, tokenizer);
        json.WriteNumber("prompt_tokens", statistics.PromptTokens);
        json.WriteNumber("prompt_seconds", statistics.PromptSeconds);
        json.WriteNumber("tokens_per_second", statistics.TokensPerSecond);
        json.WriteNumber("temperature", sampling.Temperature);
    });

    public static void WriteSamples(Utf8JsonWriter json, IReadOnlyList<Sample> samples, Tokenizer tokenizer)
    {
        json.WriteStartArray("samples");
        foreach (var sample in samples)
        {
            json.WriteStartObject();
            WriteSample(json, sample, tokenizer);
            json.WriteEndObject();
        }
        json.WriteEndArray();
    }

    /// <summary>The members of one answer.</summary>
    public static void WriteSample(Utf8JsonWriter json, Sample sample, Tokenizer tokenizer, bool withSeed = true)
    {
        json.WriteString("text", sample.Text);
        json.WriteStartArray("tokens");
        foreach (var id in sample.Tokens) json.WriteNumberValue(id);
        json.WriteEndArray();
        json.WriteString("finish_reason", sample.FinishReason == FinishReason.Stop ? "stop" : "length");
        json.WriteNumber("generated_tokens", sample.Tokens.Count);
        if (withSeed) json.WriteNumber("seed", sample.Seed);
        if (sample.LogProbabilities.Count == 0) return;
        json.WriteStartArray("logprobs");
        foreach (var token in sample.LogProbabilities)
        {
            json.WriteStartObject();
            Write(token.Token, token.LogProbability);
            json.WriteStartArray("top_logprobs");
            foreach (var (id, value) in token.Alternatives)
            {
                json.WriteStartObject();
                Write(id, value);
                json.WriteEndObject();
            }
            json.WriteEndArray();
            json.WriteEndObject();
        }
        json.WriteEndArray();

        void Write(int id, double value)
        {
            json.WriteNumber("id", id);
            json.WriteString("token", tokenizer.IdToPiece(id));
            json.WriteNumber("logprob", value);
        }
    }

    /// <summary>A line a token: what was chosen, ln p, p, and the alternatives with theirs.</summary>
    public static void WriteTable(TextWriter output, IReadOnlyList<TokenLogProbability> tokens, Tokenizer tokenizer)
    {
        var width = Math.Max(5, tokens.Select(token => Shown(token.Token).Length).DefaultIfEmpty().Max());
        output.WriteLine($"{"token".PadRight(width)}  {"ln p",8}  {"p",7}  alternatives");
        foreach (var token in tokens)
        {
            var line = string.Create(CultureInfo.InvariantCulture, $"{Shown(token.Token).PadRight(width)}  {token.LogProbability,8:0.0000}  {Math.Exp(token.LogProbability),7:0.0000}  ");
            output.WriteLine((line + string.Join("  ", token.Alternatives.Select(other => string.Create(CultureInfo.InvariantCulture, $"{Shown(other.Token)} {other.LogProbability:0.0000}")))).TrimEnd());
        }

        string Shown(int id) => string.Concat(tokenizer.IdToPiece(id).Select(c => c == '\n' ? "\\n" : char.IsControl(c) ? $"\\x{(int)c:x2}" : c.ToString()));
    }
}
