using Puna.Experiments.Recipes;

namespace Puna.Experiments.Tests.Recipes;

/// <summary>A folder of recipe files that goes away with the test.</summary>
internal sealed class RecipeFolder : IDisposable
{
    public string Root { get; } = Directory.CreateTempSubdirectory("puna-recipes-").FullName;

    public string Add(string name, string yaml)
    {
        var path = Path.Combine(Root, name);
        Directory.CreateDirectory(Path.GetDirectoryName(path)!);
        File.WriteAllText(path, yaml);
        return path;
    }

    public Recipe Load(string name, params string[] sets) => RecipeLoader.Load(Path.Combine(Root, name), sets);

    public string[] Problems(string name, params string[] sets) =>
        Should.Throw<InvalidDataException>(() => Load(name, sets)).Message.Split('\n');

    public void Dispose() => Directory.Delete(Root, recursive: true);
}
