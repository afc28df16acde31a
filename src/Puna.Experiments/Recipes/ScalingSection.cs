namespace Puna.Experiments.Recipes;

/// <summary>One budget of a ladder and the sizes trained at it.</summary>
/// <param name="Flops">Training operations of each run, as PaLM counts them.</param>
/// <param name="Widths">Hidden sizes.</param>
public sealed record LadderBudget(double Flops, ValueList<int> Widths);

/// <summary>One run by itself: a size and how many tokens it sees.</summary>
/// <param name="Width">Hidden size.</param>
/// <param name="Layers">Blocks; null for the ladder's rule.</param>
/// <param name="Tokens">Training tokens.</param>
public sealed record SingleRun(int Width, int? Layers, double Tokens);

/// <summary>What <c>puna scaling</c> trains on the stories of the built-in world.</summary>
public sealed record ScalingSection
{
    /// <summary>Budgets with the sizes trained at each, for the fits.</summary>
    public ValueList<LadderBudget> Ladder { get; init; } = [];

    /// <summary>Runs of sizes and tokens of one's own choosing, to be compared.</summary>
    public ValueList<SingleRun> Runs { get; init; } = [];

    /// <summary>Tokens served that runs are compared at, beside their training; 0 for none.</summary>
    public double ServeTokens { get; init; }

    /// <summary>Lines of the world's register after each story; 0 for the stories' interviews in their place.</summary>
    public int Records { get; init; }

    /// <summary>Held-out stories that every run is scored on.</summary>
    public int HeldOutStories { get; init; } = 600;
}
