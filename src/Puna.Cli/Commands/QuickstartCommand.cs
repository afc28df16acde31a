using System.CommandLine;
using Puna.Cli.Options;
using Puna.Cli.Reporting;
using Puna.Cli.Terminal;
using Puna.Experiments.Quickstart;
using Puna.Experiments.Recipes;
using Puna.Experiments.Runs;

namespace Puna.Cli.Commands;

/// <summary><c>puna quickstart</c>: from nothing to a model to talk to.</summary>
internal static class QuickstartCommand
{
    public static Command Create(Session session)
    {
        var data = new Option<string?>("--data") { Description = "Learn from this text (UTF-8) instead of the built-in stories", HelpName = "FILE" };
        var output = CommonOptions.Output("The run folder (default runs/quickstart-DATE-TIME, which is printed)");
        var overwrite = new Option<bool>("--overwrite") { Description = "Replace the run in the output folder" };
        var seed = NumberOption.Whole("--seed", "Of the stories, the weights, the order and the samples", 0, int.MaxValue, "-s");
        var device = CommonOptions.Device();
        var threads = CommonOptions.Threads();
        var precision = CommonOptions.Precision();
        var json = CommonOptions.Json("Print one JSON object with the result on standard output, and nothing else there");
        var verb = new Verb("quickstart", "Train a small Llama from nothing in about a minute, and talk to it",
            "puna quickstart",
            "puna quickstart --seed 2 --json",
            "puna quickstart --data my-text.txt --output runs/mine");
        foreach (var option in (Option[])[data, output, overwrite, seed, device, threads, precision, json]) verb.Options.Add(option);
        return verb.Does(parsed =>
        {
            var chosen = CommonOptions.PrecisionOf(parsed.GetValue(precision)) ?? TrainingPrecision.Auto;
            var folder = parsed.GetValue(output);
            if (folder is null) session.Log($"output folder {folder = RunFolder.DefaultPath("quickstart", DateTime.Now)}");
            var options = new QuickstartOptions(folder, parsed.GetValue(overwrite) ? RunFolderMode.Overwrite : RunFolderMode.New, parsed.GetValue(data) is { } text ? DataFiles.Of(text, session) : null, parsed.GetValue(seed) ?? 1,
                parsed.GetValue(device)!, parsed.GetValue(threads) ?? 0, chosen);
            using var work = session.Interrupts.Begin();
            var result = QuickstartRun.Run(options, Displays.For(session), work.Token);
            session.Interrupts.End();
            if (result is null) return ExitCodes.Stopped;
            if (parsed.GetValue(json)) session.Output.WriteLine(result.ToJson());
            else if (!session.OutputIsTerminal) session.Output.WriteLine(result.ModelPath);
            return ExitCodes.Done;
        });
    }
}
