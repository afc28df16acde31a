using System.CommandLine;
using Puna.Cli.Options;
using Puna.Cli.Reporting;
using Puna.Cli.Terminal;
using Puna.Experiments.Pretraining;
using Puna.Experiments.Recipes;

namespace Puna.Cli.Commands;

/// <summary><c>puna data prepare</c>: documents in, shards of tokens out.</summary>
internal static class DataPrepareCommand
{
    private const string DefaultRecipe = "tiny-llama";

    public static Command Create(Session session)
    {
        var recipe = new Argument<string?>("RECIPE") { Description = $"A recipe file or the name of a built-in one (default {DefaultRecipe}); its data and tokenizer sections count", Arity = ArgumentArity.ZeroOrOne };
        var data = CommonOptions.Data("Files, folders or patterns: txt, jsonl, json, csv, tsv, parquet, each also .gz; take the place of data.train");
        var column = DataOptions.Column();
        var output = CommonOptions.Output("The folder for the shards; takes the place of data.shards");
        var overwrite = new Option<bool>("--overwrite") { Description = "Write the shards anew where there are some already" };
        var set = new Option<string[]>("--set") { Description = "Set any key of the recipe (puna recipes --keys lists them); may be given several times", HelpName = "KEY=VALUE", Arity = ArgumentArity.OneOrMore, DefaultValueFactory = _ => [] };
        var threads = CommonOptions.Threads();
        var json = CommonOptions.Json("Print one JSON object with all counts on standard output, and nothing else there");
        var options = new DataOptions();
        var verb = new Verb("prepare", "Read, filter, deduplicate and tokenise data into a folder of shards that pretrain uses",
            "puna data prepare --data wiki.jsonl.gz --output shards --tokenizer tokenizer.model",
            "puna data prepare --data 'web/**/*.parquet' --column content --deduplicate near --filters c4,gopher-quality --output shards",
            "puna data prepare my-recipe.yaml             # then: puna pretrain my-recipe.yaml, with data.shards in it");
        verb.Arguments.Add(recipe);
        foreach (var option in (Option[])[data, column, output, overwrite]) verb.Options.Add(option);
        options.AddTo(verb);
        foreach (var option in (Option[])[set, threads, json]) verb.Options.Add(option);
        return verb.Does(parsed =>
        {
            var loaded = DataOptions.WithColumn(RecipeLoader.Load(parsed.GetValue(recipe) ?? DefaultRecipe, [.. parsed.GetValue(set)!, .. options.Settings(parsed)], DataFiles.Of(parsed, data, session)), parsed.GetValue(column));
            var folder = parsed.GetValue(output) ?? loaded.Data.Shards ?? throw new InvalidDataException("data prepare needs a place for the shards: give --output DIR or data.shards in the recipe");
            using var work = session.Interrupts.Begin();
            var (shards, _) = ShardPreparation.Prepare(loaded, folder, parsed.GetValue(overwrite) ? ShardReuse.Never : ShardReuse.Require, parsed.GetValue(threads) ?? 0, Displays.For(session), work.Token);
            session.Interrupts.End();
            using (shards)
            {
                if (parsed.GetValue(json)) ShardReport.WriteJson(session.Output, folder, shards);
                else if (!session.OutputIsTerminal) session.Output.WriteLine(folder);
            }
            return ExitCodes.Done;
        });
    }
}
