using System.CommandLine;
using Puna.Cli.Options;
using Puna.Cli.Reporting;
using Puna.Cli.Terminal;
using Puna.Experiments.Comparing;
using Puna.Experiments.Runs;

namespace Puna.Cli.Commands;

/// <summary><c>puna compare</c>: recipes trained in turn on the same data and seeds, their figures side by side.</summary>
internal static class CompareCommand
{
    public static Command Create(Session session)
    {
        var recipes = new Argument<string[]>("RECIPE") { Description = "Recipe files or names of built-in ones; the others are set against the first", Arity = ArgumentArity.ZeroOrMore };
        var vary = new Option<string?>("--vary") { Description = "Compare each recipe with itself under several values of a key", HelpName = "KEY=A,B,…" };
        var seeds = NumberOption.Whole("--seeds", "Seeds for each recipe, from training.seed upwards (default 3)", 1, 100);
        var data = CommonOptions.Data("Training text, UTF-8; takes the place of data.train in every recipe");
        var output = CommonOptions.Output("The folder of the comparison, with a run folder for each recipe and seed (default runs/compare-DATE-TIME, which is printed)");
        var resume = new Option<bool>("--resume") { Description = "Go on with the comparison in the output folder: finished runs are kept" };
        var overwrite = new Option<bool>("--overwrite") { Description = "Replace the comparison in the output folder" };
        var set = new Option<string[]>("--set") { Description = "Set any key in every recipe (puna recipes --keys lists them); may be given several times", HelpName = "KEY=VALUE", Arity = ArgumentArity.OneOrMore, DefaultValueFactory = _ => [] };
        var device = CommonOptions.Device();
        var threads = CommonOptions.Threads();
        var json = CommonOptions.Json("Print one JSON object with all figures on standard output, and nothing else there");
        var shorthands = new RecipeShorthands();
        var verb = new Verb("compare", "Train recipes in turn on the same data and seeds, and compare their figures",
            "puna compare student-shakespeare student-gpt2 --data shakespeare.txt",
            "puna compare tiny-llama --vary optimizer.learning_rate=3e-4,1e-3,3e-3 --data a.txt --seeds 5",
            "puna compare student-shakespeare student-gpt2 --data shakespeare.txt --output runs/mine --resume       # after Ctrl-C")
        {
            Remarks = "The table has mean and spread over the seeds, and the paired difference of each recipe to the first with its standard error. Runs take turns (A, B, A, B), so that a machine that slows down slows all of them.",
        };
        verb.Arguments.Add(recipes);
        foreach (var option in (Option[])[vary, seeds, data, output, resume, overwrite, set, device, threads, json]) verb.Options.Add(option);
        shorthands.AddTo(verb);
        return verb.Does(parsed =>
        {
            var mode = RunModes.Of(parsed.GetValue(resume), parsed.GetValue(overwrite));
            var folder = parsed.GetValue(output);
            if (mode == RunFolderMode.Resume && folder is null) throw new InvalidDataException("--resume needs the folder of the comparison; give --output DIR");
            string[] settings = [.. parsed.GetValue(set)!, .. shorthands.Settings(parsed)];
            var entrants = Variations.Load(parsed.GetValue(recipes)!, parsed.GetValue(vary), settings, DataFiles.Of(parsed, data, session));
            if (folder is null) session.Log($"output folder {folder = RunFolder.DefaultPath("compare", DateTime.Now)}");
            using var work = session.Interrupts.Begin();
            var options = new ComparisonOptions(entrants, folder, parsed.GetValue(seeds) ?? 3, mode, parsed.GetValue(device)!, parsed.GetValue(threads) ?? 0);
            var comparison = ComparisonRun.Run(options, Displays.For(session), work.Token);
            session.Interrupts.End();
            if (comparison is null) return ExitCodes.Stopped;
            session.Output.Write(parsed.GetValue(json) ? ComparisonJson.Write(comparison) + "\n" : ComparisonTable.Write(comparison));
            return ExitCodes.Done;
        });
    }
}
