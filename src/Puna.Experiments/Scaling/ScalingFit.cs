using Puna.Training;

namespace Puna.Experiments.Scaling;

/// <summary>All that is fitted to a ladder. A part is null where the ladder is too small for it.</summary>
/// <param name="Budgets">The parabolas.</param>
/// <param name="Size">N* = k·C^a through their lowest points.</param>
/// <param name="Data">D* = k·C^b.</param>
/// <param name="Loss">L* = E + k·C^−γ.</param>
/// <param name="Law">L(N, D) through all runs.</param>
public sealed record ScalingFit(IReadOnlyList<IsoFlop> Budgets, PowerLaw? Size, PowerLaw? Data, LossCurve? Loss, ScalingLaw? Law)
{
    /// <summary>Fits what there is.</summary>
    /// <param name="points">The runs of a ladder.</param>
    /// <param name="withLaw">Whether the law of N and D is wanted, which takes the longest.</param>
    public static ScalingFit Of(IReadOnlyList<ScalingPoint> points, bool withLaw = true)
    {
        var budgets = IsoFlop.FitAll(points);
        var lowest = budgets.Where(budget => budget.HasMinimum && double.IsFinite(budget.BestTokens)).ToArray();
        return new ScalingFit(budgets,
            PowerLaw.Fit([.. lowest.Select(budget => (budget.Budget, budget.BestParameters))]),
            PowerLaw.Fit([.. lowest.Select(budget => (budget.Budget, budget.BestTokens))]),
            LossCurve.Fit([.. lowest.Select(budget => (budget.Budget, budget.BestLoss))]),
            withLaw ? LawFit.Fit(points) : null);
    }

    /// <summary>What the fit says of a budget; null where it has no size law.</summary>
    /// <param name="budget">C.</param>
    public ScalingPrediction? Predict(double budget) => Size is { } size && Data is { } data
        ? new ScalingPrediction(budget, size.At(budget), data.At(budget), Loss?.At(budget), Law)
        : null;
}

/// <summary>The best size of a budget before anybody trained it.</summary>
/// <param name="Budget">C.</param>
/// <param name="Parameters">N* by the power law.</param>
/// <param name="Tokens">D* by the power law.</param>
/// <param name="Loss">L* by the curve over compute; null where there is none.</param>
/// <param name="Law">The law through all runs so far; null where there is none.</param>
public sealed record ScalingPrediction(double Budget, double Parameters, double Tokens, double? Loss, ScalingLaw? Law)
{
    /// <summary>L(N*, D*) by the law; null where there is none.</summary>
    public double? LossByLaw => Law?.Loss(Parameters, Tokens);
}
