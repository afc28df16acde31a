using System.Text;

namespace Puna.Experiments.Recipes;

/// <summary>Writes recipes as YAML.</summary>
public static class RecipeWriter
{
    /// <summary>The recipe in full: every key with its value, so that reading it gives an equal recipe whatever today's defaults are.</summary>
    /// <param name="recipe">The recipe.</param>
    public static string ToYaml(Recipe recipe)
    {
        var resolved = recipe.Resolve();
        var text = new StringBuilder();
        foreach (var section in RecipeKeys.All.GroupBy(key => key.Section))
        {
            if (section.Key.Length > 0) text.Append('\n').Append(section.Key).Append(":\n");
            foreach (var key in section)
            {
                if (key.Write(resolved) is not { } value || IsWithoutEffect(key, resolved)) continue;
                text.Append(section.Key.Length > 0 ? "  " : "").Append(key.Leaf).Append(": ").Append(value).Append('\n');
            }
        }
        return text.ToString();
    }

    internal static bool IsWithoutEffect(RecipeKey key, Recipe recipe) =>
        key.Section == "tokenizer" && !recipe.Tokenizer.HasOptions && key.Leaf != "path" && (key.Leaf != "type" || recipe.Tokenizer.Path is not null);
}
