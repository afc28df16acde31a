using static Puna.Experiments.Recipes.KeyTypes;

namespace Puna.Experiments.Recipes;

/// <summary>
/// The table of every key that a recipe may hold. Reading, checking, writing, the nearest-key hint and the listing for users all come from here.
/// </summary>
public static class RecipeKeys
{
    private static readonly Dictionary<string, RecipeKey> Names = [];

    static RecipeKeys()
    {
        All = [.. Top(), .. ModelKeys.All(), .. TokenizerKeys.All(), .. DataKeys.All(), .. TrainingKeys.All(), .. PlanKeys.All(), .. ScalingKeys.All()];
        foreach (var key in All)
            foreach (var name in key.Aliases.Prepend(key.Path)) Names.Add(name, key);
        Sections = [.. All.Select(key => key.Section).Where(section => section.Length > 0).Distinct()];
    }

    /// <summary>All keys, in the order in which they are written.</summary>
    public static IReadOnlyList<RecipeKey> All { get; }

    /// <summary>Names of the sections.</summary>
    public static IReadOnlyList<string> Sections { get; }

    /// <summary>The key with that nested name or alias, or null.</summary>
    /// <param name="name">For example <c>optimizer.learning_rate</c> or <c>learning_rate</c>.</param>
    public static RecipeKey? Find(string name) => Names.GetValueOrDefault(name);

    /// <summary>The table in Markdown, for the documentation.</summary>
    public static string ToMarkdown()
    {
        var lines = All.Select(key =>
            $"| `{key.Path}` | {key.Type} | {key.Default.Replace("\n", "\\n")} | {key.Description} | {string.Join(", ", key.Aliases.Select(alias => $"`{alias}`"))} |");
        return "| key | holds | default | meaning | also known as |\n|---|---|---|---|---|\n" + string.Join('\n', lines) + "\n";
    }

    private static RecipeKey[] Top() =>
    [
        Words("name", "short name, used for the run folder", r => r.Name, (r, v) => r with { Name = v }, "the file's name"),
        Words("description", "one line that says what the recipe reproduces", r => r.Description, (r, v) => r with { Description = v }, "empty"),
        // Resolved before any value is read, so a recipe never holds it.
        new("extends", "a recipe", "the recipe whose values hold where this one gives none: a file beside it or a built-in name", "none", [], (r, _, _) => r, _ => null),
    ];
}
