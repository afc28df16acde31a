namespace Puna.Experiments.Recipes;

/// <summary>A recipe that comes with the program.</summary>
/// <param name="Name">What to call it by.</param>
/// <param name="Description">What it reproduces, in one line.</param>
public sealed record RecipeInfo(string Name, string Description);

/// <summary>The recipes that come with the program: the files of the folder <c>recipes</c>, carried inside the assembly.</summary>
public static class RecipeCatalog
{
    private const string Prefix = "recipes/";
    private const string Extension = ".yaml";

    /// <summary>Their names, in alphabetical order.</summary>
    public static IReadOnlyList<string> Names { get; } =
    [
        .. typeof(RecipeCatalog).Assembly.GetManifestResourceNames()
            .Where(resource => resource.StartsWith(Prefix, StringComparison.Ordinal) && resource.EndsWith(Extension, StringComparison.Ordinal))
            .Select(resource => resource[Prefix.Length..^Extension.Length])
            .Order(StringComparer.Ordinal),
    ];

    /// <summary>Every built-in recipe with its description.</summary>
    public static IReadOnlyList<RecipeInfo> All() => [.. Names.Select(name => new RecipeInfo(name, RecipeLoader.Load(name).Description))];

    /// <summary>The YAML of a built-in recipe, comments included, or null where there is none of that name.</summary>
    /// <param name="name">Name without extension.</param>
    public static string? Text(string name)
    {
        using var stream = typeof(RecipeCatalog).Assembly.GetManifestResourceStream(Prefix + name + Extension);
        if (stream is null) return null;
        using var reader = new StreamReader(stream);
        return reader.ReadToEnd();
    }

    /// <summary>The name that a user's text stands for: without folder and extension only if it has no folder, so that a mistyped path is not taken for a name.</summary>
    internal static string? NameOf(string text)
    {
        if (text.Contains('/') || text.Contains('\\')) return null;
        return text.EndsWith(Extension, StringComparison.Ordinal) ? text[..^Extension.Length] : text;
    }
}
