namespace Puna.Experiments.Quickstart;

/// <summary>How quickstart is started.</summary>
/// <param name="Output">The run folder.</param>
/// <param name="Mode">What to do with a folder that is there.</param>
/// <param name="Data">A text file to learn from instead of the built-in world; null for the world.</param>
/// <param name="Seed">Of the world, the weights, the order of the data and the samples.</param>
/// <param name="Device">auto, cpu or cuda.</param>
/// <param name="Threads">0 for the machine's.</param>
/// <param name="Precision">fp32, bf16 or auto.</param>
public sealed record QuickstartOptions(string Output, Runs.RunFolderMode Mode = Runs.RunFolderMode.New, string? Data = null, long Seed = 1, string Device = "auto", int Threads = 0,
    Recipes.TrainingPrecision Precision = Recipes.TrainingPrecision.Auto);
