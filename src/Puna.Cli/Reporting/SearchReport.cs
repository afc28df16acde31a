using Puna.Cli.Options;
using Puna.Cli.Terminal;
using Puna.Experiments.Reports;
using Puna.Inference;

namespace Puna.Cli.Reporting;

/// <summary>Continuations that a search found.</summary>
internal static class SearchReport
{
    /// <summary>Searches and shows: on standard output each text on lines of its own, or one JSON object.</summary>
    /// <param name="session">Streams.</param>
    /// <param name="plan">What was asked for.</param>
    /// <param name="generator">Of the model.</param>
    /// <param name="request">The prompt.</param>
    /// <param name="sampling">How draws are made.</param>
    /// <param name="limits">When to stop.</param>
    /// <param name="echo">Text before each continuation; empty for none.</param>
    /// <param name="asJson">Whether to print JSON.</param>
    public static int Run(Session session, SearchPlan plan, TextGenerator generator, PromptRequest request, SamplingOptions sampling, GenerationOptions limits, string echo, bool asJson)
    {
        using var work = session.Interrupts.Begin();
        var search = new TextSearch(generator);
        var found = plan.Run(search, request, sampling, limits, work.Token);
        session.Interrupts.End();
        if (asJson) WriteJson(session.Output, found, echo, search.Statistics, plan.Beams is null ? sampling : null);
        else
        {
            foreach (var (text, _) in found) session.Output.WriteLine(echo + text);
        }
        session.Output.Flush();
        for (var i = 0; i < found.Count; i++) session.Log($"{i + 1}: {Line(found[i].Completion)}");
        session.Log($"{Figures.Count(search.Statistics.PromptTokens)} prompt tokens, {Figures.Count(search.Statistics.GeneratedTokens)} tokens of all continuations in {Figures.Duration(search.Statistics.GeneratedSeconds)}"
            + (plan.Beams is null ? $", seeds {sampling.Seed} and on" : $", {plan.Beams.BeamCount} beams"));
        return ExitCodes.Done;
    }

    private static string Line(Completion completion) =>
        $"score {completion.Score:0.0000}, log-probability {completion.LogProbability:0.000} of {Figures.Count(completion.TokenCount)} tokens, ended by {(completion.FinishReason == FinishReason.Stop ? "a stop" : "the limit")}";

    private static void WriteJson(TextWriter output, IReadOnlyList<TextCompletion> found, string echo, GenerationStatistics statistics, SamplingOptions? sampling) => JsonOutput.WriteObject(output, json =>
    {
        json.WriteString("text", found.Count > 0 ? echo + found[0].Text : echo);
        json.WriteString("finish_reason", Reason(statistics.FinishReason));
        json.WriteNumber("prompt_tokens", statistics.PromptTokens);
        json.WriteNumber("generated_tokens", statistics.GeneratedTokens);
        json.WriteNumber("seconds", statistics.GeneratedSeconds);
        if (sampling is not null)
        {
            json.WriteNumber("temperature", sampling.Temperature);
            json.WriteNumber("seed", sampling.Seed);
        }
        json.WriteStartArray("sequences");
        foreach (var (text, completion) in found)
        {
            json.WriteStartObject();
            json.WriteString("text", echo + text);
            json.WriteStartArray("tokens");
            foreach (var id in completion.Ids) json.WriteNumberValue(id);
            json.WriteEndArray();
            json.WriteString("finish_reason", Reason(completion.FinishReason));
            json.WriteNumber("score", completion.Score);
            json.WriteNumber("log_probability", completion.LogProbability);
            json.WriteNumber("mean_log_probability", completion.MeanLogProbability);
            json.WriteEndObject();
        }
        json.WriteEndArray();
    });

    private static string Reason(FinishReason reason) => reason == FinishReason.Stop ? "stop" : "length";
}
