using Puna.Training;

namespace Puna.Experiments.Planning;

/// <summary>A size that could be taken to the loss.</summary>
/// <param name="Name">Why it is in the table.</param>
/// <param name="Life">What it costs.</param>
public sealed record LifetimeRow(string Name, Lifetime Life);

/// <summary>
/// Which size to train, and for how long, when so many tokens will be served: the argument of the LLaMA papers, as a table. The cheapest
/// size of all, Chinchilla's, and Chinchilla's doubled and halved.
/// </summary>
public sealed record LifetimePlan
{
    private static readonly (string Name, double Share)[] Shares =
        [("2 × Chinchilla's size", 2), ("Chinchilla's size", 1), ("1/2 of it", 1.0 / 2), ("1/3 of it", 1.0 / 3), ("1/4 of it", 1.0 / 4), ("1/8 of it", 1.0 / 8)];

    /// <summary>The law that the loss follows.</summary>
    public required LawSource Source { get; init; }

    /// <summary>The loss to reach.</summary>
    public required double Loss { get; init; }

    /// <summary>Whether the loss is the one that the law gives the recipe itself.</summary>
    public required bool LossIsTheRecipes { get; init; }

    /// <summary>Tokens served.</summary>
    public required double ServedTokens { get; init; }

    /// <summary>Least training: Chinchilla's point of the loss.</summary>
    public required Lifetime Chinchilla { get; init; }

    /// <summary>Least training and inference.</summary>
    public required Lifetime Best { get; init; }

    /// <summary>Sizes to compare, the largest first. One that no training takes to the loss has infinitely many tokens.</summary>
    public required IReadOnlyList<LifetimeRow> Rows { get; init; }

    /// <summary>Served tokens from which on half of Chinchilla's size costs less in all than Chinchilla's.</summary>
    public required double HalfWinsFrom { get; init; }

    /// <summary>Plans the life of a model.</summary>
    /// <param name="source">The law.</param>
    /// <param name="plan">The training whose size is compared, and whose loss is taken where none is given.</param>
    /// <param name="servedTokens">S.</param>
    /// <param name="targetLoss">The loss; null for the training's own by the law.</param>
    /// <exception cref="InvalidDataException">The loss is not above the law's irreducible one.</exception>
    public static LifetimePlan Make(LawSource source, TrainingPlan plan, double servedTokens, double? targetLoss)
    {
        var loss = targetLoss ?? source.Law.Loss(plan.Parameters, plan.Tokens);
        var compute = new LifetimeCompute(source.Law, loss);
        var chinchilla = compute.Best(0);
        var size = chinchilla.Model.Parameters;
        var best = compute.Best(servedTokens);
        var rows = Shares.Select(share => new LifetimeRow(share.Name, compute.Of(size * share.Share, servedTokens)))
            .Append(new LifetimeRow("least in all", best))
            .Append(new LifetimeRow($"the size of {plan.Recipe.Name}", compute.Of(plan.Parameters, servedTokens)));
        return new LifetimePlan
        {
            Source = source,
            Loss = loss,
            LossIsTheRecipes = targetLoss is null,
            ServedTokens = servedTokens,
            Chinchilla = compute.Of(size, servedTokens),
            Best = best,
            Rows = [.. rows.OrderByDescending(row => row.Life.Model.Parameters)],
            HalfWinsFrom = compute.Crossing(size / 2, size),
        };
    }
}
