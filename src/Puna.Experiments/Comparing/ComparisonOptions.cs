using Puna.Experiments.Recipes;
using Puna.Experiments.Runs;

namespace Puna.Experiments.Comparing;

/// <summary>How a comparison is run.</summary>
/// <param name="Recipes">Two or more, each with data; the first is what the others are set against.</param>
/// <param name="Output">The folder of the comparison.</param>
/// <param name="Seeds">How many seeds, from the first recipe's upwards.</param>
/// <param name="Mode">What to do with a folder that is there.</param>
/// <param name="Device">auto, cpu or cuda.</param>
/// <param name="Threads">0 for the machine's.</param>
public sealed record ComparisonOptions(IReadOnlyList<Recipe> Recipes, string Output, int Seeds = 3, RunFolderMode Mode = RunFolderMode.New, string Device = "auto", int Threads = 0);
