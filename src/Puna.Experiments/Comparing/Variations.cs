using Puna.Experiments.Recipes;

namespace Puna.Experiments.Comparing;

/// <summary>The recipes of a comparison: those named, each under every value of a key that is to be varied.</summary>
public static class Variations
{
    /// <summary>Reads them.</summary>
    /// <param name="recipes">Files or built-in names.</param>
    /// <param name="vary"><c>key=a,b,c</c>, or null; commas within brackets belong to a value. Each recipe is called after its value.</param>
    /// <param name="sets">Overrides for all of them.</param>
    /// <param name="data">Files that take the place of <c>data.train</c>.</param>
    /// <exception cref="InvalidDataException">Fewer than two would take part, or a recipe or value is wrong.</exception>
    public static IReadOnlyList<Recipe> Load(IReadOnlyList<string> recipes, string? vary, IReadOnlyList<string> sets, IReadOnlyList<string>? data)
    {
        if (recipes.Count == 0) throw new InvalidDataException($"compare needs recipes, and before any --data: puna compare RECIPE_A RECIPE_B --data FILE; built-in recipes are {string.Join(", ", RecipeCatalog.Names)}");
        if (vary is null)
        {
            if (recipes.Count < 2) throw new InvalidDataException($"{recipes[0]} alone cannot be compared; name a second recipe, or a key with --vary KEY=A,B");
            return [.. recipes.Select(recipe => RecipeLoader.Load(recipe, sets, data))];
        }
        var sign = vary.IndexOf('=');
        var values = sign > 0 ? Split(vary[(sign + 1)..]) : [];
        if (values.Count * recipes.Count < 2 || values.Any(value => value.Length == 0)) throw new InvalidDataException($"--vary {vary}: use KEY=A,B with two values or more");
        var key = vary[..sign];
        return
        [
            .. recipes.SelectMany(recipe => values.Select(value =>
            {
                var loaded = RecipeLoader.Load(recipe, [.. sets, $"{key}={value}"], data);
                var name = $"{key[(key.LastIndexOf('.') + 1)..]}={value}";
                return loaded with { Name = recipes.Count == 1 ? name : $"{loaded.Name}-{name}" };
            })),
        ];
    }

    private static List<string> Split(string values)
    {
        var (parts, start, depth) = (new List<string>(), 0, 0);
        for (var i = 0; i <= values.Length; i++)
        {
            if (i == values.Length || (values[i] == ',' && depth == 0))
            {
                parts.Add(values[start..i].Trim());
                start = i + 1;
            }
            else if (values[i] is '[' or '{') depth++;
            else if (values[i] is ']' or '}') depth--;
        }
        return parts;
    }
}
