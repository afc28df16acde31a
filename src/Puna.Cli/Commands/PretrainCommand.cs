using System.CommandLine;
using Puna.Cli.Options;
using Puna.Cli.Reporting;
using Puna.Cli.Terminal;
using Puna.Experiments.Pretraining;
using Puna.Experiments.Recipes;
using Puna.Experiments.Runs;

namespace Puna.Cli.Commands;

/// <summary><c>puna pretrain</c>: text in, a model out.</summary>
internal static class PretrainCommand
{
    public static Command Create(Session session)
    {
        var recipe = new Argument<string?>("RECIPE") { Description = "A recipe file or the name of a built-in one (see puna recipes); may be left out with --resume", Arity = ArgumentArity.ZeroOrOne };
        var data = CommonOptions.Data("Training text: files, folders or patterns of txt, jsonl, json, csv, tsv, parquet, each also .gz; takes the place of data.train");
        var column = DataOptions.Column();
        var output = CommonOptions.Output("The run folder (default runs/NAME-DATE-TIME, which is printed)");
        var resume = new Option<bool>("--resume") { Description = "Go on with the run in the output folder from its newest checkpoint" };
        var allow = new Option<bool>("--allow-changed-recipe") { Description = "With --resume: go on even where the recipe or the text is another than the checkpoint's" };
        var overwrite = new Option<bool>("--overwrite") { Description = "Replace the run in the output folder" };
        var set = new Option<string[]>("--set") { Description = "Set any key of the recipe (puna recipes --keys lists them); may be given several times", HelpName = "KEY=VALUE", Arity = ArgumentArity.OneOrMore, DefaultValueFactory = _ => [] };
        var device = CommonOptions.Device();
        var threads = CommonOptions.Threads();
        var json = CommonOptions.Json("Print one JSON object with the result on standard output, and nothing else there");
        var shorthands = new RecipeShorthands();
        var verb = new Verb("pretrain", "Train a model from text, as a recipe says",
            "puna pretrain student-shakespeare --data tinyshakespeare       # fetched once",
            "puna pretrain tiny-llama --data a.txt b.txt --steps 500 --output runs/mine",
            "puna pretrain my-recipe.yaml --set optimizer.learning_rate=3e-4 --json",
            "puna pretrain --resume --output runs/mine       # after Ctrl-C");
        verb.Arguments.Add(recipe);
        foreach (var option in (Option[])[data, column, output, resume, allow, overwrite, set, device, threads, json]) verb.Options.Add(option);
        shorthands.AddTo(verb);
        return verb.Does(parsed =>
        {
            var mode = RunModes.Of(parsed.GetValue(resume), parsed.GetValue(overwrite));
            var folder = parsed.GetValue(output);
            var loaded = DataOptions.WithColumn(RecipeLoader.Load(RunModes.RecipeOf("pretrain", parsed.GetValue(recipe), mode, folder), [.. parsed.GetValue(set)!, .. shorthands.Settings(parsed)], DataFiles.Of(parsed, data, session)), parsed.GetValue(column));
            if (folder is null) session.Log($"output folder {folder = RunFolder.DefaultPath(loaded.Name, DateTime.Now)}");
            using var work = session.Interrupts.Begin();
            var result = PretrainRun.Run(loaded, new RunOptions(folder, mode, parsed.GetValue(device)!, parsed.GetValue(threads) ?? 0, parsed.GetValue(allow)), Displays.For(session), work.Token);
            session.Interrupts.End();
            if (result is null) return ExitCodes.Stopped;
            if (parsed.GetValue(json)) session.Output.WriteLine(result);
            else if (!session.OutputIsTerminal) session.Output.WriteLine(RunFolder.Read(folder).ModelPath);
            return ExitCodes.Done;
        });
    }
}
