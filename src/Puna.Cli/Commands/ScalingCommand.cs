using System.CommandLine;
using Puna.Cli.Options;
using Puna.Cli.Reporting;
using Puna.Cli.Terminal;
using Puna.Experiments.Pretraining;
using Puna.Experiments.Recipes;
using Puna.Experiments.Runs;
using Puna.Experiments.Scaling;

namespace Puna.Cli.Commands;

/// <summary><c>puna scaling</c>: a ladder of small models and the laws they follow.</summary>
internal static class ScalingCommand
{
    public static Command Create(Session session)
    {
        var recipe = new Argument<string?>("RECIPE") { Description = "A recipe with a section scaling; may be left out with --resume", Arity = ArgumentArity.ZeroOrOne };
        var output = CommonOptions.Output("The run folder (default runs/NAME-DATE-TIME, which is printed)");
        var resume = new Option<bool>("--resume") { Description = "Go on with the ladder in the output folder; finished trainings are not repeated" };
        var overwrite = new Option<bool>("--overwrite") { Description = "Replace the run in the output folder" };
        var budgets = NumberOption.Whole("--budgets", "Train only so many of the smallest budgets; --resume trains the rest later", 1);
        var list = new Option<bool>("--list") { Description = "Print every training with its size, tokens and FLOPs, and train nothing" };
        var set = new Option<string[]>("--set") { Description = "Set any key of the recipe; may be given several times", HelpName = "KEY=VALUE", Arity = ArgumentArity.OneOrMore, DefaultValueFactory = _ => [] };
        var device = CommonOptions.Device();
        var threads = CommonOptions.Threads();
        var json = CommonOptions.Json("Print one JSON object with the result on standard output, and nothing else there");
        var verb = new Verb("scaling", "Train a ladder of small models, fit scaling laws, predict the next size",
            "puna scaling scaling-world --output runs/ladder",
            "puna scaling scaling-world --list",
            "puna scaling --resume --output runs/ladder       # after Ctrl-C",
            "puna scaling scaling-past-chinchilla             # one size at 1, 4, 16 and 64 times its optimum");
        verb.Arguments.Add(recipe);
        foreach (var option in (Option[])[output, resume, overwrite, budgets, list, set, device, threads, json]) verb.Options.Add(option);
        return verb.Does(parsed =>
        {
            var mode = RunModes.Of(parsed.GetValue(resume), parsed.GetValue(overwrite));
            var folder = parsed.GetValue(output);
            var loaded = RecipeLoader.Load(RunModes.RecipeOf("scaling", parsed.GetValue(recipe), mode, folder), parsed.GetValue(set));
            if (parsed.GetValue(list))
            {
                var runs = LadderRun.All(loaded);
                foreach (var run in runs) session.Output.WriteLine(run.Describe());
                session.Output.WriteLine($"{runs.Count} trainings, {runs.Sum(run => run.Flops):0.0e0} FLOPs in all, the longest {runs.Max(run => run.Tokens):0.0e0} tokens");
                return ExitCodes.Done;
            }
            LadderRun.All(loaded);
            if (folder is null) session.Log($"output folder {folder = RunFolder.DefaultPath(loaded.Name, DateTime.Now)}");
            using var work = session.Interrupts.Begin();
            var result = ScalingRun.Run(loaded, new RunOptions(folder, mode, parsed.GetValue(device)!, parsed.GetValue(threads) ?? 0), Displays.For(session), parsed.GetValue(budgets), work.Token);
            session.Interrupts.End();
            if (result is null) return ExitCodes.Stopped;
            if (parsed.GetValue(json)) session.Output.WriteLine(result.ToJson());
            else if (!session.OutputIsTerminal) session.Output.WriteLine(RunFolder.Read(folder).ReportPath);
            return ExitCodes.Done;
        });
    }
}
