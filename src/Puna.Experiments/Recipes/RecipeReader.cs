namespace Puna.Experiments.Recipes;

/// <summary>Turns the entries that count into a recipe, and notes every value that cannot be.</summary>
internal static class RecipeReader
{
    public static Recipe Read(Recipe recipe, Dictionary<RecipeKey, RecipeEntry> entries, RecipeProblems problems)
    {
        var wrong = new HashSet<string>();
        foreach (var key in RecipeKeys.All)
        {
            if (!entries.TryGetValue(key, out var entry)) continue;
            try
            {
                recipe = key.Read(recipe, entry.Node, entry.Folder);
            }
            catch (RecipeValueException exception)
            {
                problems.Add(entry.Where, $"{entry.Spelling} {exception.Message}");
                wrong.Add(key.Path);
            }
        }
        new RecipeChecks(recipe, entries, wrong, problems).Run();
        return recipe;
    }
}
