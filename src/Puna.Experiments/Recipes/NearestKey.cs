namespace Puna.Experiments.Recipes;

/// <summary>Finds the known name that a misspelt one most likely meant.</summary>
public static class NearestKey
{
    private const int LongestCompared = 100;

    /// <summary>The key that an unknown name most likely meant: by its nested name, an alias, or its last part in another section.</summary>
    public static RecipeKey Of(string name)
    {
        if (name.Length > LongestCompared) name = name[..LongestCompared];
        var leaf = name[(name.LastIndexOf('.') + 1)..];
        var best = RecipeKeys.All[0];
        var least = int.MaxValue;
        foreach (var key in RecipeKeys.All)
        {
            var distance = Math.Min(Distance(name, key.Path), Distance(leaf, key.Leaf) + (name.Contains('.') ? 1 : 0));
            foreach (var alias in key.Aliases) distance = Math.Min(distance, Distance(leaf, alias) + (name.Contains('.') ? 1 : 0));
            if (distance >= least) continue;
            (best, least) = (key, distance);
        }
        return best;
    }

    /// <summary>The candidate with the fewest edits.</summary>
    public static string Of(string name, IEnumerable<string> candidates) => candidates.MinBy(candidate => Distance(name.Length > LongestCompared ? name[..LongestCompared] : name, candidate)) ?? "";

    /// <summary>Insertions, deletions, replacements and swaps of neighbours that turn one text into the other; case does not count.</summary>
    public static int Distance(string from, string to)
    {
        // Only the last three rows are needed; a swap looks two rows back.
        var (before, previous, current) = (new int[to.Length + 1], new int[to.Length + 1], new int[to.Length + 1]);
        for (var j = 0; j <= to.Length; j++) previous[j] = j;
        for (var i = 1; i <= from.Length; i++)
        {
            current[0] = i;
            for (var j = 1; j <= to.Length; j++)
            {
                var cost = Same(from[i - 1], to[j - 1]) ? 0 : 1;
                current[j] = Math.Min(Math.Min(previous[j] + 1, current[j - 1] + 1), previous[j - 1] + cost);
                if (i > 1 && j > 1 && Same(from[i - 1], to[j - 2]) && Same(from[i - 2], to[j - 1])) current[j] = Math.Min(current[j], before[j - 2] + 1);
            }
            (before, previous, current) = (previous, current, before);
        }
        return previous[to.Length];
    }

    private static bool Same(char left, char right) => char.ToLowerInvariant(left) == char.ToLowerInvariant(right);
}
