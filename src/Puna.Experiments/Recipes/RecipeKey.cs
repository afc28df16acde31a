using YamlDotNet.RepresentationModel;

namespace Puna.Experiments.Recipes;

/// <summary>One key of a recipe: what it is called, what it may hold, and how it gets into a <see cref="Recipe"/> and out again.</summary>
public sealed class RecipeKey
{
    internal RecipeKey(string path, string type, string description, string? @default, string[] aliases, ReadValue read, Func<Recipe, string?> write)
    {
        Path = path;
        Type = type;
        Description = description;
        Aliases = aliases;
        Read = read;
        Write = write;
        Default = @default ?? write(new Recipe()) ?? "none";
    }

    /// <summary>Puts the value of a YAML node into a recipe. Files named in the value are looked up from <paramref name="folder"/>.</summary>
    /// <exception cref="RecipeValueException">The node holds no such value.</exception>
    internal delegate Recipe ReadValue(Recipe recipe, YamlNode node, string folder);

    /// <summary>The nested name, as in <c>optimizer.learning_rate</c>.</summary>
    public string Path { get; }

    /// <summary>The section, as in <c>optimizer</c>; empty for a key at the top.</summary>
    public string Section => Path.Contains('.') ? Path[..Path.IndexOf('.')] : "";

    /// <summary>The name within the section, as in <c>learning_rate</c>.</summary>
    public string Leaf => Path[(Path.IndexOf('.') + 1)..];

    /// <summary>What the key may hold, in words.</summary>
    public string Type { get; }

    /// <summary>The value where no recipe gives one, as YAML or in words.</summary>
    public string Default { get; }

    /// <summary>What the key means, in one line.</summary>
    public string Description { get; }

    /// <summary>Flat names, known from other trainers, that mean the same at the top of a recipe and in <c>--set</c>.</summary>
    public IReadOnlyList<string> Aliases { get; }

    /// <summary>Keys that this one says as well (the pair of betas says each beta): a later layer with this key drops theirs, one layer may not hold both.</summary>
    internal IReadOnlyList<string> Covers { get; init; } = [];

    internal ReadValue Read { get; }

    /// <summary>The value as YAML on one line, or null where it goes without saying.</summary>
    internal Func<Recipe, string?> Write { get; }
}
