using System.Text;
using Puna.Text;

namespace Puna.Experiments.Recipes;

/// <summary>The YAML text of a recipe and where it came from.</summary>
/// <param name="Label">The file as the user would name it, for errors.</param>
/// <param name="Identity">Tells one source from another, to notice a circle.</param>
/// <param name="Name">Name of the recipe unless it gives one.</param>
/// <param name="Folder">Where relative paths in it are looked up.</param>
/// <param name="Text">The YAML.</param>
internal sealed record RecipeSource(string Label, string Identity, string Name, string Folder, string Text)
{
    private const long MaximumBytes = 1 << 20;

    /// <summary>Finds a recipe by path, or by built-in name where no such file exists.</summary>
    /// <param name="pathOrName">A path, or a built-in name with or without extension.</param>
    /// <param name="folder">Where a relative path is looked up.</param>
    /// <exception cref="InvalidDataException">Neither a file nor a built-in name, or a file that is no text.</exception>
    public static RecipeSource Find(string pathOrName, string folder)
    {
        if (pathOrName.Length == 0 || pathOrName.Contains('\0')) throw new InvalidDataException($"'{pathOrName}' names no recipe; {BuiltIns()}");
        var path = Path.GetFullPath(pathOrName, folder);
        if (File.Exists(path)) return FromFile(path, folder == Environment.CurrentDirectory ? pathOrName : Path.GetRelativePath(Environment.CurrentDirectory, path));
        var name = RecipeCatalog.NameOf(pathOrName);
        if (name is not null && RecipeCatalog.Text(name) is { } text)
            return new RecipeSource($"{name}.yaml (built in)", $"built-in:{name}", name, Environment.CurrentDirectory, text);
        throw new InvalidDataException(Directory.Exists(path)
            ? $"{pathOrName} is a folder, not a recipe file."
            : $"There is no recipe '{pathOrName}', neither as a file nor built in; {BuiltIns()}");
    }

    private static string BuiltIns() => $"built-in recipes are {string.Join(", ", RecipeCatalog.Names)}.";

    private static RecipeSource FromFile(string path, string label)
    {
        var length = FileSize.Of(path);
        if (length > MaximumBytes) throw new InvalidDataException($"{label} has {length} bytes; a recipe has at most {MaximumBytes}, so this is some other file.");
        try
        {
            var text = new UTF8Encoding(false, throwOnInvalidBytes: true).GetString(File.ReadAllBytes(path)).TrimStart('\ufeff');
            return new RecipeSource(label, path, Path.GetFileNameWithoutExtension(path), Path.GetDirectoryName(path)!, text);
        }
        catch (DecoderFallbackException)
        {
            throw new InvalidDataException($"{label} is not UTF-8 text, so it is no recipe.");
        }
    }
}
