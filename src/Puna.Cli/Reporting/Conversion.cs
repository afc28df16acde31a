using System.Diagnostics;
using Puna.Cli.Terminal;
using Puna.Experiments.Reports;
using Puna.Experiments.Runs;
using Puna.Models;
using Puna.Tensors;

namespace Puna.Cli.Reporting;

/// <summary>What convert and quantize were asked for.</summary>
internal sealed record ConversionRequest(string From, string To, ModelFormat Format, string? Type, string? Tokenizer, bool Overwrite, int Threads, bool Json)
{
    /// <summary>A folder with a LoRA adapter to merge; null for none.</summary>
    public string? Adapter { get; init; }

    /// <summary>A file of importances; null for none.</summary>
    public string? Importance { get; init; }

    /// <summary>Whether every matrix gets the same type.</summary>
    public bool IsPure { get; init; }
}

/// <summary>Runs a conversion and says what became of it.</summary>
internal static class Conversion
{
    /// <summary>What is replaced goes away whole, so it must be a model or empty, and hold nothing of the source.</summary>
    private static void RequireReplaceable(string from, string to)
    {
        if (!Path.Exists(to)) return;
        var (source, target) = (Trimmed(from), Trimmed(to));
        if (source == target) throw new InvalidDataException($"{to} is the model itself; give another place");
        if (source.StartsWith(target + Path.DirectorySeparatorChar, StringComparison.Ordinal) || target.StartsWith(source + Path.DirectorySeparatorChar, StringComparison.Ordinal))
            throw new InvalidDataException($"{to} and the model {from} lie one within the other; give another place");
        if (Directory.Exists(to) && Directory.EnumerateFileSystemEntries(to).Any() && !File.Exists(Path.Combine(to, "config.json")) && !File.Exists(Path.Combine(to, "params.json")))
            throw new InvalidDataException($"{to} is a folder that holds no model; --overwrite replaces models only");
    }

    private static string Trimmed(string path) => Path.TrimEndingDirectorySeparator(Path.GetFullPath(path));

    /// <summary>Converts.</summary>
    /// <param name="session">Where to say what happens.</param>
    /// <param name="request">What was asked for.</param>
    /// <param name="open">Gives the model where it is not read from <see cref="ConversionRequest.From"/>.</param>
    public static int Run(Session session, ConversionRequest request, Func<ModelSource>? open = null)
    {
        if (Path.Exists(request.To) && !request.Overwrite) throw new InvalidDataException($"{request.To} exists; give another place, or --overwrite to replace it");
        var from = open is null ? ModelLocator.Find(request.From) : request.From;
        RequireReplaceable(from, request.To);
        var display = Displays.For(session);
        var importance = request.Importance is { } matrix ? ImportanceMatrix.Load(matrix) : null;
        using var work = session.Interrupts.Begin();
        using var source = open is null ? ModelSource.Open(from, requireTokenizer: false, request.Tokenizer, request.Adapter) : open();
        using var pool = new WorkerPool(request.Threads > 0 ? request.Threads : ProcessorLimits.DefaultThreads());
        display.Stage(open is null ? $"{ModelFormats.NameOf(source.Format)} to {ModelFormats.NameOf(request.Format)}" : $"{request.From} as {ModelFormats.NameOf(request.Format)}");
        if (source.Tokenizer is null) display.Say($"without tokenizer: {source.TokenizerProblem ?? "there is none beside the weights"}; name one with --tokenizer PATH to put it in");
        var report = ModelConverter.Convert(source, request.To, request.Format, request.Type, pool, share =>
        {
            work.Token.ThrowIfCancellationRequested();
            display.Progress(share);
        }, gguf: new GgufOptions(importance, request.IsPure));
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
