namespace Puna.Experiments.Comparing;

/// <summary>A recipe that takes part, and its runs in the order of the seeds.</summary>
/// <param name="Name">What the table calls it.</param>
/// <param name="Recipe">The recipe; its seed is the first of the comparison's.</param>
/// <param name="Runs">One a seed.</param>
public sealed record Entrant(string Name, Recipes.Recipe Recipe, IReadOnlyList<ComparedRun> Runs)
{
    /// <summary>Mean and spread of a figure over the seeds.</summary>
    /// <param name="figure">Which.</param>
    public SampleStatistics Of(Func<ComparedRun, double> figure) => SampleStatistics.Of([.. Runs.Select(figure)]);
}

/// <summary>Everything a comparison found.</summary>
/// <param name="Seeds">The seeds, alike for all.</param>
/// <param name="Entrants">The recipes in order; the first is what the others are set against.</param>
/// <param name="Settings">The keys in which the recipes differ.</param>
public sealed record Comparison(IReadOnlyList<long> Seeds, IReadOnlyList<Entrant> Entrants, IReadOnlyList<DifferingSetting> Settings)
{
    /// <summary>Difference to the first entrant, paired: each seed with itself.</summary>
    /// <param name="entrant">Which.</param>
    /// <param name="figure">Of what.</param>
    public SampleStatistics Difference(Entrant entrant, Func<ComparedRun, double> figure) =>
        SampleStatistics.Of([.. entrant.Runs.Zip(Entrants[0].Runs, (own, first) => figure(own) - figure(first))]);

    /// <summary>A sentence where the recipes do not have the same data, tokens or budget; null where they do.</summary>
    public string? Caveat
    {
        get
        {
            var keys = string.Join(", ", Settings.Where(setting => setting.IsBudget || setting.IsData).Select(setting => setting.Key));
            if (keys.Length == 0) return null;
            return Settings.Any(setting => setting.IsData)
                ? $"not the same text or tokens ({keys}): compare bits per byte only, and only where the text scored is the same"
                : $"not the same budget ({keys}): a difference may come from that alone";
        }
    }
}
