using System.Diagnostics;
using Puna.Cli.Terminal;
using Puna.Experiments.Reports;
using Puna.Experiments.Runs;
using Puna.Models;
using Puna.Tensors;

namespace Puna.Cli.Reporting;

/// <summary>What convert and quantize were asked for.</summary>
internal sealed record ConversionRequest(string From, string To, ModelFormat Format, string? Type, string? Tokenizer, bool Overwrite, int Threads, bool Json);

/// <summary>Runs a conversion and says what became of it.</summary>
internal static class Conversion
{
    public static int Run(Session session, ConversionRequest request)
    {
        if (Path.Exists(request.To) && !request.Overwrite) throw new InvalidDataException($"{request.To} exists; give another place, or --overwrite to replace it");
        var from = ModelLocator.Find(request.From);
        if (Path.Exists(request.To) && Path.GetFullPath(from) == Path.GetFullPath(request.To)) throw new InvalidDataException($"{request.To} is the model itself; give another place");
        var display = Displays.For(session);
        using var work = session.Interrupts.Begin();
        using var source = ModelSource.Open(from, requireTokenizer: false, request.Tokenizer);
        using var pool = new WorkerPool(request.Threads > 0 ? request.Threads : ProcessorLimits.DefaultThreads());
        display.Stage($"{ModelFormats.NameOf(source.Format)} to {ModelFormats.NameOf(request.Format)}");
        if (source.Tokenizer is null) display.Say($"without tokenizer: {source.TokenizerProblem ?? "there is none beside the weights"}; name one with --tokenizer PATH to put it in");
        var report = ModelConverter.Convert(source, request.To, request.Format, request.Type, pool, share =>
        {
            work.Token.ThrowIfCancellationRequested();
            display.Progress(share);
        });
        session.Interrupts.End();
        using var process = Process.GetCurrentProcess();
        var peak = process.PeakWorkingSet64;
        foreach (var note in report.Notes) display.Say(note);
        display.Say($"{Figures.Bytes(report.Bytes)} in {string.Join(", ", report.Types.Select(pair => $"{pair.Key} ({pair.Value})"))}; at most {Figures.Bytes(peak)} of memory");
        if (!request.Json)
        {
            if (!session.OutputIsTerminal) session.Output.WriteLine(request.To);
            return ExitCodes.Done;
        }
        JsonOutput.WriteObject(session.Output, json =>
        {
            json.WriteString("path", request.To);
            json.WriteString("format", ModelFormats.NameOf(report.Format));
            json.WriteNumber("bytes", report.Bytes);
            json.WriteNumber("parameters", source.Config.ParameterCount);
            json.WriteNumber("peak_memory_bytes", peak);
            json.WriteStartObject("types");
            foreach (var (type, count) in report.Types) json.WriteNumber(type, count);
            json.WriteEndObject();
            json.WriteStartArray("notes");
            foreach (var note in report.Notes) json.WriteStringValue(note);
            json.WriteEndArray();
        });
        return ExitCodes.Done;
    }
}
