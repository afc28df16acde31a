using Puna.Experiments.Recipes;
using Puna.Experiments.Runs;
using Puna.Training;

namespace Puna.Experiments.Pretraining;

/// <summary>The whole checkpoint that a run goes on from, found and compared with the recipe before any long work begins.</summary>
/// <param name="Folder">The checkpoint.</param>
/// <param name="IsSameRecipe">Whether all that shapes a step is as it was.</param>
internal sealed record ResumePoint(string Folder, bool IsSameRecipe)
{
    /// <summary>The recipe as it was when the checkpoint was written, within the checkpoint.</summary>
    public const string RecipeFile = "recipe.yaml";

    /// <summary>Finds it, once what a killed run left half done is put right; null where there is none yet.</summary>
    /// <exception cref="InvalidDataException">All checkpoints are damaged, or the recipe changed and nobody said that it may.</exception>
    public static ResumePoint? Find(RunOptions options, Recipe recipe, IRunDisplay display)
    {
        if (options.Mode != RunFolderMode.Resume || !RunFolder.IsRunFolder(options.Output)) return null;
        var run = RunFolder.Read(options.Output);
        run.Tidy();
        if (CheckpointShelf.NewestWhole(run, display.Say) is not { } folder) return null;
        var stored = Path.Combine(folder, RecipeFile);
        if (!File.Exists(stored)) return new ResumePoint(folder, true);
        var changes = RecipeDifference.Between(RecipeLoader.Load(stored), recipe);
        var grave = changes.Where(change => !change.IsFree).ToArray();
        if (grave.Length > 0 && !options.AllowChangedRecipe)
            throw new InvalidDataException($"the recipe changed since checkpoint {folder}: {string.Join("; ", grave.Select(change => change.ToString()))}; give the old values, or --allow-changed-recipe to go on with the new ones.");
        if (changes.Count > 0) display.Say($"changed since the checkpoint: {string.Join("; ", changes)}");
        return new ResumePoint(folder, grave.Length == 0);
    }

    /// <summary>Loads weights, moments and position.</summary>
    /// <exception cref="InvalidDataException">The checkpoint is of another network, or the text is another.</exception>
    public CheckpointState Load(Trainer trainer, bool isChangeAllowed)
    {
        var state = TrainingCheckpoint.Load(Folder, trainer, isChecked: true);
        if (IsSameRecipe && !isChangeAllowed && !TrainingCheckpoint.HasSameData(state, trainer))
            throw new InvalidDataException($"{Folder}: the batches it was trained on are not those that the text gives now, so the text changed since the run began; give the same text, or --allow-changed-recipe to go on with the new one.");
        return state;
    }
}
