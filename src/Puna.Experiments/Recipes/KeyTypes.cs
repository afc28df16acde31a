namespace Puna.Experiments.Recipes;

/// <summary>Makes the lines of the table of keys, one method a kind of value.</summary>
internal static class KeyTypes
{
    public static RecipeKey Whole(
        string path, string description, Func<Recipe, int?> get, Func<Recipe, int, Recipe> set, int minimum, string? @default = null, params string[] aliases) =>
        new(path, YamlValue.WholeType(minimum, int.MaxValue), description, @default, aliases,
            (recipe, node, _) => set(recipe, (int)YamlValue.Whole(node, minimum, int.MaxValue)),
            recipe => get(recipe) is { } value ? YamlText.Of(value) : null);

    public static RecipeKey Number(
        string path, string description, Func<Recipe, double> get, Func<Recipe, double, Recipe> set, NumberRange range, params string[] aliases) =>
        new(path, range.ToString(), description, null, aliases,
            (recipe, node, _) => set(recipe, YamlValue.Number(node, range)),
            recipe => YamlText.Of(get(recipe)));

    public static RecipeKey Flag(string path, string description, Func<Recipe, bool> get, Func<Recipe, bool, Recipe> set, params string[] aliases) =>
        new(path, "true or false", description, null, aliases,
            (recipe, node, _) => set(recipe, YamlValue.Flag(node)),
            recipe => YamlText.Of(get(recipe)));

    public static RecipeKey Choice<T>(
        string path, string description, (string Name, T Value)[] choices, Func<Recipe, T> get, Func<Recipe, T, Recipe> set, params string[] aliases)
    {
        var type = string.Join(" or ", choices.Select(choice => choice.Name));
        return new(path, type, description, null, aliases,
            (recipe, node, _) =>
            {
                foreach (var (name, value) in choices)
                    if (string.Equals(name, YamlValue.Text(node), StringComparison.OrdinalIgnoreCase)) return set(recipe, value);
                throw RecipeValueException.MustBe(type, YamlValue.Show(node));
            },
            recipe => choices.First(choice => EqualityComparer<T>.Default.Equals(choice.Value, get(recipe))).Name);
    }

    public static RecipeKey Words(
        string path, string description, Func<Recipe, string?> get, Func<Recipe, string, Recipe> set, string? @default = null, params string[] aliases) =>
        new(path, "text", description, @default, aliases,
            (recipe, node, _) => set(recipe, YamlValue.Text(node)),
            recipe => get(recipe) is { } value ? YamlText.Of(value) : null);

    /// <summary>A file or folder; a relative one is looked up from the recipe that names it, and from the current folder in <c>--set</c>.</summary>
    public static RecipeKey Path(
        string path, string description, Func<Recipe, string?> get, Func<Recipe, string, Recipe> set, params string[] aliases) =>
        new(path, "a path", description, null, aliases,
            (recipe, node, folder) => set(recipe, FullPath(node, folder)),
            recipe => get(recipe) is { } value ? YamlText.Of(value) : null);

    public static string FullPath(YamlDotNet.RepresentationModel.YamlNode node, string folder)
    {
        var text = YamlValue.Text(node);
        if (text.Length == 0 || text.Contains('\0')) throw RecipeValueException.MustBe("a path", YamlValue.Show(node));
        return System.IO.Path.GetFullPath(text, folder);
    }
}
