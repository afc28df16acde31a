using Puna.Experiments.Recipes;

namespace Puna.Experiments.Comparing;

/// <summary>A key whose value is not the same in all recipes of a comparison.</summary>
/// <param name="Key">The nested name.</param>
/// <param name="Values">As YAML, one a recipe.</param>
public sealed record DifferingSetting(string Key, IReadOnlyList<string> Values)
{
    private static readonly string[] Budget = ["training.steps", "training.batch_size", "training.gradient_accumulation"];

    /// <summary>Whether it changes how much is trained on.</summary>
    public bool IsBudget => Budget.Contains(Key);

    /// <summary>Whether it changes the text or its tokens.</summary>
    public bool IsData => Key.StartsWith("data.", StringComparison.Ordinal) || Key.StartsWith("tokenizer.", StringComparison.Ordinal);

    /// <summary>All differing keys, name and description apart.</summary>
    /// <param name="recipes">Resolved recipes.</param>
    public static IReadOnlyList<DifferingSetting> Of(IReadOnlyList<Recipe> recipes) =>
    [
        .. RecipeKeys.All.Where(key => key.Path is not ("name" or "description"))
            .Select(key => new DifferingSetting(key.Path, [.. recipes.Select(recipe => key.Write(recipe) ?? "–")]))
            .Where(setting => setting.Values.Distinct().Count() > 1),
    ];
}
