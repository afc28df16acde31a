using System.Diagnostics;
using System.Security.Cryptography;
using System.Text;
using Puna.Cli.Terminal;
using Puna.Experiments.Reports;
using Puna.Inference;

namespace Puna.Cli.Reporting;

/// <summary>What is asked of every prompt of a file.</summary>
/// <param name="Prompts">The file of prompts.</param>
/// <param name="Output">The file of answers.</param>
/// <param name="Overwrite">Whether it is begun anew.</param>
/// <param name="Style">How a prompt is meant.</param>
/// <param name="System">A system message for prompts that have none of their own.</param>
/// <param name="Sampling">How tokens are chosen; the seed counts on from prompt to prompt.</param>
/// <param name="HasSeed">Whether the user named the seed.</param>
/// <param name="Limits">When to stop.</param>
/// <param name="Samples">Samples of each.</param>
/// <param name="Parallel">The most answers that are computed at once.</param>
internal sealed record PromptBatchRequest(string Prompts, string Output, bool Overwrite, PromptStyle Style, string? System, SamplingOptions Sampling, bool HasSeed, GenerationOptions Limits, int Samples, int Parallel);

/// <summary>Answers a file of prompts, several at once, in the order of the file, and goes on with what a stopped run has left.</summary>
internal static class PromptBatch
{
    private const int ReportsInAll = 20;
    private const int Ahead = 4; // prompts that are begun for each answer that is computed: a long one holds up those who write, and nobody who computes

    public static int Run(Session session, TextGenerator generator, PromptBatchRequest batch)
    {
        var prompts = PromptFile.Read(batch.Prompts);
        var requests = prompts.Select(prompt => Make(generator, prompt, batch)).ToArray(); // what is wrong with any is said before the work begins
        using var answers = AnswerFile.Open(batch.Output, prompts, RunName(generator, batch), batch.Overwrite);
        var seed = FirstSeed(answers, batch);
        var (done, kept, tokens, start) = (answers.Done.Count, answers.Done.Count, 0L, Stopwatch.GetTimestamp());
        if (batch.Parallel > 1 && !generator.Generator.Engine.IsBatchInvariant) session.Log("one answer at a time: with this model what is computed at once can change an answer's last digits");
        if (kept > 0) session.Log($"{Figures.Count(kept)} of {Figures.Count(prompts.Count)} answers are there already; going on");
        using var work = session.Interrupts.Begin();
        using var service = new ScheduledTokenService(generator.Generator.Engine, Scheduling(generator.Generator.Engine, batch.Parallel), ownsEngine: false);
        var every = Math.Max(1, (prompts.Count - kept) / ReportsInAll);
        var left = new Queue<BatchPrompt>(prompts.Where(prompt => !answers.Done.Contains(prompt.Index)));
        var open = new Queue<(BatchPrompt Prompt, long Seed, Task<Sample[]> Samples)>();
        while (true)
        {
            while (open.Count < Ahead * batch.Parallel && left.TryDequeue(out var next)) open.Enqueue(Begin(next));
            if (!open.TryDequeue(out var oldest)) break;
            var (prompt, first, _) = oldest;
            if (Wait(oldest.Samples, $"{batch.Prompts}, line {prompt.Line}", work.Token) is not { } samples) break; // half an answer is none
            answers.Add(prompt, first, json =>
            {
                json.WriteNumber("prompt_tokens", requests[prompt.Index].Ids.Count);
                if (samples is [var only]) GenerationReport.WriteSample(json, only, generator.Model.Tokenizer!, withSeed: false);
                else GenerationReport.WriteSamples(json, samples, generator.Model.Tokenizer!);
            });
            tokens += samples.Sum(sample => sample.Tokens.Count);
            if ((++done - kept) % every == 0 || done == prompts.Count) session.Log(Progress());
        }
        session.Interrupts.End();
        if (done < prompts.Count) session.Log($"stopped: {Figures.Count(done)} of {Figures.Count(prompts.Count)} answers are in {batch.Output}; the same command goes on");
        return done < prompts.Count ? ExitCodes.Stopped : ExitCodes.Done;

        (BatchPrompt, long, Task<Sample[]>) Begin(BatchPrompt prompt)
        {
            var first = SampleSet.SeedOf(seed, (long)prompt.Index * batch.Samples);
            return (prompt, first, Task.WhenAll(Enumerable.Range(0, batch.Samples).Select(i =>
                requests[prompt.Index].DrawAsync(service, generator, batch.Sampling with { Seed = SampleSet.SeedOf(first, i) }, batch.Limits, work.Token)).ToArray()));
        }

        string Progress()
        {
            var seconds = Stopwatch.GetElapsedTime(start).TotalSeconds;
            var left = done == kept ? double.NaN : seconds / (done - kept) * (prompts.Count - done);
            return $"{Figures.Count(done)}/{Figures.Count(prompts.Count)} prompts, {Figures.Count(tokens)} tokens at {Figures.Significant(tokens / Math.Max(seconds, 1e-9))} a second, {(done == prompts.Count ? $"done in {Figures.Duration(seconds)}" : $"{Figures.Duration(left)} left")}";
        }
    }

    /// <summary>Nobody reads along, so prompts are computed in large pieces. Where the last bits of an answer would depend on its neighbours, and so now and then its tokens, it has none.</summary>
    private static SchedulerOptions Scheduling(InferenceEngine engine, int parallel) =>
        engine.IsBatchInvariant ? new SchedulerOptions { MaxSequences = parallel, ChunkTokens = engine.BatchSize } : new SchedulerOptions { MaxSequences = 1, PooledSequences = 0 };

    /// <summary>The samples, when they are there; null where the work is cancelled.</summary>
    private static Sample[]? Wait(Task<Sample[]> samples, string place, CancellationToken cancellation)
    {
        try
        {
            var drawn = samples.GetAwaiter().GetResult();
            return cancellation.IsCancellationRequested ? null : drawn;
        }
        catch (OperationCanceledException) when (cancellation.IsCancellationRequested)
        {
            return null;
        }
        catch (InvalidDataException exception)
        {
            throw new InvalidDataException($"{place}: {exception.Message}", exception);
        }
    }

    private static PromptRequest Make(TextGenerator generator, BatchPrompt prompt, PromptBatchRequest batch)
    {
        try
        {
            var request = PromptRequest.Make(generator, prompt.Text, batch.Style, prompt.System ?? batch.System);
            request.Require(generator, batch.Limits);
            return request;
        }
        catch (InvalidDataException exception)
        {
            throw new InvalidDataException($"{batch.Prompts}, line {prompt.Line}: {exception.Message}", exception);
        }
    }

    /// <summary>A stopped run's seed holds on, unless the user names another one: then its answers are not this run's.</summary>
    private static long FirstSeed(AnswerFile answers, PromptBatchRequest batch)
    {
        if (answers.FirstSeed is not { } first) return batch.Sampling.Seed;
        var seed = unchecked((first.Seed - ((long)first.Index * batch.Samples)) & long.MaxValue);
        return batch.HasSeed && seed != batch.Sampling.Seed && batch.Sampling.Temperature > 0
            ? throw new InvalidDataException($"{batch.Output} was begun with --seed {seed}, and --seed {batch.Sampling.Seed} is asked for; give that one, another --output, or --overwrite to begin anew")
            : seed;
    }

    /// <summary>Everything that decides an answer save prompt and seed, in twelve digits.</summary>
    private static string RunName(TextGenerator generator, PromptBatchRequest batch)
    {
        var sampling = batch.Sampling;
        var text = string.Join('\n', generator.Generator.Engine.CacheIdentity, generator.Generator.ContextLength, batch.Style, batch.Style == PromptStyle.Raw ? null : generator.Model.ChatTemplate?.JinjaSource, batch.System,
            sampling with { Seed = 0 }, string.Join('\0', sampling.DrySequenceBreakers), string.Join(' ', sampling.LogitBias.OrderBy(bias => bias.Key)),
            batch.Limits.MaxOutputTokens, batch.Limits.LogProbabilities, string.Join('\0', batch.Limits.StopSequences), batch.Limits.Grammar?.Source, batch.Samples);
        return Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(text)))[..12];
    }
}
