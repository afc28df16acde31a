namespace Puna.Experiments.Recipes;

/// <summary>A key that two recipes give different values.</summary>
/// <param name="Path">The key, as in <c>optimizer.learning_rate</c>.</param>
/// <param name="Old">Its value before, as YAML; null where it had none.</param>
/// <param name="New">Its value now.</param>
/// <param name="IsFree">Whether it may change in the middle of a run without making it another run: the weights of every step stay the same.</param>
public sealed record RecipeChange(string Path, string? Old, string? New, bool IsFree)
{
    /// <summary>As in <c>training.batch_size 32 → 64</c>.</summary>
    public override string ToString() => $"{Path} {Old ?? "(none)"} → {New ?? "(none)"}";
}

/// <summary>What is different between two recipes.</summary>
public static class RecipeDifference
{
    // None of these takes part in computing a step.
    private static readonly HashSet<string> Free =
    [
        "name", "description", "training.checkpoint_every", "training.keep_last", "training.keep_best", "training.max_skipped_steps", "training.eval_every", "training.sample_every",
    ];

    /// <summary>The keys with different values, in the order of a written recipe.</summary>
    /// <param name="old">Before.</param>
    /// <param name="now">After.</param>
    public static IReadOnlyList<RecipeChange> Between(Recipe old, Recipe now)
    {
        var (before, after) = (old.Resolve(), now.Resolve());
        // Under a constant rate the number of steps only says when to stop; under any other it shapes the rate of every step.
        var isOpenEnded = before.Schedule.Name == ScheduleName.Constant && after.Schedule.Name == ScheduleName.Constant;
        var changes = new List<RecipeChange>();
        foreach (var key in RecipeKeys.All)
        {
            var (one, other) = (Value(key, before), Value(key, after));
            if (one != other) changes.Add(new RecipeChange(key.Path, one, other, Free.Contains(key.Path) || (isOpenEnded && key.Path == "training.steps")));
        }
        return changes;
    }

    private static string? Value(RecipeKey key, Recipe recipe) => RecipeWriter.IsWithoutEffect(key, recipe) ? null : key.Write(recipe);
}
