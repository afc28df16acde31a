using Puna.Experiments.Runs;

namespace Puna.Experiments.Pretraining;

/// <summary>How a run is started, beside its recipe.</summary>
/// <param name="Output">The run folder.</param>
/// <param name="Mode">What to do with a folder that is there.</param>
/// <param name="Device">auto, cpu or cuda.</param>
/// <param name="Threads">0 for the machine's.</param>
/// <param name="AllowChangedRecipe">Whether a run may be resumed with a recipe, or on a text, other than its checkpoint's.</param>
public sealed record RunOptions(string Output, RunFolderMode Mode = RunFolderMode.New, string Device = "auto", int Threads = 0, bool AllowChangedRecipe = false);
