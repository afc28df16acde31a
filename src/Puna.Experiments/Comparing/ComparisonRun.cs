using Puna.Experiments.Pretraining;
using Puna.Experiments.Recipes;

namespace Puna.Experiments.Comparing;

/// <summary>
/// Trains several recipes in turn, seed after seed, on the same text and seeds, and sets their figures side by side. Every run is a run folder of its own, so a
/// comparison that was stopped goes on where it was: finished runs are kept, a begun one is resumed from its checkpoint.
/// </summary>
public static class ComparisonRun
{
    /// <summary>Runs to the end, or to a cancellation.</summary>
    /// <returns>What was found; null where it was stopped.</returns>
    /// <exception cref="InvalidDataException">Recipes, data, folder or machine do not allow it.</exception>
    /// <exception cref="IOException">The disk is full or not writable.</exception>
    public static Comparison? Run(ComparisonOptions options, IRunDisplay display, CancellationToken cancellation = default)
    {
        if (options.Recipes.Count < 2) throw new InvalidDataException("a comparison needs two recipes or more; give puna compare RECIPE_A RECIPE_B");
        foreach (var recipe in options.Recipes) recipe.RequireData();
        var names = Names(options.Recipes);
        var folder = ComparisonFolder.Open(options.Output, options.Mode, names);
        long[] seeds = [.. Enumerable.Range(0, options.Seeds).Select(i => options.Recipes[0].Training.Seed + i)];
        var settings = DifferingSetting.Of([.. options.Recipes.Select(recipe => WithSeed(recipe, seeds[0]))]);
        var runs = names.Select(_ => new List<ComparedRun>()).ToArray();
        foreach (var seed in seeds)
        {
            for (var i = 0; i < names.Length; i++)
            {
                var recipe = WithSeed(options.Recipes[i], seed);
                var path = folder.RunPath(names[i], seed);
                display.Stage($"{names[i]}, seed {seed}");
                if (PretrainRun.Run(recipe, new RunOptions(path, folder.ModeOf(names[i], recipe), options.Device, options.Threads), display, cancellation) is null)
                {
                    display.Say($"the comparison is stopped; go on with the same command and --resume --output {options.Output}");
                    return null;
                }
                runs[i].Add(ComparedRun.Read(path, seed));
            }
        }
        var comparison = new Comparison(seeds, [.. names.Select((name, i) => new Entrant(name, WithSeed(options.Recipes[i], seeds[0]), runs[i]))], settings);
        Puna.Text.AtomicFile.WriteText(folder.ResultPath, ComparisonJson.Write(comparison) + "\n");
        ComparisonReport.Build(comparison).Save(folder.ReportPath);
        display.Stage("compared");
        if (comparison.Caveat is { } caveat) display.Say($"WARNING: {caveat}");
        display.Say($"report {folder.ReportPath}");
        return comparison;
    }

    private static Recipe WithSeed(Recipe recipe, long seed) => recipe with { Training = recipe.Training with { Seed = seed } };

    /// <summary>A folder name a recipe; recipes of the same name get numbers.</summary>
    private static string[] Names(IReadOnlyList<Recipe> recipes)
    {
        var names = new List<string>();
        foreach (var recipe in recipes)
        {
            var safe = string.Concat(recipe.Name.Select(character => char.IsLetterOrDigit(character) || character is '-' or '_' or '.' or '=' ? character : '-')).Trim('.');
            var name = safe.Length > 0 ? safe : "recipe";
            for (var number = 2; names.Contains(name, StringComparer.OrdinalIgnoreCase); number++) name = $"{safe}-{number}";
            names.Add(name);
        }
        return [.. names];
    }
}
