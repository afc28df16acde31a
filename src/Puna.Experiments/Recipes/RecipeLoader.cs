using YamlDotNet.RepresentationModel;

namespace Puna.Experiments.Recipes;

/// <summary>Reads recipes: the file, what it extends, and the command line on top of both.</summary>
public static class RecipeLoader
{
    /// <summary>Reads a recipe with every value resolved.</summary>
    /// <param name="pathOrName">A file, or the name of a built-in recipe.</param>
    /// <param name="sets">Overrides as typed after <c>--set</c>: <c>key=value</c>, the value in YAML. The last of two for one key counts.</param>
    /// <param name="data">Files given by <c>--data</c>, which take the place of <c>data.train</c>; relative to the current folder.</param>
    /// <returns>The recipe; it may lack data, see <see cref="Recipe.RequireData"/>.</returns>
    /// <exception cref="InvalidDataException">Something is wrong: one line a problem, each with file and line (or the option) and key.</exception>
    public static Recipe Load(string pathOrName, IReadOnlyList<string>? sets = null, IReadOnlyList<string>? data = null) =>
        Load(RecipeSource.Find(pathOrName, Environment.CurrentDirectory), sets ?? [], data ?? []);

    /// <summary>Reads a recipe from YAML text.</summary>
    /// <param name="yaml">The text.</param>
    /// <param name="label">What errors call it.</param>
    /// <exception cref="InvalidDataException">Something is wrong: one line a problem.</exception>
    public static Recipe Parse(string yaml, string label = "recipe.yaml") =>
        Load(new RecipeSource(label, "text:" + label, Path.GetFileNameWithoutExtension(label), Environment.CurrentDirectory, yaml), [], []);

    private static Recipe Load(RecipeSource source, IReadOnlyList<string> sets, IReadOnlyList<string> data)
    {
        var problems = new RecipeProblems();
        var layers = ReadChain(source, problems);
        var own = layers[^1];

        var options = new RecipeLayer(layers.Count, Environment.CurrentDirectory, problems);
        foreach (var setting in sets) options.AddSetting(setting);
        if (data.Count > 0) options.AddValue("data.train", new YamlSequenceNode(data.Select(file => new YamlScalarNode(file))), "--data");
        layers.Add(options);

        var entries = Merge(layers, own);
        var recipe = RecipeReader.Read(new Recipe { Name = source.Name }, entries, problems);
        problems.ThrowIfAny();
        return recipe.Resolve();
    }

    /// <summary>The file and all it extends, the farthest first.</summary>
    private static List<RecipeLayer> ReadChain(RecipeSource source, RecipeProblems problems)
    {
        var chain = new List<RecipeSource> { source };
        var layers = new List<RecipeLayer>();
        // Layers count downwards while going up the chain; only their order matters.
        for (var current = source; ;)
        {
            var layer = new RecipeLayer(-layers.Count, current.Folder, problems);
            layer.AddFile(current);
            layers.Insert(0, layer);
            if (layer.Extends is not { } extends) return layers;
            if (FindBase(extends, current, chain, problems) is not { } next) return layers;
            chain.Add(next);
            current = next;
        }
    }

    private static RecipeSource? FindBase(RecipeEntry extends, RecipeSource current, List<RecipeSource> chain, RecipeProblems problems)
    {
        try
        {
            var next = RecipeSource.Find(YamlValue.Text(extends.Node), current.Folder);
            if (!chain.Exists(source => source.Identity == next.Identity)) return next;
            problems.Add(extends.Where, $"extends goes in a circle: {string.Join(" → ", chain.Append(next).Select(source => source.Label))}");
        }
        catch (RecipeValueException exception)
        {
            problems.Add(extends.Where, $"extends {exception.Message}");
        }
        catch (InvalidDataException exception)
        {
            problems.Add(extends.Where, $"extends: {exception.Message}");
        }
        return null;
    }

    /// <summary>Which entry counts for each key: the last one. An empty value takes the key back to its default.</summary>
    private static Dictionary<RecipeKey, RecipeEntry> Merge(List<RecipeLayer> layers, RecipeLayer own)
    {
        var entries = new Dictionary<RecipeKey, RecipeEntry>();
        foreach (var layer in layers)
            foreach (var entry in layer.Entries)
            {
                // A recipe is called and described by itself, not by what it extends.
                var inherits = layers.IndexOf(layer) >= layers.IndexOf(own) || entry.Key.Path is not ("name" or "description");
                if (!inherits) continue;
                foreach (var covered in entry.Key.Covers) entries.Remove(RecipeKeys.Find(covered)!);
                if (YamlValue.IsNull(entry.Node)) entries.Remove(entry.Key);
                else entries[entry.Key] = entry;
            }
        return entries;
    }
}
