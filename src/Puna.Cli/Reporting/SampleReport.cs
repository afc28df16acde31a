using Puna.Cli.Terminal;
using Puna.Inference;

namespace Puna.Cli.Reporting;

/// <summary>Several samples of one prompt, one below the other.</summary>
internal static class SampleReport
{
    public static int Run(Session session, TextGenerator generator, PromptRequest request, SamplingOptions sampling, GenerationOptions limits, int count, bool asJson, string echo)
    {
        using var work = session.Interrupts.Begin();
        var (samples, statistics) = SampleSet.Draw(generator, request, sampling, limits, count, work.Token);
        session.Interrupts.End();
        if (asJson)
        {
            GenerationReport.WriteJson(session.Output, [.. samples.Select(sample => sample with { Text = echo + sample.Text })], statistics, sampling, generator.Model.Tokenizer!);
        }
        else
        {
            for (var i = 0; i < samples.Count; i++)
            {
                session.Output.WriteLine($"--- sample {i + 1} of {count}, seed {samples[i].Seed}");
                session.Output.WriteLine(echo + samples[i].Text);
                if (limits.LogProbabilities is not null) GenerationReport.WriteTable(session.Output, samples[i].LogProbabilities, generator.Model.Tokenizer!);
            }
        }
        session.Output.Flush();
        session.Log(GenerationReport.Line(statistics, sampling, count));
        return work.IsCancellationRequested ? ExitCodes.Stopped : ExitCodes.Done;
    }
}
