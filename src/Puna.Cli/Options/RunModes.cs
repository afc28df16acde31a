using Puna.Experiments.Recipes;
using Puna.Experiments.Runs;

namespace Puna.Cli.Options;

/// <summary>What <c>--resume</c> and <c>--overwrite</c> mean together, and the recipe of a run to go on with.</summary>
internal static class RunModes
{
    /// <summary>What to do with a folder that is there.</summary>
    /// <exception cref="InvalidDataException">Both were given.</exception>
    public static RunFolderMode Of(bool resume, bool overwrite) => (resume, overwrite) switch
    {
        (true, true) => throw new InvalidDataException("--resume goes on with a run and --overwrite replaces it; give one of them"),
        (true, _) => RunFolderMode.Resume,
        (_, true) => RunFolderMode.Overwrite,
        _ => RunFolderMode.New,
    };

    /// <summary>The recipe given, or that of the run to resume.</summary>
    /// <exception cref="InvalidDataException">There is neither.</exception>
    public static string RecipeOf(string verb, string? recipe, RunFolderMode mode, string? folder)
    {
        if (mode == RunFolderMode.Resume && folder is null) throw new InvalidDataException("--resume needs the folder of the run; give --output DIR");
        if (recipe is not null) return recipe;
        if (mode == RunFolderMode.Resume) return RunFolder.Read(folder!).RecipePath;
        throw new InvalidDataException($"{verb} needs a recipe, and before any option that takes several values, as --data does: puna {verb} RECIPE; built-in recipes are {string.Join(", ", RecipeCatalog.Names)}");
    }
}
